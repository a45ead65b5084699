/** RTP clocks of audio and video codecs in use, Hz. */
const USUAL_CLOCKS = [8000, 16000, 24000, 48000, 90000] as const;
/** Those of AAC and MP3 from recordings, and of L16. */
const RARE_CLOCKS = [11025, 12000, 22050, 32000, 44100] as const;
const CLOCK_CANDIDATES = [...USUAL_CLOCKS, ...RARE_CLOCKS] as const;
/** Pairs that are looked at before an answer. */
const PAIRS = 24;
/** Pairs that are enough when the stream ends early: so many, or fewer that took a second, as long packets do. */
const FEWEST_PAIRS = 20;
const FEWEST_LONG_PAIRS = 8;
const LONG_MS = 1000;
/** How far the measured clock may be from a candidate. */
const TOLERANCE = 0.15;
/** How far from a rare one, over all pairs, which take so long: a queue that fills looks like a clock a few percent slower. */
const RARE_TOLERANCE = 0.02;
const RARE_MS = 5000;
/** Longer steps are pauses, over which a sender may set its time stamp anew; ms. */
const LONGEST_STEP_MS = 3000;
/** Of packets of which this share goes back in time stamp: how far from a candidate their slope may be, and after how long. */
const SHUFFLED_SHARE = 0.2;
const SHUFFLED_TOLERANCE = 0.05;
const SHUFFLED_MS = 5000;
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
  /** The same over all steps, and how many of them went back. */
  #allMs = 0;
  #allTicks = 0;
  #back = 0;
  #trials: Float64Array | undefined;
  /** Pairs that are in `#trials` already. */
  #tried = 0;
  /** The usual clock that pairs seemed to have of which a rare one is nearer; 0 when none. */
  #suspected = 0;

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
    if (ms <= LONGEST_STEP_MS) {
      this.#allMs += ms;
      this.#allTicks += ticks;
      if (ticks < 0) this.#back++;
    }
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

  /** Hz, or 0 when too little was seen or no clock fits; `isLast`: no more pairs will come. */
  clock(isLast = false): number {
    // What is left of the last pairs does not undo what earlier ones said.
    if (isLast && this.#suspected > 0) return this.#rareClock(this.#suspected);
    const usual = this.#usualClock();
    if (isLast && usual === 0) return this.shuffledClock();
    if (this.#count < FEWEST_PAIRS || (usual !== 0 && !this.#mayBeRare(usual))) return usual;
    this.#suspected = usual;
    return isLast || this.#sumMs >= RARE_MS ? this.#rareClock(usual) : 0;
  }

  /** Where packets overtake each other, so that hardly any neighbours are left: by the slope over all, Hz; 0 where none fits. */
  shuffledClock(): number {
    if (this.#back < SHUFFLED_SHARE * this.steps || this.#allMs < SHUFFLED_MS) return 0;
    return nearest((this.#allTicks / this.#allMs) * 1000, SHUFFLED_TOLERANCE);
  }

  #usualClock(): number {
    const ms = this.#total(0);
    if (this.#count < FEWEST_PAIRS && !(this.#count >= FEWEST_LONG_PAIRS && ms >= LONG_MS)) return 0;
    const byMedian = nearest(this.#byMedian());
    if (byMedian !== 0) return byMedian === nearest(this.#bySlope()) ? byMedian : 0;
    return this.#sumMs < SHORTEST_SLOPE_MS ? 0 : nearest((this.#sumTicks / this.#sumMs) * 1000);
  }

  /** True where the slope is nearer to a rare clock than to the usual one. */
  #mayBeRare(usual: number): boolean {
    const rare = RARE_CLOCKS.find((each) => each < usual && each > usual * (1 - TOLERANCE));
    return rare !== undefined && this.#bySlope() < (rare + usual) / 2;
  }

  /** The rare clock that all pairs show, and by which they have the least jitter; else the usual one that they seemed to have. */
  #rareClock(usual: number): number {
    if (this.#sumMs < RARE_MS) return usual;
    const hertz = (this.#sumTicks / this.#sumMs) * 1000;
    const rare = RARE_CLOCKS.find((each) => Math.abs(hertz / each - 1) <= RARE_TOLERANCE);
    if (rare === undefined) return usual;
    this.#tryPairs();
    const jitter = this.#triedJitter(rare);
    return USUAL_CLOCKS.every((each) => this.#triedJitter(each) > jitter) ? rare : usual;
  }

  #triedJitter(clock: number): number {
    return this.#trials?.[TRIAL * CLOCK_CANDIDATES.findIndex((each) => each === clock) + 2] ?? 0;
  }

  /** By the medians of the pairs at hand, Hz; 0 where most share a time or a time stamp. */
  #byMedian(): number {
    const ms = this.#median(0);
    const ticks = this.#median(TICKS);
    return ms > 0 && ticks > 0 ? (ticks / ms) * 1000 : 0;
  }

  /** By the slope over the pairs at hand alone, Hz. */
  #bySlope(): number {
    const ms = this.#total(0);
    return ms > 0 ? (this.#total(TICKS) / ms) * 1000 : 0;
  }

  /** Sum of what the pairs have from `at` on. */
  #total(at: number): number {
    let sum = 0;
    for (let i = 0; i < this.#count; i++) sum += this.#pairs[at + i] ?? 0;
    return sum;
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

function nearest(hertz: number, tolerance = TOLERANCE): number {
  for (const clock of USUAL_CLOCKS) if (Math.abs(hertz / clock - 1) <= tolerance) return clock;
  return 0;
}
