import * as layout from "./layout.ts";
import type { RecordPages } from "./record-pages.ts";

/** Records in a block: a power of two below that of a page, so that a block lies in one page. */
const BLOCK_BITS = 10;
export const FLOWS_IN_BLOCK: number = 1 << BLOCK_BITS;

/**
 * Which records are those of live flows: a bit in each, and how many there are in each block, so that going through them
 * follows the memory and passes over what a busier hour left behind.
 */
export class LiveRecords {
  readonly #records: RecordPages;
  #inBlock: Uint32Array = new Uint32Array(4); // few, as in FlowIndex

  constructor(records: RecordPages) {
    this.#records = records;
  }

  /** Of a record whose META has the bit META_LIVE. */
  add(flow: number): void {
    const block = flow >>> BLOCK_BITS;
    if (block >= this.#inBlock.length) this.#grow(block);
    this.#inBlock[block] = (this.#inBlock[block] ?? 0) + 1;
  }

  #grow(block: number): void {
    const larger = new Uint32Array(Math.max(block + 1, this.#inBlock.length * 2));
    larger.set(this.#inBlock);
    this.#inBlock = larger;
  }

  remove(flow: number): void {
    const block = flow >>> BLOCK_BITS;
    this.#inBlock[block] = (this.#inBlock[block] ?? 0) - 1;
    const page = this.#records.page(flow);
    const at = this.#records.baseIn(page, flow) + layout.META;
    page[at] = (page[at] ?? 0) & ~layout.META_LIVE;
  }

  /** Shows the blocks that hold live flows, by the numbers of their first record and of the one after their last. */
  forEachBlock(visit: (first: number, until: number) => void): void {
    for (let block = 0; block < this.#inBlock.length; block++) {
      if (this.#inBlock[block] === 0) continue;
      const first = block << BLOCK_BITS;
      visit(first, first + FLOWS_IN_BLOCK);
    }
  }

  /** Shows every live flow, in the order of their numbers; `visit` may end flows, but not begin any. */
  forEach(visit: (flow: number) => void): void {
    this.forEachBlock((first, until) => {
      const page = this.#records.page(first);
      const words = this.#records.words(first);
      let at = this.#records.base(first);
      for (let flow = first; flow < until; flow++, at += words) if (isLive(page, at)) visit(flow);
    });
  }
}

export function isLive(page: Uint32Array, at: number): boolean {
  return ((page[at + layout.META] ?? 0) & layout.META_LIVE) !== 0;
}
