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
 * and their numbers fill a range without repeating, as no other field does.
 */
export function doAdvance(steps: Steps, { unique, expected }: SequenceTracker): boolean {
  if (goodShare(steps) >= GOOD_SHARE) return true;
  return (
    steps.candidates >= SHUFFLED_PACKETS &&
    steps.goodSteps + steps.lateSteps >= NEAR_SHARE * steps.steps &&
    unique >= DISTINCT_SHARE * steps.candidates &&
    unique >= FILLED_SHARE * expected
  );
}
