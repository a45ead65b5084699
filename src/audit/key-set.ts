import { keyHash } from "./key-hash.ts";

/** A set of 64-bit keys, given as pairs of words. */
export class KeySet {
  readonly size: number;
  readonly #slots: Uint32Array;
  readonly #used: Uint8Array;
  readonly #mask: number;

  constructor(pairs: Uint32Array) {
    this.size = pairs.length / 2;
    let slots = 16;
    while (slots < this.size * 2) slots *= 2;
    this.#mask = slots - 1;
    this.#slots = new Uint32Array(slots * 2);
    this.#used = new Uint8Array(slots);
    for (let i = 0; i < pairs.length; i += 2) {
      const [high, low] = [pairs[i] ?? 0, pairs[i + 1] ?? 0];
      let slot = keyHash(high, low) & this.#mask;
      while (this.#used[slot] === 1) slot = (slot + 1) & this.#mask;
      this.#used[slot] = 1;
      this.#slots[slot * 2] = high;
      this.#slots[slot * 2 + 1] = low;
    }
  }

  has(high: number, low: number): boolean {
    let slot = keyHash(high, low) & this.#mask;
    while (this.#used[slot] === 1) {
      if (this.#slots[slot * 2] === high && this.#slots[slot * 2 + 1] === low) return true;
      slot = (slot + 1) & this.#mask;
    }
    return false;
  }
}
