/** A moment in time. */
export interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Less than 0 where `x` is the earlier moment, 0 where they are the same: for sorting. */
export function compareMoments(x: Moment, y: Moment): number {
  return x.seconds - y.seconds || x.nanoseconds - y.nanoseconds;
}

/** True when `x` is earlier than `y`. */
export function isBefore(x: Moment, y: Moment): boolean {
  return x.seconds < y.seconds || (x.seconds === y.seconds && x.nanoseconds < y.nanoseconds);
}

/** Seconds between two moments; exact to the nanosecond for spans below 100 days. */
export function secondsBetween(from: Moment, to: Moment): number {
  return to.seconds - from.seconds + (to.nanoseconds - from.nanoseconds) / 1e9;
}
