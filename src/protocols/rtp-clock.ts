/** RTP clocks of audio and video codecs in use, Hz. */
const CLOCK_CANDIDATES = [8000, 16000, 24000, 48000, 90000] as const;
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

/** Where the time stamps of the pairs begin, behind their times. */
const TICKS = PAIRS;
/** A time stamp that jumps by more than this is a new start, not jitter; ms. */
const MAX_JUMP_MS = 3000;
/** For each candidate clock: jitter, its maximum, its sum. */
const TRIAL = 3;

const sorted = new Float64Array(PAIRS);

/**
 * Finds the RTP clock of a payload type from how its time stamps advance against arrival. The ratio of the medians over
 * pairs of neighbours is what pauses and bursts cannot disturb, but jitter can; their slope the reverse: where the two disagree,
 * later pairs decide. Where many packets share a time stamp (video), the slope over all. What jitter each clock would give is kept only where pairs had to be let go.
 */
export class ClockSearch {
  readonly payloadType: number;
  /** Steps that were added. */
  steps = 0;
  /** Of the clock that `settle` was given: jitter, its maximum and its sum over the steps, ms. */
  jitter = 0;
  max = 0;
  sum = 0;
  readonly #pairs: Float64Array = new Float64Array(2 * PAIRS);
  #count = 0;
  #sumMs = 0;
  #sumTicks = 0;
  #trials: Float64Array | undefined;
  /** Pairs that are in `#trials` already. */
  #tried = 0;

  constructor(payloadType: number) {
    this.payloadType = payloadType;
  }

  /** True when there are enough pairs to ask for the clock. */
  get done(): boolean {
    return this.#count >= PAIRS;
  }

  /** Adds the step from one packet to another; `isNext`: they are neighbours in sequence. */
  add(ms: number, ticks: number, isNext: boolean): void {
    this.steps++;
    if (!isNext || this.done || ms < 0 || ticks < 0 || ms > LONGEST_STEP_MS) {
      this.#tryPairs();
      this.#try(ms, ticks);
      return;
    }
    this.#pairs[this.#count] = ms;
    this.#pairs[TICKS + this.#count] = ticks;
    this.#count++;
    this.#sumMs += ms;
    this.#sumTicks += ticks;
  }

  /** Looks at later pairs, because these gave no answer; the slope goes on growing. */
  goOn(): void {
    this.#tryPairs();
    this.#count = this.#tried = 0;
  }

  /** Hz, or 0 when too little was seen or no clock fits. */
  clock(): number {
    if (this.#count < FEWEST_PAIRS) return 0;
    const ms = this.#median(0);
    const ticks = this.#median(TICKS);
    const byMedian = ms > 0 && ticks > 0 ? nearest((ticks / ms) * 1000) : 0;
    if (byMedian !== 0) return byMedian === this.#bySlope() ? byMedian : 0;
    if (this.#sumMs < SHORTEST_SLOPE_MS) return 0;
    return nearest((this.#sumTicks / this.#sumMs) * 1000);
  }

  /** By the slope over the pairs at hand alone. */
  #bySlope(): number {
    let ms = 0;
    let ticks = 0;
    for (let i = 0; i < this.#count; i++) {
      ms += this.#pairs[i] ?? 0;
      ticks += this.#pairs[TICKS + i] ?? 0;
    }
    return ms > 0 ? nearest((ticks / ms) * 1000) : 0;
  }

  /** Measures the jitter that all steps had by this clock; false, and nothing measured, when it is no candidate. */
  settle(clock: number): boolean {
    const candidate = CLOCK_CANDIDATES.findIndex((each) => each === clock);
    if (candidate < 0) return false;
    const at = TRIAL * candidate;
    this.jitter = this.#trials?.[at] ?? 0;
    this.max = this.#trials?.[at + 1] ?? 0;
    this.sum = this.#trials?.[at + 2] ?? 0;
    for (let i = this.#tried; i < this.#count; i++) {
      const difference = Math.abs((this.#pairs[i] ?? 0) - ((this.#pairs[TICKS + i] ?? 0) / clock) * 1000);
      if (difference > MAX_JUMP_MS) continue;
      this.jitter += (difference - this.jitter) / 16;
      this.max = Math.max(this.max, this.jitter);
      this.sum += this.jitter;
    }
    return true;
  }

  #tryPairs(): void {
    for (let i = this.#tried; i < this.#count; i++)
      this.#try(this.#pairs[i] ?? 0, this.#pairs[TICKS + i] ?? 0);
    this.#tried = this.#count;
  }

  #try(ms: number, ticks: number): void {
    const trials = (this.#trials ??= new Float64Array(TRIAL * CLOCK_CANDIDATES.length));
    for (let i = 0; i < CLOCK_CANDIDATES.length; i++) {
      const difference = Math.abs(ms - (ticks / (CLOCK_CANDIDATES[i] ?? 1)) * 1000);
      if (difference > MAX_JUMP_MS) continue;
      const at = TRIAL * i;
      const jitter = (trials[at] ?? 0) + (difference - (trials[at] ?? 0)) / 16;
      trials[at] = jitter;
      trials[at + 1] = Math.max(trials[at + 1] ?? 0, jitter);
      trials[at + 2] = (trials[at + 2] ?? 0) + jitter;
    }
  }

  /** Median of what the pairs have from `at` on, sorted by insertion: there are few. */
  #median(at: number): number {
    const count = this.#count;
    for (let i = 0; i < count; i++) {
      const value = this.#pairs[at + i] ?? 0;
      let to = i;
      for (; to > 0 && (sorted[to - 1] ?? 0) > value; to--) sorted[to] = sorted[to - 1] ?? 0;
      sorted[to] = value;
    }
    const middle = count >> 1;
    const high = sorted[middle] ?? 0;
    return count % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2;
  }
}

function nearest(hertz: number): number {
  for (const clock of CLOCK_CANDIDATES) if (Math.abs(hertz / clock - 1) <= TOLERANCE) return clock;
  return 0;
}
