import * as layout from "./layout.ts";
import type { RecordPages } from "./record-pages.ts";

/** Few: the engine has seen the table grow before it compiles what uses it, and need not do it again then. */
const FIRST_SLOTS = 1 << 4;
const GROWTH = 4;

/** Live flows by the hash in their records: open addressing, a slot holds the flow's number plus one. */
export class FlowIndex {
  readonly #records: RecordPages;
  /** To be probed from `hash & mask` on, one by one, up to a slot of 0. */
  slots: Uint32Array = new Uint32Array(FIRST_SLOTS);
  mask: number = FIRST_SLOTS - 1;
  #count = 0;

  constructor(records: RecordPages) {
    this.#records = records;
  }

  get count(): number {
    return this.#count;
  }

  insert(hash: number, flow: number): void {
    if ((this.#count + 1) * 2 > this.slots.length) this.#grow();
    this.#count += 1;
    this.#put(hash, flow);
  }

  /** Takes a flow out, closing the gap in its probe sequence (Knuth, 6.4, algorithm R). */
  remove(flow: number): void {
    const { slots, mask } = this;
    let slot = this.#records.word(flow, layout.HASH) & mask;
    while (slots[slot] !== flow + 1) {
      if (slots[slot] === 0) return;
      slot = (slot + 1) & mask;
    }
    let hole = slot;
    let probe = (slot + 1) & mask;
    for (;;) {
      const entry = slots[probe] ?? 0;
      if (entry === 0) break;
      const home = this.#records.word(entry - 1, layout.HASH) & mask;
      if (((probe - home) & mask) >= ((probe - hole) & mask)) {
        slots[hole] = entry;
        hole = probe;
      }
      probe = (probe + 1) & mask;
    }
    slots[hole] = 0;
    this.#count -= 1;
  }

  /** Takes all flows out; answers with the memory that it does not need any more. */
  clear(): Uint32Array {
    const { slots } = this;
    this.slots = new Uint32Array(FIRST_SLOTS);
    this.mask = FIRST_SLOTS - 1;
    this.#count = 0;
    return slots;
  }

  #put(hash: number, flow: number): void {
    const { slots, mask } = this;
    let slot = hash - 1;
    do slot = (slot + 1) & mask;
    while (slots[slot] !== 0);
    slots[slot] = flow + 1;
  }

  #grow(): void {
    const old = this.slots;
    this.slots = new Uint32Array(old.length * GROWTH);
    this.mask = this.slots.length - 1;
    for (const entry of old)
      if (entry !== 0) this.#put(this.#records.word(entry - 1, layout.HASH), entry - 1);
  }
}
