import { doubles } from "./doubles.ts";
import { WorstWindow } from "./stream-windows.ts";

/**
 * Worst loss over any window of a fixed length, as `WorstWindow` finds it. Most of a call loses nothing, and then
 * counting its packets is enough: the window only slides near a loss, and until one window was long enough to be judged.
 */
export class LossWindow {
  readonly #buckets: number;
  readonly #fewest: number;
  /** What a window is made again from, in buckets. */
  readonly #size: number;
  /** Bucket numbers, then how many packets were expected in each. */
  readonly #ring: number[];
  #window: WorstWindow | undefined;
  #calmFrom = 0;
  #worst = -1;

  /** A window of `buckets` buckets; it counts when at least `fewest` packets were expected in it. */
  constructor(buckets: number, fewest: number) {
    this.#buckets = buckets;
    this.#fewest = fewest;
    this.#size = buckets + 3;
    this.#ring = doubles(2 * this.#size);
    this.#window = new WorstWindow(buckets, fewest);
  }

  /** Largest share of lost packets, 0 to 1, or -1: no window had enough. */
  get worst(): number {
    return Math.max(this.#worst, this.#window?.worst ?? -1);
  }

  /** Moves on to a bucket (never back) and counts there. */
  add(bucket: number, lost: number, expected: number): void {
    const ring = this.#ring;
    const size = this.#size;
    const slot = bucket % size;
    if (this.#window !== undefined || lost > 0) this.#slide(bucket, lost, expected);
    if (ring[slot] === bucket) ring[size + slot] = (ring[size + slot] ?? 0) + expected;
    else {
      ring[slot] = bucket;
      ring[size + slot] = expected;
    }
  }

  /** Takes back one that was counted in `bucket`: it was not lost, only late. */
  takeBack(bucket: number): void {
    this.#window?.takeBack(bucket);
  }

  /** Judges what the end of the stream left open. */
  finish(): void {
    this.#window?.finish();
  }

  #slide(bucket: number, lost: number, expected: number): void {
    const window = (this.#window ??= this.#replayed(bucket));
    window.add(bucket, lost, expected);
    if (lost > 0) this.#calmFrom = bucket + this.#buckets + 3;
    else if (bucket >= this.#calmFrom && window.worst >= 0) {
      this.#worst = Math.max(this.#worst, window.worst);
      this.#window = undefined;
    }
  }

  /** A window that has seen what came shortly before a bucket. */
  #replayed(bucket: number): WorstWindow {
    const window = new WorstWindow(this.#buckets, this.#fewest);
    for (let before = Math.max(0, bucket - this.#size + 1); before <= bucket; before++) {
      const slot = before % this.#size;
      if (this.#ring[slot] === before) window.add(before, 0, this.#ring[this.#size + slot] ?? 0);
    }
    return window;
  }
}
