import { SIGNALING_SECONDS } from "../callflow/group.ts";
import { firstWhere } from "../first-where.ts";

/** Flows after which rows are written as soon as no call is cut in two by it, and those after which they are anyway. */
export interface BatchSize {
  readonly wanted: number;
  readonly most: number;
}

export const BATCH_SIZE: BatchSize = { wanted: 50_000, most: 200_000 };

/** Tells moments at which everything that has ended may be judged, without what ends later. */
export class CallCuts {
  /** Stretches in which every moment is clean, later ones first: after one moment, and before another. Seconds. */
  readonly #clean: number[] = [];
  /** Earliest start of the spans so far. */
  #start = Number.POSITIVE_INFINITY;

  /** Takes the span of a flow that may be of a call, seconds; the last to end comes first. */
  add(start: number, end: number): void {
    const before = this.#start - SIGNALING_SECONDS;
    if (end < before) this.#clean.push(end, before);
    if (start < this.#start) this.#start = start;
  }

  /** True when no call can have flows that end before a moment and flows that end at it or later. */
  isClean(moment: number): boolean {
    if (moment < this.#start - SIGNALING_SECONDS) return true;
    const clean = this.#clean;
    const span = firstWhere(clean.length >>> 1, (place) => (clean[2 * place] ?? 0) < moment);
    return moment < (clean[2 * span + 1] ?? 0);
  }
}
