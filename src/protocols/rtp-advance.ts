import type { SequenceTracker } from "./rtp-sequence.ts";

/** A step is near where it goes forward, or back, by less than this. */
export const NEAR_STEP = 100;
/** Share of steps that go forward so. */
const GOOD_SHARE = 0.8;
/**
 * Where packets overtake each other: so many of them, the share of near steps, of numbers that came once among all that came,
 * and of those that came in their range.
 */
const SHUFFLED_PACKETS = 100;
const NEAR_SHARE = 0.98;
const DISTINCT_SHARE = 0.9;
const FILLED_SHARE = 0.5;
/** The same two shares where each packet came twice, as over two links at once. */
const TWICE_SHARE = 0.45;
const WHOLE_SHARE = 0.9;

/** How the numbers of one SSRC went from packet to packet. */
export interface Steps {
  readonly candidates: number;
  readonly steps: number;
  /** Of them, near ones forward, and back. */
  readonly goodSteps: number;
  readonly lateSteps: number;
}

/** Share of steps that went forward by less than 100. */
export function goodShare({ steps, goodSteps }: Steps): number {
  return steps === 0 ? 0 : goodSteps / steps;
}

/**
 * True where the numbers advance as RTP's do: most steps go forward by less than 100. Where packets overtake each other (load
 * shared packet by packet over links of different delay) as many go back; but then it takes many that stay near each other,
 * and their numbers fill a range without repeating, as no other field does. Sent over both links at once they come twice, and
 * fill all of it.
 */
export function doAdvance(steps: Steps, { unique, expected }: SequenceTracker): boolean {
  if (goodShare(steps) >= GOOD_SHARE) return true;
  const { candidates, steps: all, goodSteps, lateSteps } = steps;
  if (candidates < SHUFFLED_PACKETS || goodSteps + lateSteps < NEAR_SHARE * all) return false;
  return (
    (unique >= DISTINCT_SHARE * candidates && unique >= FILLED_SHARE * expected) ||
    (unique >= TWICE_SHARE * candidates && unique >= WHOLE_SHARE * expected)
  );
}
