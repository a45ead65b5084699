/**
 * Arrays of words, out of memory that nobody else needs any more as long as it lasts: what an index of a million flows held
 * would wait for the collector, and the peak would be both.
 */
export class SpareWords {
  readonly #spare: Uint32Array;
  #used = 0;

  constructor(spare: Uint32Array = new Uint32Array(0)) {
    this.#spare = spare;
  }

  /** An array of zeros. */
  take(length: number): Uint32Array {
    if (this.#spare.length - this.#used < length) return new Uint32Array(length);
    this.#used += length;
    return this.#spare.subarray(this.#used - length, this.#used).fill(0);
  }

  /** What was taken so far is of no more use. */
  giveBack(): void {
    this.#used = 0;
  }
}
