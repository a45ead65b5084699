import type { ContextRun, ContextUse, Evidence, SeenTwice } from "../path/evidence.ts";
import type { DirectionFacts } from "../path/direction-path.ts";
import { compareMoments, isBefore, type Moment } from "../path/moment.ts";
import type { Markers } from "../site/markers.ts";
import type { Site } from "../site/site.ts";
import type { Direction, OutBack } from "../words.ts";
import { NO_ITEMS } from "../no-items.ts";
import { flowEvidence } from "./flow-evidence.ts";
import { isInside } from "./inside-zone.ts";
import { contextShares } from "./context-shares.ts";
import { type LegCourse, legReturns } from "./leg-returns.ts";
import { earliest } from "./leg-span.ts";
import type { ContextShare, Leg } from "./leg.ts";
import { areTogether } from "./legs-together.ts";
import type { Links } from "./links.ts";
import { unpairedCopies } from "./unpaired-copies.ts";

const NO_OWN: Pick<DirectionFacts, "weaker" | "sightings"> = { weaker: NO_ITEMS, sightings: NO_ITEMS };

/** Everything that the legs of a flow show of one direction's path. */
export function directionFacts(
  legs: readonly [Leg, ...Leg[]],
  direction: OutBack,
  site: Site,
  markers: Markers,
  links: Links,
  isOneClock: (capture: number, other: number) => boolean,
): DirectionFacts {
  const uses: ContextUse[] = [];
  const runs: ContextRun[] = [];
  const seenTwice: SeenTwice[] = [];
  const courses: LegCourse[] = [];
  // Legs of one flow carry the same packets.
  const isJoined = legs.length > 1;
  const most = isJoined ? Math.max(...legs.map((leg) => sentBy(leg, direction))) : 0;
  let index = 0;
  for (const leg of legs) {
    const d = leg[direction];
    const { detail } = leg;
    const shares = contextShares(leg, d);
    for (const share of shares) uses.push(useOf(share, direction, links, isJoined));
    if (shares.length > 1) countInAll(uses, shares);
    if (detail !== undefined) {
      seenTwice.push(...detail.pairs[d], ...unpairedCopies(shares, uses, detail.pairs[d]));
    }
    for (let other = 0; other < index; other++)
      seenTwice.push(...seenInBoth(legs[other] ?? leg, leg, direction, most));
    const course = isJoined || shares.length === 1 ? courseOf(leg, d, shares) : detail?.runs[d];
    if (course !== undefined) runs.push(...course);
    if (isJoined && course !== undefined && course.length > 0)
      courses.push({ runs: course, shares, last: leg.lastOf(d) });
    index += 1;
  }
  if (courses.length > 1) {
    const captureOf = (context: number): number => links.pointOf(context)?.capture ?? -1;
    runs.push(
      ...legReturns(courses, {
        seenTwice,
        shows: (context) => links.evidence(context)[direction].length > 0,
        isOneClock: (context, other) => isOneClock(captureOf(context), captureOf(other)),
      }),
    );
  }
  if (runs.length > 1) runs.sort(compareMoments);
  const packets = legs.reduce((sum, leg) => sum + leg.packetsOf(leg[direction]), 0);
  const start = startOf(legs, direction);
  const bothInternal = legs.every((leg) => isInside(leg.a.zone) && isInside(leg.b.zone));
  // Only the way out leaves marks of its own: what comes back names no address or router of ours.
  const own = direction === "out" ? flowEvidence(legs, site, markers, links) : NO_OWN;
  return { packets, uses, seenTwice, runs, ...own, start, bothInternal };
}

/** What a link context shows; of legs that were joined it is shown of copies, for another leg has those packets, too. */
function useOf(share: ContextShare, direction: OutBack, links: Links, isJoined: boolean): ContextUse {
  const { context, packets, copies } = share;
  const seen = packets + copies;
  const evidence = links.evidenceOf(context, direction, seen, share.firstPacket);
  return isJoined ? { context, packets: 0, copies: seen, evidence } : { context, packets, copies, evidence };
}

/**
 * When the first packet of a direction came, of whichever leg. One that nobody captured may be told by its answers (a
 * mapped address, a hop), and has lasted as long as these.
 */
function startOf(legs: readonly [Leg, ...Leg[]], direction: OutBack): Moment {
  let start: Moment | undefined;
  for (const leg of legs) {
    const d = leg[direction];
    if (leg.packetsOf(d) === 0) continue;
    if (start === undefined || isBefore(leg.firstOf(d), start)) start = leg.firstOf(d);
  }
  return start ?? earliest(legs);
}

/** The runs of a leg; one where its packets say the same from its first one on. */
function courseOf(leg: Leg, direction: Direction, shares: readonly ContextShare[]): readonly ContextRun[] {
  const runs = leg.detail?.runs[direction] ?? NO_ITEMS;
  const [only] = shares;
  if (runs.length > 0 || only === undefined) return runs;
  const { seconds, nanoseconds } = leg.firstOf(direction);
  const last = leg.lastOf(direction);
  const until = { untilSeconds: last.seconds, untilNanoseconds: last.nanoseconds };
  return [{ context: only.context, firstPacket: only.firstPacket, seconds, nanoseconds, ...until }];
}

/**
 * Tells the evidence of a leg's link contexts, the last ones of `uses`, how many packets showed the same in all of them:
 * copies are left out, of which nobody knows whether they are of packets that showed it, too.
 */
function countInAll(uses: ContextUse[], shares: readonly ContextShare[]): void {
  const counts = new Map<string, number>();
  const from = uses.length - shares.length;
  shares.forEach(({ packets }, i) => {
    for (const item of uses[from + i]?.evidence ?? NO_ITEMS) {
      const key = whatShows(item);
      counts.set(key, (counts.get(key) ?? 0) + packets);
    }
  });
  shares.forEach((_share, i) => {
    const use = uses[from + i];
    if (use === undefined || use.evidence.length === 0) return;
    const evidence = use.evidence.map((item) => ({
      ...item,
      packetsInAll: Math.max(item.packets, counts.get(whatShows(item)) ?? 0),
    }));
    uses[from + i] = { ...use, evidence };
  });
}

function whatShows({ kind, outer, pathIndex, shown }: Evidence): string {
  return `${kind} ${outer ?? ""} ${pathIndex} ${shown}`;
}

/**
 * Legs at the same time carry the same packets: contexts of two legs at least so many as they have together more than
 * the direction has, which is none where the one was left before the other was taken.
 */
function seenInBoth(x: Leg, y: Leg, direction: OutBack, most: number): SeenTwice[] {
  if (!areTogether(x, y, direction)) return [];
  const found: SeenTwice[] = [];
  for (const one of contextShares(x, x[direction])) {
    for (const other of contextShares(y, y[direction])) {
      const [seen, seenToo] = [one.packets + one.copies, other.packets + other.copies];
      const packets = Math.min(seen, seenToo, seen + seenToo - most);
      if (packets > 0) found.push({ one: one.context, other: other.context, packets });
    }
  }
  return found;
}

/** Packets that a direction has by what one leg shows: those seen, or as many as the numbers of its streams count. */
function sentBy(leg: Leg, direction: OutBack): number {
  const d = leg[direction];
  const streams = leg.recognition.streams ?? NO_ITEMS;
  const numbered = streams.reduce((sum, stream) => sum + (stream.direction === d ? stream.expected : 0), 0);
  return Math.max(leg.packetsOf(d), numbered);
}
