import { FlowDetail } from "./flow-detail.ts";

/** Flows a block, as a power of two. */
const BLOCK_BITS = 14;
const BLOCK_MASK = (1 << BLOCK_BITS) - 1;

/**
 * What is kept beside the records of some flows, by their numbers. Most flows of a large capture have no detail, so each
 * takes a number of four bytes, and only those that have one a place in the list.
 */
export class FlowDetails {
  /** Places in `#details`, by flow; 0 for none. */
  readonly #blocks: (Uint32Array | undefined)[] = [];
  readonly #details: (FlowDetail | undefined)[] = [undefined];
  readonly #free: number[] = [];

  get(flow: number): FlowDetail | undefined {
    return this.#details[this.#blocks[flow >>> BLOCK_BITS]?.[flow & BLOCK_MASK] ?? 0];
  }

  /** Makes one for a flow that has none. */
  add(flow: number): FlowDetail {
    const detail = new FlowDetail();
    let block = this.#blocks[flow >>> BLOCK_BITS];
    if (block === undefined) {
      block = new Uint32Array(1 << BLOCK_BITS);
      this.#blocks[flow >>> BLOCK_BITS] = block;
    }
    const place = this.#free.pop() ?? this.#details.length;
    this.#details[place] = detail;
    block[flow & BLOCK_MASK] = place;
    return detail;
  }

  release(flow: number): void {
    const block = this.#blocks[flow >>> BLOCK_BITS];
    const place = block?.[flow & BLOCK_MASK] ?? 0;
    if (block === undefined || place === 0) return;
    this.#details[place]?.inspector?.discard?.();
    this.#details[place] = undefined;
    block[flow & BLOCK_MASK] = 0;
    this.#free.push(place);
  }

  /** Gives back what flows share with those of other readings, when nobody asks any more. */
  close(): void {
    for (const detail of this.#details) detail?.inspector?.discard?.();
    this.#details.length = 0;
    this.#blocks.length = 0;
  }
}
