/** A moment in time. */
export interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Seconds between two moments; exact to the nanosecond for spans below 100 days. */
export function secondsBetween(from: Moment, to: Moment): number {
  return to.seconds - from.seconds + (to.nanoseconds - from.nanoseconds) / 1e9;
}
