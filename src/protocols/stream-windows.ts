import { doubles } from "./doubles.ts";

// Behind the buckets: of the current one, of the window that ends before it, and the answer.
const PART = 0;
const WINDOW_PART = 1;
const WORST = 2;
const FURTHER = 3;

/**
 * Worst ratio of two sums (lost to expected, jitter to its count) over any window of a fixed length, found while
 * packets pass. The window slides in steps of one bucket; memory is one ring of buckets. A bucket is only judged when
 * the one after it is full too, so that a late packet can still take back the loss that was counted for it.
 */
export class WorstWindow {
  readonly #buckets: number;
  readonly #size: number;
  readonly #fewest: number;
  /**
   * The parts of the buckets, then their wholes, then PART and so on. Fields would do for those, but for the engine a field is
   * one of whole numbers until it first holds another one, and all code that it compiled so far is void then.
   */
  readonly #sums: number[];
  #current = 0;
  #whole = 0;
  #windowWhole = 0;

  /** A window of `buckets` buckets; it counts when its whole is at least `fewest`. */
  constructor(buckets: number, fewest: number) {
    this.#buckets = buckets;
    this.#size = buckets + 2;
    this.#fewest = fewest;
    this.#sums = doubles(2 * this.#size + FURTHER);
    this.#sums[2 * this.#size + WORST] = -1;
  }

  /** Largest ratio, or -1: no window had enough. */
  get worst(): number {
    return this.#sums[2 * this.#size + WORST] ?? -1;
  }

  /** Moves on to a bucket (never back) and counts there. */
  add(bucket: number, part: number, whole: number): void {
    if (bucket > this.#current) this.#advance(bucket);
    this.#add(PART, part);
    this.#whole += whole;
  }

  /** Takes back one that was counted in `bucket`: it was not lost, only late. */
  takeBack(bucket: number): void {
    if (bucket === this.#current) this.#add(PART, -1);
    if (bucket >= this.#current || bucket <= this.#current - this.#size) return;
    const slot = bucket % this.#size;
    this.#sums[slot] = (this.#sums[slot] ?? 0) - 1;
    if (bucket < this.#current - 1 && bucket >= this.#current - 1 - this.#buckets) this.#add(WINDOW_PART, -1);
  }

  #add(what: number, amount: number): void {
    const at = 2 * this.#size + what;
    this.#sums[at] = (this.#sums[at] ?? 0) + amount;
  }

  /** Judges what the end of the stream left open. */
  finish(): void {
    const last = this.#current;
    this.#advance(last + 2);
    // Shorter than a window: the whole stream is the only window there is.
    if (last + 1 < this.#buckets) this.#judge();
  }

  #advance(to: number): void {
    if (to - this.#current > this.#size + 1) {
      // A long silence: let the last buckets pass, then begin with empty ones.
      this.#step();
      this.#step();
      this.#sums.fill(0, 0, 2 * this.#size + WORST);
      this.#windowWhole = 0;
      this.#current = to;
      return;
    }
    while (this.#current < to) this.#step();
  }

  /** Closes the current bucket, takes the one before it into the window and drops the oldest. */
  #step(): void {
    const sums = this.#sums;
    const size = this.#size;
    const part = 2 * size + PART;
    const windowPart = 2 * size + WINDOW_PART;
    const slot = this.#current % size;
    sums[slot] = sums[part] ?? 0;
    sums[size + slot] = this.#whole;
    sums[part] = this.#whole = 0;
    const entering = this.#current - 1;
    this.#current++;
    if (entering < 0) return;
    const enters = entering % size;
    sums[windowPart] = (sums[windowPart] ?? 0) + (sums[enters] ?? 0);
    this.#windowWhole += sums[size + enters] ?? 0;
    if (entering >= this.#buckets) {
      const leaves = (entering - this.#buckets) % size;
      sums[windowPart] = (sums[windowPart] ?? 0) - (sums[leaves] ?? 0);
      this.#windowWhole -= sums[size + leaves] ?? 0;
    }
    if (this.#current > this.#buckets) this.#judge();
  }

  #judge(): void {
    if (this.#windowWhole < this.#fewest) return;
    const part = this.#sums[2 * this.#size + WINDOW_PART] ?? 0;
    // Sums of fractions may end a little below zero.
    const ratio = part > 0 ? part / this.#windowWhole : 0;
    if (ratio > this.worst) this.#sums[2 * this.#size + WORST] = ratio;
  }
}
