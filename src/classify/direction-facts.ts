import { addressText, parseAddress } from "../address/address.ts";
import type { ContextRun, ContextUse, Evidence, SeenTwice } from "../path/evidence.ts";
import type { DirectionFacts } from "../path/direction-path.ts";
import { type Moment, secondsBetween } from "../path/symmetry.ts";
import type { Markers } from "../site/markers.ts";
import type { Site } from "../site/site.ts";
import type { Direction, OutBack } from "../words.ts";
import type { ContextShare, Leg } from "./leg.ts";
import type { Links } from "./links.ts";

const NO_MOMENT: Moment = { seconds: 0, nanoseconds: 0 };

/** In which link contexts a direction's packets came, the first one first. */
export function contextShares(leg: Leg, direction: Direction): readonly ContextShare[] {
  return (leg.shares[direction] ??= readShares(leg, direction));
}

function readShares(leg: Leg, direction: Direction): ContextShare[] {
  const first = leg.contextOf(direction);
  if (first < 0) return [];
  const others = leg.detail?.contexts[direction] ?? [];
  let rest = leg.packetsOf(direction);
  for (const other of others) rest -= other.packets;
  return [{ context: first, packets: rest, copies: 0, firstPacket: leg.firstPacketOf(direction) }, ...others];
}

/** Everything that the legs of a flow show of one direction's path. */
export function directionFacts(
  legs: readonly Leg[],
  direction: OutBack,
  site: Site,
  markers: Markers,
  links: Links,
): DirectionFacts {
  const uses: ContextUse[] = [];
  const runs: ContextRun[] = [];
  const weaker: Evidence[] = [];
  const seenTwice: SeenTwice[] = [];
  let packets = 0;
  let start: Moment = NO_MOMENT;
  let index = 0;
  for (const leg of legs) {
    const d = leg[direction];
    if (leg.packetsOf(d) > 0) {
      if (packets === 0 || secondsBetween(leg.firstOf(d), start) > 0) start = leg.firstOf(d);
      packets += leg.packetsOf(d);
    }
    const shares = contextShares(leg, d);
    for (const share of shares) {
      const seen = share.packets + share.copies;
      // Legs of one flow carry the same packets: what another leg shows is shown of copies.
      const isCopies = legs.length > 1;
      uses.push({
        context: share.context,
        packets: isCopies ? 0 : share.packets,
        copies: isCopies ? seen : share.copies,
        evidence: links.evidenceOf(share.context, direction, seen, share.firstPacket),
      });
    }
    const { detail } = leg;
    if (detail !== undefined) {
      seenTwice.push(...detail.pairs[d]);
      runs.push(...detail.runs[d]);
    }
    for (let other = 0; other < index; other++)
      seenTwice.push(...seenInBoth(legs[other] ?? leg, leg, direction));
    if (shares.length === 1 || legs.length > 1) {
      const only = shares[0];
      if (only !== undefined && (detail === undefined || detail.runs[d].length === 0)) {
        const { seconds, nanoseconds } = leg.firstOf(d);
        runs.push({ context: only.context, firstPacket: only.firstPacket, seconds, nanoseconds });
      }
    }
    if (direction === "out") addFlowEvidence(weaker, leg, d, site, markers, links);
    index += 1;
  }
  if (runs.length > 1) runs.sort((x, y) => x.seconds - y.seconds || x.nanoseconds - y.nanoseconds);
  const bothInternal = legs.every((leg) => isInside(leg.a.zone) && isInside(leg.b.zone));
  return { packets, uses, seenTwice, runs, weaker, start, bothInternal };
}

/** Legs at the same time carry the same packets; one that follows the other, where a flow moved, carries others. */
function seenInBoth(x: Leg, y: Leg, direction: OutBack): SeenTwice[] {
  const [dx, dy] = [x[direction], y[direction]];
  if (x.packetsOf(dx) === 0 || y.packetsOf(dy) === 0) return [];
  const spans = [secondsBetween(x.firstOf(dx), x.lastOf(dx)), secondsBetween(y.firstOf(dy), y.lastOf(dy))];
  const shorter = Math.min(...spans);
  const together = Math.min(
    secondsBetween(x.firstOf(dx), y.lastOf(dy)),
    secondsBetween(y.firstOf(dy), x.lastOf(dx)),
    ...spans,
  );
  if (together < (shorter < 1 ? -1 : shorter / 2)) return [];
  return contextShares(x, dx).flatMap((one) =>
    contextShares(y, dy).map((other) => ({
      one: one.context,
      other: other.context,
      packets: Math.min(one.packets + one.copies, other.packets + other.copies),
    })),
  );
}

/** Zones whose flows among themselves stay inside. */
export function isInside(zone: string): boolean {
  return zone === "internal" || zone === "on-premises-server";
}

/** Evidence of the flow itself for the way out: reporting hops, NAT pools, mapped addresses. */
function addFlowEvidence(
  found: Evidence[],
  leg: Leg,
  out: Direction,
  site: Site,
  markers: Markers,
  links: Links,
): void {
  const add = (
    kind: Evidence["kind"],
    pathIndex: number,
    packets: number,
    firstPacket: number,
    shown: () => string,
  ): void => {
    const path = site.paths[pathIndex];
    if (path === undefined) return;
    const capture = links.pointOf(leg.contextOf(leg.firstDirection))?.captureName ?? "";
    found.push({
      kind,
      direction: "out",
      says: path.kind,
      pathIndex,
      packets,
      firstPacket,
      capture,
      shown: shown(),
    });
  };
  for (const report of leg.detail?.reports ?? []) {
    if (report.kind !== "time-exceeded" || report.direction !== out) continue;
    add(
      "hop",
      markers.hopPathOf(...report.words),
      report.packets,
      report.firstPacket,
      () => `hop ${addressText({ version: leg.ipVersion, words: report.words })} reported it`,
    );
  }
  // Only a flow that our side opened shows by its source address where it was sent; the answer to a flow from outside
  // keeps the address that was called.
  if (!leg.ends.openedByUs) return;
  if (leg.packetsOf(out) > 0) {
    const { words } = leg.near;
    add(
      "nat-pool",
      markers.natPathOf(words[0], words[1], words[2], words[3]),
      leg.packetsOf(out),
      leg.firstPacketOf(out),
      () => `source address ${leg.near.text} of its NAT pool`,
    );
  }
  for (const item of mappedAddresses(leg)) {
    add(
      "mapped-address",
      markers.natPathOf(...item.words),
      item.packets,
      item.firstPacket,
      () => `mapped address ${item.text} of its NAT pool`,
    );
  }
}

/** Addresses that the far end saw our side come from (STUN mapped addresses in its answers). */
export function mappedAddresses(leg: Leg): {
  words: readonly [number, number, number, number];
  text: string;
  port: number;
  packets: number;
  firstPacket: number;
}[] {
  const found = [];
  for (const item of leg.recognition.reported ?? []) {
    if (item.kind !== "mapped" || item.direction !== leg.back) continue;
    const address = parseAddress(item.address);
    if (address === undefined) continue;
    found.push({
      words: address.words,
      text: item.address,
      port: item.port,
      packets: item.packets,
      firstPacket: item.firstPacket,
    });
  }
  return found;
}
