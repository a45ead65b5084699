/** Signaling belongs to media that begins as late as this after it (CONTRACT, section 8), and a second for clocks. */
const SIGNALING_SECONDS = 31;

/** Flows after which rows are written as soon as no call is cut in two by it, and those after which they are anyway. */
export interface BatchSize {
  readonly wanted: number;
  readonly most: number;
}

export const BATCH_SIZE: BatchSize = { wanted: 50_000, most: 200_000 };

/** Tells moments at which everything that has ended may be judged, without what ends later. */
export class CallCuts {
  readonly #ends: Float64Array;
  /** The earliest start of the spans from an index on. */
  readonly #earliest: Float64Array;

  /** Spans of flows that may be of calls, by their ends, seconds. */
  constructor(spans: { readonly starts: Float64Array; readonly ends: Float64Array }) {
    this.#ends = spans.ends;
    this.#earliest = new Float64Array(spans.ends.length);
    let earliest = Number.POSITIVE_INFINITY;
    for (let i = spans.ends.length - 1; i >= 0; i--) {
      earliest = Math.min(earliest, spans.starts[i] ?? 0);
      this.#earliest[i] = earliest;
    }
  }

  /** True when no call can have flows that end before a moment and flows that end at it or later. */
  isClean(moment: number): boolean {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] ?? 0) < moment) low = middle + 1;
      else high = middle;
    }
    return low === this.#ends.length || (this.#earliest[low] ?? 0) > moment + SIGNALING_SECONDS;
  }
}
