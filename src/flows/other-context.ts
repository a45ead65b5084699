import type { Copies } from "./copies.ts";
import * as layout from "./layout.ts";
import type { LinkDetail } from "./link-detail.ts";
import { LOCAL_SIGNATURE, type PathSignatures } from "./path-signatures.ts";
import type { Sighting } from "./sighting.ts";

/**
 * Notes where a packet was seen whose direction came in several link contexts: counts it with its context, and notes where
 * its path changed. `copies` is there for a copy of a packet alone: it knows which one that is a copy of.
 */
export function noteOtherContext(
  seen: Sighting,
  links: LinkDetail,
  paths: PathSignatures,
  copies: Copies | undefined,
): void {
  const { context, direction, packetNumber, seconds, nanoseconds } = seen;
  const first = seen.own(layout.CONTEXT) - 1;
  const isCopy = copies !== undefined;
  const ofLink = paths.linkSignature(context);
  if (!seen.isMarkedOwn(layout.META_CONTEXT_MIXED) || (ofLink !== 0 && links.runs[direction].length === 0)) {
    seen.mark(layout.META_CONTEXT_MIXED << direction);
    beginRuns(seen, links, first, ofLink === 0 ? paths.signature(first) : paths.linkSignature(first));
  }
  // Two of one packet in one context show no more than one of them.
  const isKnown = context === first || copies?.original === context;
  const counted = isKnown
    ? countedAs(links, seen, context, paths)
    : links.countContext(direction, context, packetNumber, seconds, nanoseconds, isCopy, paths);
  // What it is known to have are the packets that came in no other one.
  if (context === first && isCopy && copies.original !== context)
    links.countContext(direction, context, packetNumber, seconds, nanoseconds, true, paths);
  const signature = ofLink === 0 ? paths.signature(context) : ofLink;
  if (signature <= LOCAL_SIGNATURE && !isCopy)
    links.leaveRun(direction, counted, packetNumber, seconds, nanoseconds);
  if (signature === 0) return;
  if (signature > LOCAL_SIGNATURE) {
    if (isCopy) links.addCopyRun(direction, signature, counted, packetNumber, seconds, nanoseconds);
    else links.addRun(direction, signature, counted, packetNumber, seconds, nanoseconds);
  }
  if (!isCopy) return;
  const { original } = copies;
  if (ofLink === 0 && paths.signature(original) === 0) copies.setOriginal(context);
  else if (original !== context) links.countPair(direction, countedAs(links, seen, original, paths), counted);
}

/** The context that packets of one are counted with. */
function countedAs(links: LinkDetail, seen: Sighting, context: number, paths: PathSignatures): number {
  const isFirst = context === seen.own(layout.CONTEXT) - 1;
  return isFirst ? context : links.countedAs(seen.direction, context, paths);
}

/** What the direction's packets so far said, all of which came in its first context. */
function beginRuns(seen: Sighting, links: LinkDetail, first: number, signature: number): void {
  if (signature <= LOCAL_SIGNATURE) return;
  const { direction, lastSeconds, lastNanoseconds } = seen;
  const firstPacket = seen.own(layout.FIRST_PACKET);
  const [seconds, nanoseconds] = [seen.own(layout.FIRST_SECONDS), seen.own(layout.FIRST_NANOSECONDS)];
  links.addRun(direction, signature, first, firstPacket, seconds, nanoseconds);
  links.addRun(direction, signature, first, firstPacket, lastSeconds, lastNanoseconds);
}
