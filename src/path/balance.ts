import type { Stretch } from "./evidence.ts";
import { sameLane } from "./lanes.ts";
import { type Moment, secondsBetween } from "./moment.ts";
import { apartSeconds, heldSpans } from "./shown-apart.ts";

/** So many stretches make a direction that goes to and fro, where each has few packets or is short, and none is most of the time. */
const FEWEST_STRETCHES = 16;
const PACKETS_EACH = 4;
const SECONDS_EACH = 2;
const LONGEST_SHARE = 0.3;
/** One that stays for so many times as long has come to rest. */
const REST = 8;
/** A move looks so for a second where the clocks of two captures differ by as much: seconds. */
const CLOCKS_DIFFER = 4;
/** A direction with so many packets in each stretch, on average, would show that it follows the other one. */
const DENSE_PACKETS = 8;
/** By chance every other stretch begins where the other direction is elsewhere, and half of the time they are apart. */
const APART_SHARE = 0.25;

/** A direction of a flow: its path over time, how many packets it has, and when the last one came. */
export interface Way {
  readonly stretches: readonly Stretch[];
  readonly packets: number;
  readonly last: Moment;
}

/**
 * How the directions lie of a flow whose packets are balanced over several paths up to its end, each for itself, so that neither
 * ends on one: `apart`; `alike` where both go to and fro together, as with a route that flaps; `unclear` where that is not known.
 * Undefined where no direction does so.
 */
export function balanceOf(
  out: Way,
  back: Way,
  isOneClock: () => boolean,
  isOneCapture: () => boolean,
): "apart" | "alike" | "unclear" | undefined {
  const [isOut, isBack] = [out, back].map((way) => isBalanced(way, isOneCapture));
  if (!isOut && !isBack) return undefined;
  if (isOut && isBack) {
    if (!isOneClock()) return "unclear";
    const until = earlier(knownUntil(out), knownUntil(back));
    // The way there and back takes time: of two that flap together the later one begins where the other is.
    const share = Math.min(apartShare(out, back, until), apartShare(back, out, until));
    if (share >= APART_SHARE) return "apart";
    return apartTime(out, back, until) < APART_SHARE ? "alike" : "unclear";
  }
  const [balanced, other] = isOut ? [out, back] : [back, out];
  if (other.packets < DENSE_PACKETS * other.stretches.length) return "unclear";
  return apartShare(balanced, other, knownUntil(balanced)) >= APART_SHARE ? "apart" : "unclear";
}

function isBalanced({ stretches, packets, last }: Way, isOneCapture: () => boolean): boolean {
  const [first, end] = [stretches[0], stretches.at(-1)];
  if (stretches.length < FEWEST_STRETCHES || first === undefined || end === undefined) return false;
  const seconds = secondsBetween(first, stretches.at(-2) ?? end);
  const each = seconds / (stretches.length - 2);
  if (each > SECONDS_EACH && packets > PACKETS_EACH * stretches.length) return false;
  if (secondsBetween(end, last) > REST * each || longestOf(stretches) > LONGEST_SHARE * seconds) return false;
  return seconds >= CLOCKS_DIFFER || isOneCapture();
}

/** For how long the longest stretch lasted, but for the last two. */
function longestOf(stretches: readonly Stretch[]): number {
  const lengths = stretches
    .slice(0, -2)
    .map((stretch, i) => secondsBetween(stretch, stretches[i + 1] ?? stretch));
  return Math.max(...lengths);
}

/** There is room for so many changes: between the last one but one and the last one there may have been others. */
function knownUntil({ stretches, last }: Way): Moment {
  const known = stretches.at(-2);
  return known?.until ?? known ?? last;
}

function earlier(one: Moment, other: Moment): Moment {
  return secondsBetween(one, other) > 0 ? one : other;
}

/** Of the stretches of one direction those that begin where the other one is on another path. */
function apartShare(one: Way, other: Way, until: Moment): number {
  let [all, apart, i] = [0, 0, 0];
  for (const stretch of stretchesUntil(one, until)) {
    for (;;) {
      const next = other.stretches[i + 1];
      if (next === undefined || secondsBetween(next, stretch) < 0) break;
      i += 1;
    }
    const held = other.stretches[i];
    if (held === undefined || secondsBetween(held, stretch) < 0) continue;
    all += 1;
    if (!sameLane(stretch, held)) apart += 1;
  }
  return all === 0 ? 0 : apart / all;
}

/** For which part of the time the directions lay on different paths. */
function apartTime(out: Way, back: Way, until: Moment): number {
  const spans = [out, back].map((way) => heldSpans(stretchesUntil(way, until), until));
  const [one, other] = spans.map((each) => each[0]?.from ?? until);
  const seconds = Math.min(secondsBetween(one ?? until, until), secondsBetween(other ?? until, until));
  return seconds <= 0 ? 0 : apartSeconds(spans[0] ?? [], spans[1] ?? []) / seconds;
}

function stretchesUntil({ stretches }: Way, until: Moment): readonly Stretch[] {
  return stretches.filter((stretch) => secondsBetween(stretch, until) >= 0);
}
