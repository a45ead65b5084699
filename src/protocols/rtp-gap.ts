/** How far time stamp and arrival may differ after a gap, and the rate in it from that before; its numbers wrap at 65,536. */
const GAP_SLACK_MS = 200;
const GAP_SLACK = 0.02;
const RATE_SLACK = 0.25;
const MOST_DUE = 50_000;

/** A step from one packet of a stream to another, over numbers that did not come. */
export interface Step {
  /** Numbers from one to the other. */
  readonly ahead: number;
  /** Milliseconds between them by time stamp, and by arrival. */
  readonly stampMs: number;
  readonly ms: number;
  /** Numbers a millisecond before it. */
  readonly numbersAMs: number;
  /** The stream's, in Hz. */
  readonly clock: number;
}

/** True where the numbers are as many as time and rate say, and the time stamp went on, too: the stream did not begin anew. */
export function fillsGap({ ahead, stampMs, ms, numbersAMs }: Step): boolean {
  if (Math.abs(stampMs - ms) > GAP_SLACK_MS + GAP_SLACK * ms) return false;
  const due = numbersAMs * ms;
  return due <= MOST_DUE && ahead >= (1 - RATE_SLACK) * due && ahead <= (1 + RATE_SLACK) * due;
}

/** Audio is not sent in shorter packets than this, ms, nor in longer ones than that; some of less come at a steady rate. */
const SHORTEST_MS = 2.5;
const LONGEST_MS = 200;
const VIDEO_CLOCK = 90_000;

/**
 * True where a sender of audio went on with other numbers: those between cannot have been sent in so short a time, neither by
 * arrival nor by time stamp. Of packets that were lost the time stamp tells, also where a capture had them late and all at once.
 */
export function isRenumbered({ ahead, stampMs, ms, numbersAMs, clock }: Step): boolean {
  if (clock === VIDEO_CLOCK) return false;
  const least = ahead * Math.min(SHORTEST_MS, 0.5 / numbersAMs);
  return ms < least && (stampMs < least || stampMs > ms + ahead * LONGEST_MS);
}
