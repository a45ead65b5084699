import { FlowDetail } from "./flow-detail.ts";

/** Flows a block, as a power of two: most flows have no detail, and blocks without any are not there. */
const BLOCK_BITS = 10;
const BLOCK_MASK = (1 << BLOCK_BITS) - 1;

/**
 * What is kept beside the records of some flows, by their numbers, in blocks made when first needed: a sparse array would turn
 * into a slow dictionary.
 */
export class FlowDetails {
  readonly #blocks: ((FlowDetail | undefined)[] | undefined)[] = [];

  get(flow: number): FlowDetail | undefined {
    return this.#blocks[flow >>> BLOCK_BITS]?.[flow & BLOCK_MASK];
  }

  /** Makes one for a flow that has none. */
  add(flow: number): FlowDetail {
    const detail = new FlowDetail();
    let block = this.#blocks[flow >>> BLOCK_BITS];
    if (block === undefined) {
      block = new Array<FlowDetail | undefined>(1 << BLOCK_BITS).fill(undefined);
      this.#blocks[flow >>> BLOCK_BITS] = block;
    }
    block[flow & BLOCK_MASK] = detail;
    return detail;
  }

  release(flow: number): void {
    const block = this.#blocks[flow >>> BLOCK_BITS];
    if (block === undefined) return;
    block[flow & BLOCK_MASK]?.inspector?.discard?.();
    block[flow & BLOCK_MASK] = undefined;
  }

  /** Gives back what flows share with those of other readings, when nobody asks any more. */
  close(): void {
    for (const block of this.#blocks) for (const detail of block ?? []) detail?.inspector?.discard?.();
    this.#blocks.length = 0;
  }
}
