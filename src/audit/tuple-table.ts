import { keyHash } from "./key-hash.ts";

/** Words of an entry: key (high, low), seconds of its first and its last packet. */
export const TUPLE_WORDS = 4;

/** Entries at which the table is written out; what comes after begins anew, so that memory is bounded. */
const MOST_TUPLES = 1 << 21;

/** When each flow's 5-tuple was seen: an open-addressed table of 64-bit keys. */
export class TupleTable {
  #slots: Uint32Array = new Uint32Array((1 << 12) * TUPLE_WORDS);
  #used: Uint8Array = new Uint8Array(1 << 12);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  /** True: the table is to be taken out before more is noted. */
  get full(): boolean {
    return this.#count >= MOST_TUPLES;
  }

  /** Notes a packet. */
  note(high: number, low: number, seconds: number): void {
    this.stretch(high, low, seconds, seconds);
  }

  /** Notes that packets were seen from `first` to `last`. */
  stretch(high: number, low: number, first: number, last: number): void {
    const mask = this.#used.length - 1;
    const slots = this.#slots;
    let slot = keyHash(high, low) & mask;
    while (this.#used[slot] === 1) {
      const at = slot * TUPLE_WORDS;
      if (slots[at] === high && slots[at + 1] === low) {
        if (first < (slots[at + 2] ?? 0)) slots[at + 2] = first;
        if (last > (slots[at + 3] ?? 0)) slots[at + 3] = last;
        return;
      }
      slot = (slot + 1) & mask;
    }
    const at = slot * TUPLE_WORDS;
    this.#used[slot] = 1;
    slots[at] = high;
    slots[at + 1] = low;
    slots[at + 2] = first;
    slots[at + 3] = last;
    this.#count += 1;
    if (this.#count * 2 > this.#used.length) this.#grow();
  }

  /** All entries sorted by key, one after another; the table is empty after that. */
  takeSorted(): Uint32Array {
    const order = new Uint32Array(this.#count);
    let n = 0;
    for (let slot = 0; slot < this.#used.length; slot++) if (this.#used[slot] === 1) order[n++] = slot;
    const slots = this.#slots;
    order.sort(
      (x, y) =>
        (slots[x * TUPLE_WORDS] ?? 0) - (slots[y * TUPLE_WORDS] ?? 0) ||
        (slots[x * TUPLE_WORDS + 1] ?? 0) - (slots[y * TUPLE_WORDS + 1] ?? 0),
    );
    const sorted = new Uint32Array(this.#count * TUPLE_WORDS);
    for (let i = 0; i < order.length; i++) {
      const from = (order[i] ?? 0) * TUPLE_WORDS;
      sorted.set(slots.subarray(from, from + TUPLE_WORDS), i * TUPLE_WORDS);
    }
    this.#slots = new Uint32Array((1 << 12) * TUPLE_WORDS);
    this.#used = new Uint8Array(1 << 12);
    this.#count = 0;
    return sorted;
  }

  #grow(): void {
    const [slots, used] = [this.#slots, this.#used];
    this.#slots = new Uint32Array(slots.length * 2);
    this.#used = new Uint8Array(used.length * 2);
    const mask = this.#used.length - 1;
    for (let old = 0; old < used.length; old++) {
      if (used[old] !== 1) continue;
      const from = old * TUPLE_WORDS;
      let slot = keyHash(slots[from] ?? 0, slots[from + 1] ?? 0) & mask;
      while (this.#used[slot] === 1) slot = (slot + 1) & mask;
      this.#used[slot] = 1;
      this.#slots.set(slots.subarray(from, from + TUPLE_WORDS), slot * TUPLE_WORDS);
    }
  }
}
