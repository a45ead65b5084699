import type { Instant } from "../classify/row.ts";

/** A moment of a call, in microseconds since 1970; 0 where its packets have no times. */
export function callInstant(us: number): Instant | undefined {
  if (us === 0) return undefined;
  const seconds = Math.floor(us / 1e6);
  return { seconds, nanoseconds: Math.round(us - seconds * 1e6) * 1000, fine: false };
}
