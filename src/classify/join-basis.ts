import * as layout from "../flows/layout.ts";
import { contextShares } from "./direction-facts.ts";
import { secondsBetween } from "../path/symmetry.ts";
import type { Leg } from "./leg.ts";
import type { Links } from "./links.ts";

/**
 * What joined the two directions of one 5-tuple that were captured apart, each in captures of its own (CONTRACT,
 * section 3); undefined where one capture holds both.
 */
export function joinBasisOf(leg: Leg, links: Links): string | undefined {
  if (!isCapturedApart(leg, links)) return undefined;
  const { application } = leg.recognition;
  if (leg.protocol === 6) return sequenceFits(leg) ? "tcp-sequence" : "5-tuple";
  if (application === "quic") return "quic-connection-id";
  // A round trip was measured from a request and the answer that repeats its transaction.
  const isStun = application === "stun" || application === "turn" || application === "ms-turn";
  if (isStun && leg.recognition.rttMs !== undefined) return "stun-transaction";
  return "5-tuple";
}

/**
 * Why directions that were captured apart may be of two flows that used one 5-tuple: then they say nothing of each
 * other. Undefined where they fit, or one capture holds both.
 */
export function halvesDoubt(leg: Leg, links: Links): string | undefined {
  if (!isCapturedApart(leg, links)) return undefined;
  if (leg.protocol === 6) {
    return sequenceFits(leg)
      ? undefined
      : "the directions were captured apart, and their TCP numbers do not fit each other";
  }
  if (joinBasisOf(leg, links) !== "5-tuple") return undefined;
  const apart = Math.max(
    secondsBetween(leg.lastOf(leg.out), leg.firstOf(leg.back)),
    secondsBetween(leg.lastOf(leg.back), leg.firstOf(leg.out)),
  );
  return apart > APART_SECONDS ? "the directions were captured apart, and at different times" : undefined;
}

function isCapturedApart(leg: Leg, links: Links): boolean {
  const x = leg.contextOf(0);
  const y = leg.contextOf(1);
  // Nearly always one capture holds both, and their first packets show it.
  if (x < 0 || y < 0 || captureOf(links, x) === captureOf(links, y)) return false;
  const out = capturesOf(leg, leg.out, links);
  const back = capturesOf(leg, leg.back, links);
  return out.size > 0 && back.size > 0 && ![...out].some((capture) => back.has(capture));
}

function capturesOf(leg: Leg, direction: 0 | 1, links: Links): Set<number> {
  return new Set(contextShares(leg, direction).map((share) => captureOf(links, share.context)));
}

function captureOf(links: Links, context: number): number {
  return links.pointOf(context)?.capture ?? -1;
}

/**
 * True when what one direction acknowledges is what the other sent, as far as each was captured: one half may end
 * before the other does, and what went on after that is not held against it.
 */
function sequenceFits(leg: Leg): boolean {
  for (const d of [0, 1] as const) {
    const other = d === 0 ? 1 : 0;
    const acked = leg.tcpWord(layout.LAST_ACK + d);
    const sent = leg.tcpWord(layout.NEXT_SEQUENCE + other);
    if (acked === 0 || sent === 0 || leg.bytesOf(other) > MOST_BYTES) continue;
    const ahead = (acked - sent) | 0;
    const goesOn = secondsBetween(leg.lastOf(d), leg.lastOf(other));
    if (ahead > SLACK_BYTES && goesOn > -ENDS_TOGETHER_SECONDS) return false;
    if (ahead < -SLACK_BYTES - leg.bytesOf(other) && goesOn < ENDS_TOGETHER_SECONDS) return false;
  }
  return true;
}

/** What a fast connection has under way, and a capture may have lost of it. */
const SLACK_BYTES = 2 ** 24;
/** Numbers of 32 bits come round: of more than this they tell nothing. */
const MOST_BYTES = 2 ** 30;
/** Halves that end within this time of each other end together. */
const ENDS_TOGETHER_SECONDS = 5;
/** Times of halves that fit by nothing but their 5-tuple overlap, or nearly. */
const APART_SECONDS = 1;
