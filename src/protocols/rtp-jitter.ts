import { CLOCK_CANDIDATES, ClockInference } from "./rtp-clock.ts";

/** A time stamp that jumps by more than this is a new start, not jitter; ms. */
const MAX_JUMP_MS = 3000;
/** Packets after which the search for a clock is given up. */
const MOST_TRIALS = 1024;

/**
 * Interarrival jitter of one stream (RFC 3550, 6.4.1 and A.8) in ms. While the clock is being found, the jitter is kept
 * for every clock that it may turn out to be, so that no packet is lost to the search. The first packet, the one after
 * a change of payload type and the one after a jump of the time stamp only set where the next is measured from.
 */
export class JitterMeter {
  /** Jitter after the latest packet, ms. */
  jitter = 0;
  max = 0;
  sum = 0;
  count = 0;
  /** Clock of the packets measured last, Hz; 0 while it is not known. */
  clock = 0;
  #inference: ClockInference | undefined;
  /** For each candidate clock: jitter, maximum, sum. */
  #trial: Float64Array | undefined;
  #trialCount = 0;
  #payloadType = -1;
  #timestamp = 0;
  #timeMs = 0;
  #sequence = 0;
  /** Clocks found for payload types so far; most streams have one or two. */
  readonly #found = new Map<number, number>();
  readonly #measured = new Map<number, number>();

  /** Forgets where the next packet is measured from (a packet that is no sample was there, or the stream restarted). */
  skip(): void {
    this.#payloadType = -1;
  }

  /** Clock of a payload type if already found or given, Hz, else 0. */
  clockOf(payloadType: number): number {
    return this.#found.get(payloadType) ?? 0;
  }

  /** Fixes the clock of a payload type: static, or from SDP. */
  setClock(payloadType: number, clock: number): void {
    if (clock > 0) this.#found.set(payloadType, clock);
  }

  /** True when no clock is known for the payload type and one should be looked for. */
  isUnknown(payloadType: number): boolean {
    return !this.#found.has(payloadType);
  }

  /** Adds a packet; true when `jitter` is a new value (of the known clock). */
  add(payloadType: number, sequence: number, timestamp: number, timeMs: number): boolean {
    if (payloadType !== this.#payloadType) {
      this.#change(payloadType);
      this.#remember(sequence, timestamp, timeMs);
      return false;
    }
    const ticks = (timestamp - this.#timestamp) | 0;
    const ms = timeMs - this.#timeMs;
    const next = ((sequence - this.#sequence) & 0xffff) === 1;
    this.#remember(sequence, timestamp, timeMs);
    if (this.clock > 0) {
      const difference = Math.abs(ms - (ticks / this.clock) * 1000);
      if (difference > MAX_JUMP_MS && Math.abs(ticks) > (MAX_JUMP_MS / 1000) * this.clock) return false;
      this.jitter += (difference - this.jitter) / 16;
      this.count++;
      this.sum += this.jitter;
      if (this.jitter > this.max) this.max = this.jitter;
      return true;
    }
    this.#try(payloadType, ticks, ms, next);
    return false;
  }

  /** Takes in a run of packets of this payload type and clock that was measured elsewhere, as `add` measures. */
  addRun(
    count: number,
    jitter: number,
    sum: number,
    max: number,
    sequence: number,
    timestamp: number,
    timeMs: number,
  ): void {
    this.jitter = jitter;
    this.sum = sum;
    this.max = max;
    this.count += count;
    this.#remember(sequence, timestamp, timeMs);
  }

  /** Decides the clock with what there is, at the end of the stream. `likely` stands in when nothing was found. */
  finish(likely: number | undefined): void {
    const inference = this.#inference;
    if (inference === undefined) return;
    this.#settle(inference, inference.clock() ?? likely ?? 0);
  }

  /** Clock that was measured for a payload type, not given; undefined when none. */
  measuredClock(payloadType: number): number | undefined {
    const clock = this.#measured.get(payloadType);
    return clock === undefined || clock === 0 ? undefined : clock;
  }

  #remember(sequence: number, timestamp: number, timeMs: number): void {
    this.#sequence = sequence;
    this.#timestamp = timestamp;
    this.#timeMs = timeMs;
  }

  #change(payloadType: number): void {
    this.#payloadType = payloadType;
    this.clock = this.#found.get(payloadType) ?? 0;
  }

  #try(payloadType: number, ticks: number, ms: number, next: boolean): void {
    if (this.#found.has(payloadType)) return;
    this.#inference ??= new ClockInference(payloadType);
    const inference = this.#inference;
    if (inference.payloadType !== payloadType) return;
    const trial = (this.#trial ??= new Float64Array(3 * CLOCK_CANDIDATES.length));
    this.#trialCount++;
    for (let i = 0; i < CLOCK_CANDIDATES.length; i++) {
      const difference = Math.abs(ms - (ticks / (CLOCK_CANDIDATES[i] ?? 1)) * 1000);
      if (difference > MAX_JUMP_MS) continue;
      const jitter = (trial[3 * i] ?? 0) + (difference - (trial[3 * i] ?? 0)) / 16;
      trial[3 * i] = jitter;
      trial[3 * i + 1] = Math.max(trial[3 * i + 1] ?? 0, jitter);
      trial[3 * i + 2] = (trial[3 * i + 2] ?? 0) + jitter;
    }
    if (next) inference.add(ms, ticks);
    if (this.#trialCount >= MOST_TRIALS) this.#settle(inference, 0);
    else if (inference.done) {
      const clock = inference.clock();
      // Undecided after enough pairs: look at later ones, the beginning may have been a burst.
      if (clock === undefined) inference.goOn();
      else this.#settle(inference, clock);
    }
  }

  #settle(inference: ClockInference, clock: number): void {
    this.#inference = undefined;
    const trial = this.#trial;
    this.#trial = undefined;
    const count = this.#trialCount;
    this.#trialCount = 0;
    this.#found.set(inference.payloadType, clock);
    const index = CLOCK_CANDIDATES.findIndex((candidate) => candidate === clock);
    if (index < 0 || trial === undefined) return;
    this.#measured.set(inference.payloadType, inference.clock() ?? 0);
    if (this.#payloadType === inference.payloadType) this.clock = clock;
    this.jitter = trial[3 * index] ?? 0;
    this.max = Math.max(this.max, trial[3 * index + 1] ?? 0);
    this.sum += trial[3 * index + 2] ?? 0;
    this.count += count;
  }
}
