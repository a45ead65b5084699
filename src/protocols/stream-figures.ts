import type { StreamReport } from "./recognition.ts";
import type { JitterMeter } from "./rtp-jitter.ts";
import type { StreamLoss } from "./rtp-loss.ts";
import type { SequenceTracker } from "./rtp-sequence.ts";
import { WorstWindow } from "./stream-windows.ts";

/** Microsoft's window of jitter: any 15 s with enough packets. */
const WINDOW_SECONDS = 15;
const FEWEST_IN_WINDOW = 50;
/** Packets due in a window of loss that counts. */
const FEWEST_DUE = 100;

/** What measures a stream. */
export interface StreamMeters {
  readonly sequence: SequenceTracker;
  readonly jitter: JitterMeter;
  readonly loss: StreamLoss;
  readonly windowJitter: WorstWindow;
}

/** What of a report its meters say. */
type StreamFigures = Pick<
  StreamReport,
  | "packets"
  | "expected"
  | "lost"
  | "duplicates"
  | "reordered"
  | "firstSequence"
  | "lastSequence"
  | "meanJitterMs"
  | "maxJitterMs"
  | "burstLossPercent"
  | "worstWindowLossPercent"
  | "worstWindowJitterMs"
>;

/** How bad a stream was: shares of 1, and ms; of the whole stream, and of its worst 15 s. */
export interface StreamWorth {
  readonly lossShare: number;
  readonly jitterMs: number;
  readonly windowLoss: number;
  readonly windowJitterMs: number;
}

export const NOTHING_MEASURED: StreamWorth = { lossShare: 0, jitterMs: 0, windowLoss: 0, windowJitterMs: 0 };

export function jitterWindow(): WorstWindow {
  return new WorstWindow(WINDOW_SECONDS, FEWEST_IN_WINDOW);
}

/** Zeros where nothing was measured; a window that is not full yet counts when the whole stream is one. */
export function worthOf({ sequence, jitter, loss, windowJitter }: StreamMeters): StreamWorth {
  const { expected, lost } = sequence;
  const lossShare = expected > 0 ? lost / expected : 0;
  const { count } = jitter;
  const jitterMs = count > 0 ? jitter.sum / count : 0;
  return {
    lossShare,
    jitterMs,
    windowLoss: Math.max(loss.worst, expected >= FEWEST_DUE ? lossShare : 0),
    windowJitterMs: Math.max(windowJitter.worst, count >= FEWEST_IN_WINDOW ? jitterMs : 0),
  };
}

/** Ends the windows; the stream is over. Call once. */
export function figuresOf({ sequence, jitter, loss, windowJitter }: StreamMeters): StreamFigures {
  windowJitter.finish();
  loss.finish();
  const measurable = jitter.count > 0;
  return {
    packets: sequence.unique,
    expected: sequence.expected,
    lost: sequence.lost,
    duplicates: sequence.duplicates,
    reordered: sequence.reordered,
    firstSequence: sequence.firstSequence,
    lastSequence: sequence.lastSequence,
    meanJitterMs: measurable ? jitter.sum / jitter.count : undefined,
    maxJitterMs: measurable ? jitter.max : undefined,
    burstLossPercent: percent(loss.worstBurst),
    worstWindowLossPercent: percent(loss.worst),
    worstWindowJitterMs: windowJitter.worst < 0 ? undefined : windowJitter.worst,
  };
}

/** Percent of a ratio that is -1 where nothing was measured. */
function percent(ratio: number): number | undefined {
  return ratio < 0 ? undefined : 100 * ratio;
}
