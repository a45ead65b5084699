import { NO_ITEMS } from "../no-items.ts";
import type { Stretch } from "./evidence.ts";
import { sameLane } from "./lanes.ts";
import { isBefore, type Moment, secondsBetween } from "./moment.ts";

/** A part of a stretch of a direction. */
export interface Span {
  readonly stretch: Stretch;
  readonly from: Moment;
  readonly to: Moment;
}

/** Stretches as far as packets showed them. `last`: until when the last one lasts where that is not known. */
export function shownSpans(stretches: readonly Stretch[], last: Moment): Span[] {
  return stretches.flatMap((stretch, i) => {
    const next = stretches[i + 1];
    const until = stretch.until ?? next ?? last;
    const end = next !== undefined && isBefore(next, until) ? next : until;
    const gaps = stretch.gaps ?? NO_ITEMS;
    return [...gaps, { from: end, to: end }].map(({ from: to }, j) => ({
      stretch,
      from: gaps[j - 1]?.to ?? stretch,
      to: isBefore(end, to) ? end : to,
    }));
  });
}

/** Stretches of which each is held to last until the next one, and the last one until `end`. */
export function heldSpans(stretches: readonly Stretch[], end: Moment): Span[] {
  return stretches.map((stretch, i) => ({ stretch, from: stretch, to: stretches[i + 1] ?? end }));
}

/**
 * The same, but a stretch whose packets came to an end more than `silence` seconds before the next one was shown lasts until its last
 * packet: what came after it may have been elsewhere.
 */
export function knownSpans(stretches: readonly Stretch[], end: Moment, silence: number): Span[] {
  return shownSpans(stretches, end).map((span, i, all) => {
    const next = all[i + 1]?.from ?? end;
    const isNear = span.stretch.until === undefined || secondsBetween(span.to, next) <= silence;
    return isNear && all[i + 1]?.stretch !== span.stretch ? { ...span, to: next } : span;
  });
}

/** For how long two directions, whose spans are in the order of time, lay on different paths: seconds, to a microsecond. */
export function apartSeconds(out: readonly Span[], back: readonly Span[]): number {
  let total = 0;
  for (let i = 0, j = 0; i < out.length && j < back.length;) {
    const [one, other] = [out[i], back[j]];
    if (one === undefined || other === undefined) break;
    const from = isBefore(one.from, other.from) ? other.from : one.from;
    const isFirst = isBefore(one.to, other.to);
    const seconds = secondsBetween(from, isFirst ? one.to : other.to);
    if (seconds > 0 && !sameLane(one.stretch, other.stretch)) total += seconds;
    if (isFirst) i += 1;
    else j += 1;
  }
  return Math.round(total * 1e6) / 1e6;
}
