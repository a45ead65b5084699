/**
 * Worst loss and worst mean jitter over any window of a fixed length, found while packets pass. The window slides in
 * steps of one bucket; memory is one ring of buckets. A bucket is only judged when the one after it is full too, so
 * that a late packet can still take back the loss that was counted for it.
 */
export class WorstWindow {
  /** Percent, or -1: no window had enough packets. */
  worstLoss = -1;
  /** Unit of what was added, or -1. */
  worstJitter = -1;
  readonly #buckets: number;
  readonly #size: number;
  readonly #fewestPackets: number;
  readonly #expected: Float64Array;
  readonly #lost: Float64Array;
  readonly #jitter: Float64Array;
  readonly #jitterCount: Float64Array;
  #current = 0;
  /** Sums over the window that ends before `#current`. */
  #windowExpected = 0;
  #windowLost = 0;
  #windowJitter = 0;
  #windowJitterCount = 0;

  /** A window of `buckets` buckets that counts when at least `fewestPackets` were expected in it. */
  constructor(buckets: number, fewestPackets: number) {
    this.#buckets = buckets;
    this.#size = buckets + 2;
    this.#fewestPackets = fewestPackets;
    this.#expected = new Float64Array(this.#size);
    this.#lost = new Float64Array(this.#size);
    this.#jitter = new Float64Array(this.#size);
    this.#jitterCount = new Float64Array(this.#size);
  }

  /** Moves on to a bucket (never back) and counts there. */
  add(bucket: number, expected: number, lost: number): void {
    if (bucket > this.#current) this.#advance(bucket);
    const slot = this.#current % this.#size;
    this.#expected[slot] = (this.#expected[slot] ?? 0) + expected;
    this.#lost[slot] = (this.#lost[slot] ?? 0) + lost;
  }

  /** Adds jitter values to the current bucket. */
  addJitter(sum: number, count: number): void {
    const slot = this.#current % this.#size;
    this.#jitter[slot] = (this.#jitter[slot] ?? 0) + sum;
    this.#jitterCount[slot] = (this.#jitterCount[slot] ?? 0) + count;
  }

  /** A packet that was counted as lost in `bucket` came after all. */
  takeBack(bucket: number): void {
    if (bucket > this.#current || bucket <= this.#current - this.#size) return;
    const slot = bucket % this.#size;
    this.#lost[slot] = (this.#lost[slot] ?? 0) - 1;
    if (bucket < this.#current - 1 && bucket >= this.#current - 1 - this.#buckets) this.#windowLost--;
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
      for (let i = 0; i < 2; i++) this.#step();
      this.#expected.fill(0);
      this.#lost.fill(0);
      this.#jitter.fill(0);
      this.#jitterCount.fill(0);
      this.#windowExpected = this.#windowLost = this.#windowJitter = this.#windowJitterCount = 0;
      this.#current = to;
      return;
    }
    while (this.#current < to) this.#step();
  }

  /** Takes the bucket before the current one into the window and opens the next. */
  #step(): void {
    const entering = this.#current - 1;
    if (entering >= 0) this.#enter(entering % this.#size, 1);
    const leaving = entering - this.#buckets;
    if (leaving >= 0) this.#enter(leaving % this.#size, -1);
    if (entering + 1 >= this.#buckets) this.#judge();
    this.#current++;
    const slot = this.#current % this.#size;
    this.#expected[slot] = this.#lost[slot] = this.#jitter[slot] = this.#jitterCount[slot] = 0;
  }

  #enter(slot: number, sign: 1 | -1): void {
    this.#windowExpected += sign * (this.#expected[slot] ?? 0);
    this.#windowLost += sign * (this.#lost[slot] ?? 0);
    this.#windowJitter += sign * (this.#jitter[slot] ?? 0);
    this.#windowJitterCount += sign * (this.#jitterCount[slot] ?? 0);
  }

  #judge(): void {
    if (this.#windowExpected >= this.#fewestPackets)
      this.worstLoss = Math.max(this.worstLoss, (100 * Math.max(0, this.#windowLost)) / this.#windowExpected);
    if (this.#windowJitterCount >= this.#fewestPackets / 2)
      this.worstJitter = Math.max(this.worstJitter, this.#windowJitter / this.#windowJitterCount);
  }
}
