/** RTP clocks of audio and video codecs in use, Hz. */
export const CLOCK_CANDIDATES = [8000, 16000, 24000, 48000, 90000] as const;
/** Pairs that are looked at before an answer. */
const PAIRS = 24;
/** Pairs that are enough when the stream ends early. */
const FEWEST_PAIRS = 20;
/** How far the measured clock may be from a candidate. */
const TOLERANCE = 0.15;
/** Longer steps are pauses, over which a sender may set its time stamp anew; ms. */
const LONGEST_STEP_MS = 3000;
/** Shortest time that a slope is taken over, ms. */
const SHORTEST_SLOPE_MS = 300;

/**
 * Finds the RTP clock of a payload type from how its time stamps advance against arrival. First the ratio of the
 * medians over pairs of neighbours, which pauses cannot disturb; then the slope over all of them, for video, where
 * many packets share a time stamp.
 */
export class ClockInference {
  readonly payloadType: number;
  readonly #stepMs: number[] = [];
  readonly #stepTicks: number[] = [];
  #sumMs = 0;
  #sumTicks = 0;

  constructor(payloadType: number) {
    this.payloadType = payloadType;
  }

  /** True when `clock` will not change its mind any more. */
  get done(): boolean {
    return this.#stepMs.length >= PAIRS;
  }

  /** Adds the step from one packet to the next in sequence. */
  add(ms: number, ticks: number): void {
    if (this.done || ms < 0 || ticks < 0 || ms > LONGEST_STEP_MS) return;
    this.#stepMs.push(ms);
    this.#stepTicks.push(ticks);
    this.#sumMs += ms;
    this.#sumTicks += ticks;
  }

  /** Looks at later pairs, because these gave no answer; the slope goes on growing. */
  goOn(): void {
    this.#stepMs.length = 0;
    this.#stepTicks.length = 0;
  }

  /** Hz, or undefined when too little was seen or no clock fits. */
  clock(): number | undefined {
    if (this.#stepMs.length < FEWEST_PAIRS) return undefined;
    const ms = median(this.#stepMs);
    const ticks = median(this.#stepTicks);
    const byMedian = ms > 0 && ticks > 0 ? nearest((ticks / ms) * 1000) : undefined;
    if (byMedian !== undefined || this.#sumMs < SHORTEST_SLOPE_MS) return byMedian;
    return nearest((this.#sumTicks / this.#sumMs) * 1000);
  }
}

function nearest(hertz: number): number | undefined {
  return CLOCK_CANDIDATES.find((clock) => Math.abs(hertz / clock - 1) <= TOLERANCE);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2;
}
