import { LossWindow } from "./loss-window.ts";
import { BURST_MS, BURSTS_IN_SECOND } from "./rtp-runs.ts";
import { SequenceStep, type SequenceTracker } from "./rtp-sequence.ts";

/** Microsoft's windows: loss in any 15 s, burst loss in any 200 ms. */
const WINDOW_BUCKETS = 15; // of one second
const BURST_BUCKETS = 10; // of 20 ms
/** A window with fewer packets says nothing about percents: with 100, one lost packet is one percent. */
const FEWEST_IN_WINDOW = 100;
const FEWEST_IN_BURST = 5;
/** Numbers whose loss can be taken back; as far as late packets are accepted. */
const LATE = 128;

/** Where in time a stream lost packets: the worst of Microsoft's windows. */
export class StreamLoss {
  /** The second of the latest packet, counted from the first. */
  second = 0;
  readonly #firstTimeMs: number;
  readonly #window: LossWindow = new LossWindow(WINDOW_BUCKETS, FEWEST_IN_WINDOW);
  readonly #burst: LossWindow = new LossWindow(BURST_BUCKETS, FEWEST_IN_BURST);
  /** Burst bucket in which a missing number was found missing, by number modulo LATE; made with the first one. */
  #missingIn: Uint32Array | undefined;

  constructor(firstTimeMs: number) {
    this.#firstTimeMs = firstTimeMs;
  }

  /** Largest share of lost packets, 0 to 1, in any window, and in any burst; -1: none had enough packets. */
  get worst(): number {
    return this.#window.worst;
  }
  get worstBurst(): number {
    return this.#burst.worst;
  }

  /** Counts a packet that `sequence` has just taken as `step`. */
  add(step: SequenceStep, sequence: SequenceTracker, timeMs: number): void {
    const elapsed = timeMs > this.#firstTimeMs ? timeMs - this.#firstTimeMs : 0;
    const burst = (elapsed / BURST_MS) | 0; // 31 bits: a stream of more than a year
    const second = (burst / BURSTS_IN_SECOND) | 0;
    this.second = second;
    if (step === SequenceStep.late) {
      const foundIn = this.#missingIn?.[sequence.lateNumber % LATE] ?? 0;
      this.#burst.takeBack(foundIn);
      this.#window.takeBack(Math.trunc(foundIn / BURSTS_IN_SECOND));
      this.#burst.add(burst, 0, 0);
      this.#window.add(second, 0, 0);
      return;
    }
    const advance = step === SequenceStep.restart ? 1 : sequence.advance;
    this.#burst.add(burst, advance - 1, advance);
    this.#window.add(second, advance - 1, advance);
    if (advance === 1) return;
    const { highest } = sequence;
    const missingIn = (this.#missingIn ??= new Uint32Array(LATE));
    for (let i = Math.min(advance - 1, LATE); i > 0; i--) missingIn[(highest - i) % LATE] = burst;
  }

  /** Counts a run of this second, without loss: `bursts` holds the packets of each 20 ms from `at` on. */
  addRun(count: number, bursts: Uint8Array, at: number): void {
    this.#window.add(this.second, 0, count);
    for (let i = 0; i < BURSTS_IN_SECOND; i++) {
      const packets = bursts[at + i] ?? 0;
      if (packets > 0) this.#burst.add(this.second * BURSTS_IN_SECOND + i, 0, packets);
    }
  }

  /** Judges what the end of the stream left open. */
  finish(): void {
    this.#window.finish();
    this.#burst.finish();
  }
}
