import type { ClockMarks } from "./clock-marks.ts";

/** How two captures' clocks differ. */
export type ClockOffset =
  | {
      /** The same packets were seen in both. */
      readonly basis: "packets";
      /** Nanoseconds to add to the second capture's times to have those of the first. 0: they agree. */
      readonly offsetNs: number;
      readonly packets: number;
    }
  | {
      /** Answers in one to questions in the other: what is asked is asked before it is answered. */
      readonly basis: "answers";
      /** The middle of the bounds, or 0 where that lies between them. */
      readonly offsetNs: number;
      readonly lowNs: number;
      readonly highNs: number;
      readonly packets: number;
    };

/** Fewer packets than these do not tell an offset. */
const LEAST_PACKETS = 3;
/** An offset of more than an hour and a bit (a time zone, summer time) wants more of them: it is seldom true. */
const LARGE_NS = 4_000_000_000_000;
const LEAST_PACKETS_LARGE = 12;
/** Differences of one offset lie this close together: the way between two taps and back, and some drift. */
const CLUSTER_NS = 250_000_000;
/** The cluster has at least this share of all differences. */
const LEAST_SHARE = 0.5;
/** Way from one tap to the next inside a site, where one way alone was seen. */
const ONE_WAY_NS = 20_000_000;
/** Bounds this wide tell nothing. */
const WIDEST_BOUNDS_NS = 2_000_000_000;

/**
 * The offset between two captures' clocks, from packets that both saw, else from what one direction acknowledges of the
 * other; undefined where neither tells it. A difference that the way between the taps explains is no offset.
 */
export function clockOffset(a: ClockMarks, b: ClockMarks): ClockOffset | undefined {
  return fromPackets(a, b) ?? fromAnswers(a, b);
}

function fromPackets(a: ClockMarks, b: ClockMarks): ClockOffset | undefined {
  const found: { difference: number; hops: number; timeNs: number }[] = [];
  const [fewer, more] = a.packets.size <= b.packets.size ? [a, b] : [b, a];
  for (const key of fewer.packets.keys()) {
    if (!more.packets.has(key)) continue;
    const [x, y] = [a.packets.get(key), b.packets.get(key)];
    if (x === undefined || y === undefined) continue;
    const difference = x.timeNs - y.timeNs;
    if (!Number.isNaN(difference))
      found.push({ difference, hops: Math.sign(x.timeToLive - y.timeToLive), timeNs: x.timeNs });
  }
  found.sort((x, y) => x.difference - y.difference);
  // The densest cluster: two indexes that walk over the sorted differences.
  let from = 0;
  let best = { from: 0, to: 0 };
  for (let to = 1; to <= found.length; to++) {
    while ((found[to - 1]?.difference ?? 0) - (found[from]?.difference ?? 0) > CLUSTER_NS) from += 1;
    if (to - from > best.to - best.from) best = { from, to };
  }
  const cluster = found.slice(best.from, best.to);
  if (cluster.length < LEAST_PACKETS || cluster.length < found.length * LEAST_SHARE) return undefined;
  if (Math.abs(cluster[0]?.difference ?? 0) > LARGE_NS && cluster.length < LEAST_PACKETS_LARGE)
    return undefined;
  // A packet that reached the first tap earlier makes the difference smaller by its way, one that came back larger.
  const middles = [1, 0, -1].map((hops) =>
    median(cluster.filter((item) => item.hops === hops).map((item) => item.difference)),
  );
  const [onward, level, backward] = middles;
  let offsetNs: number;
  if (onward !== undefined && backward !== undefined)
    offsetNs = onward <= 0 && backward >= 0 ? 0 : (onward + backward) / 2;
  else {
    offsetNs = onward ?? backward ?? level ?? 0;
    if (Math.abs(offsetNs) <= ONE_WAY_NS) offsetNs = 0;
  }
  // A TLS record's segment is known by two names and is one packet.
  const packets = new Set(cluster.map((item) => item.timeNs)).size;
  return { basis: "packets", offsetNs: Math.round(offsetNs), packets };
}

function fromAnswers(a: ClockMarks, b: ClockMarks): ClockOffset | undefined {
  let lowNs = Number.NEGATIVE_INFINITY;
  let highNs = Number.POSITIVE_INFINITY;
  let lows = 0;
  let highs = 0;
  for (const [key, asked] of a.questions) {
    const answered = b.answers.get(key);
    if (answered === undefined) continue;
    lows += 1;
    lowNs = Math.max(lowNs, asked - answered);
  }
  for (const [key, asked] of b.questions) {
    const answered = a.answers.get(key);
    if (answered === undefined) continue;
    highs += 1;
    highNs = Math.min(highNs, answered - asked);
  }
  if (lows + highs < LEAST_PACKETS || lows === 0 || highs === 0) return undefined;
  // An answer takes time: bounds that leave none are those of a conversation that was played twice.
  if (lowNs >= highNs || highNs - lowNs > WIDEST_BOUNDS_NS) return undefined;
  const offsetNs = lowNs <= 0 && highNs >= 0 ? 0 : Math.round((lowNs + highNs) / 2);
  if (Math.abs(offsetNs) > LARGE_NS && lows + highs < LEAST_PACKETS_LARGE) return undefined;
  return { basis: "answers", offsetNs, lowNs, highNs, packets: lows + highs };
}

function median(sorted: readonly number[]): number | undefined {
  const middle = sorted.length >>> 1;
  const upper = sorted[middle];
  const lower = sorted[sorted.length - 1 - middle];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}
