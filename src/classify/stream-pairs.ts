import type { StreamReport } from "../protocols/recognition.ts";
import type { Markers } from "../site/markers.ts";
import { areApart, streamsOf } from "./legs-together.ts";
import type { Leg } from "./leg.ts";
import { mayBeOne, outsideRank } from "./nat-legs.ts";

/** Most legs with one SSRC and far end that are held against each other. */
const MOST_LEGS = 8;

/** Clocks of captures differ by this much at most, in seconds. */
const CLOCK_SECONDS = 2;
/** Sequence numbers by which one stream may look different in two captures, and the share of what was foretold. */
const SLACK_NUMBERS = 100;
const SLACK_SHARE = 0.3;

/** Two legs with a stream in common. */
interface Pair {
  readonly one: Leg;
  readonly other: Leg;
  /** They have one in common in each direction, as only the two sides of a NAT do. */
  readonly bothWays: boolean;
  /** The one outside, where they have one in common that our end sent: there is one of that at a time, on one way. */
  readonly outer: Leg | undefined;
  /** SSRC and far end that brought them together. */
  readonly key: string;
}

/**
 * Pairs of legs that carry the same RTP: an SSRC with the same sequence numbers at the same time. A server may send one stream to
 * many, and conference servers give the same SSRC to all: where the other direction does not settle it, one leg has to be
 * inside and the other outside, and neither may fit a third one; but what our end sends may go out by one way after the
 * other, whichever way it is answered.
 */
export function streamPairs(legs: readonly Leg[], markers: Markers): (readonly [Leg, Leg])[] {
  const bySsrc = new Map<string, Leg[]>();
  /** Keys of more legs than are held against each other: which fits a third one is not known. */
  const crowded = new Set<string>();
  const pairs = new Map<string, Pair>();
  const place = new Map(legs.map((leg, index) => [leg, index]));
  for (const leg of legs) {
    for (const { ssrc } of leg.recognition.streams ?? []) {
      const key = `${ssrc} ${leg.far.reachedText} ${leg.far.port}`;
      const known = bySsrc.get(key) ?? [];
      for (const other of known) {
        const name = `${place.get(other)} ${place.get(leg)}`;
        const pair = pairs.has(name) ? undefined : pairOf(other, leg, key, markers);
        if (pair !== undefined) pairs.set(name, pair);
      }
      if (known.includes(leg)) continue;
      if (known.length < MOST_LEGS) bySsrc.set(key, [...known, leg]);
      else crowded.add(key);
    }
  }
  const partners = new Map<Leg, number>();
  for (const { one, other } of pairs.values())
    for (const leg of [one, other]) partners.set(leg, (partners.get(leg) ?? 0) + 1);
  const isAlone = (leg: Leg): boolean => partners.get(leg) === 1;
  return [...pairs.values()]
    .filter(({ one, other, bothWays, outer, key }) => {
      if (bothWays) return true;
      return !crowded.has(key) && (outer === undefined ? isAlone(one) && isAlone(other) : isAlone(outer));
    })
    .map(({ one, other }) => [one, other]);
}

function pairOf(one: Leg, other: Leg, key: string, markers: Markers): Pair | undefined {
  if (!mayBeOne(one, other, "media", markers)) return undefined;
  const mayFollow = [one, other].every((leg) => mayBeWayOut(leg, markers));
  const out = agreement(streamsOf(one, "out"), streamsOf(other, "out"), mayFollow);
  const back = agreement(streamsOf(one, "back"), streamsOf(other, "back"), mayFollow);
  if (out === false || back === false || (out === undefined && back === undefined)) return undefined;
  const bothWays = out === true && back === true;
  const [isInside, isOtherInside] = [outsideRank(one, markers) === 0, outsideRank(other, markers) === 0];
  if (!bothWays && isInside === isOtherInside) return undefined;
  const outer = out !== true || isInside === isOtherInside ? undefined : isInside ? other : one;
  return { one, other, bothWays, outer, key };
}

/**
 * A flow that moved goes out by one public address and then by another, though its leg inside was not captured. An address
 * of a user's own is none of these: it is the user who moved, and there are two flows.
 */
function mayBeWayOut(leg: Leg, markers: Markers): boolean {
  return outsideRank(leg, markers) > 0 && leg.near.zone !== "remote";
}

/**
 * True where a stream is on both sides, false where streams at the same time are others; undefined where nothing can be
 * compared. Unless they `mayFollow`, both sides have some of the same packets.
 */
function agreement(
  streams: readonly StreamReport[],
  others: readonly StreamReport[],
  mayFollow: boolean,
): boolean | undefined {
  let found: boolean | undefined;
  for (const x of streams)
    for (const y of others) {
      if (x.startSeconds > y.endSeconds + 1 || y.startSeconds > x.endSeconds + 1) continue;
      if (x.ssrc === y.ssrc && hasSameNumbers(x, y) && (mayFollow || !areApart(x, y))) return true;
      found = false;
    }
  return found;
}

/** True when the one that begins later begins with the number that the earlier one had reached by then. */
function hasSameNumbers(x: StreamReport, y: StreamReport): boolean {
  const [early, late] = x.startSeconds <= y.startSeconds ? [x, y] : [y, x];
  const seconds = early.endSeconds - early.startSeconds;
  const pace = seconds > 0 ? (early.expected - 1) / seconds : 0;
  const foretold = pace * (late.startSeconds - early.startSeconds);
  // Numbers are of 16 bits: the nearest one of that kind.
  const away = (late.firstSequence - early.firstSequence - Math.round(foretold)) & 0xffff;
  const difference = Math.min(away, 0x10000 - away);
  return difference <= SLACK_NUMBERS + pace * CLOCK_SECONDS + foretold * SLACK_SHARE;
}
