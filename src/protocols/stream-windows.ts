/**
 * Worst ratio of two sums (lost to expected, jitter to its count) over any window of a fixed length, found while
 * packets pass. The window slides in steps of one bucket; memory is one ring of buckets. A bucket is only judged when
 * the one after it is full too, so that a late packet can still take back the loss that was counted for it.
 */
export class WorstWindow {
  /** Largest ratio, or -1: no window had enough. */
  worst = -1;
  readonly #buckets: number;
  readonly #size: number;
  readonly #fewest: number;
  /** The parts of the buckets, then their wholes. */
  readonly #sums: Float64Array;
  #current = 0;
  #part = 0;
  #whole = 0;
  /** Sums over the window that ends before the current bucket. */
  #windowPart = 0;
  #windowWhole = 0;

  /** A window of `buckets` buckets; it counts when its whole is at least `fewest`. */
  constructor(buckets: number, fewest: number) {
    this.#buckets = buckets;
    this.#size = buckets + 2;
    this.#fewest = fewest;
    this.#sums = new Float64Array(2 * this.#size);
  }

  /** Moves on to a bucket (never back) and counts there. */
  add(bucket: number, part: number, whole: number): void {
    if (bucket > this.#current) this.#advance(bucket);
    this.#part += part;
    this.#whole += whole;
  }

  /** Takes back one that was counted in `bucket`: it was not lost, only late. */
  takeBack(bucket: number): void {
    if (bucket === this.#current) this.#part--;
    if (bucket >= this.#current || bucket <= this.#current - this.#size) return;
    const slot = bucket % this.#size;
    this.#sums[slot] = (this.#sums[slot] ?? 0) - 1;
    if (bucket < this.#current - 1 && bucket >= this.#current - 1 - this.#buckets) this.#windowPart--;
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
      this.#sums.fill(0);
      this.#windowPart = this.#windowWhole = 0;
      this.#current = to;
      return;
    }
    while (this.#current < to) this.#step();
  }

  /** Closes the current bucket, takes the one before it into the window and drops the oldest. */
  #step(): void {
    const slot = this.#current % this.#size;
    this.#sums[slot] = this.#part;
    this.#sums[this.#size + slot] = this.#whole;
    this.#part = this.#whole = 0;
    const entering = this.#current - 1;
    this.#current++;
    if (entering < 0) return;
    const enters = entering % this.#size;
    this.#windowPart += this.#sums[enters] ?? 0;
    this.#windowWhole += this.#sums[this.#size + enters] ?? 0;
    if (entering >= this.#buckets) {
      const leaves = (entering - this.#buckets) % this.#size;
      this.#windowPart -= this.#sums[leaves] ?? 0;
      this.#windowWhole -= this.#sums[this.#size + leaves] ?? 0;
    }
    if (this.#current > this.#buckets) this.#judge();
  }

  #judge(): void {
    if (this.#windowWhole < this.#fewest) return;
    // Sums of fractions may end a little below zero.
    const ratio = this.#windowPart > 0 ? this.#windowPart / this.#windowWhole : 0;
    if (ratio > this.worst) this.worst = ratio;
  }
}
