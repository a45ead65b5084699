import * as layout from "./layout.ts";

/** Flow records (layout.ts) in pages; a record's number is its own until it is given back. */
export class RecordPages {
  readonly #pages: Uint32Array[] = [];
  readonly #bits: number;
  readonly #mask: number;
  #allocated = 0;
  #free = 0; // flow number plus one

  /** A page holds 2 ** `bits` records of 192 bytes. */
  constructor(bits: number) {
    this.#bits = bits;
    this.#mask = (1 << bits) - 1;
  }

  /** Records ever in use at once: numbers are below it. */
  get allocated(): number {
    return this.#allocated;
  }

  /** The page that holds a flow's record; its words start at `base(flow)`. */
  page(flow: number): Uint32Array {
    return this.#pages[flow >>> this.#bits] ?? NO_PAGE;
  }

  base(flow: number): number {
    return (flow & this.#mask) * layout.WORDS;
  }

  /** One word of a flow's record. */
  word(flow: number, field: number): number {
    return this.page(flow)[this.base(flow) + field] ?? 0;
  }

  /** Number of a record of zeros. */
  allocate(): number {
    if (this.#free !== 0) {
      const flow = this.#free - 1;
      this.#free = this.word(flow, layout.LINK);
      this.page(flow).fill(0, this.base(flow), this.base(flow) + layout.WORDS);
      return flow;
    }
    const flow = this.#allocated;
    this.#allocated += 1;
    if (flow >>> this.#bits === this.#pages.length)
      this.#pages.push(new Uint32Array(layout.WORDS << this.#bits));
    return flow;
  }

  /** Gives a record back; its number will name another flow. */
  release(flow: number): void {
    this.page(flow)[this.base(flow) + layout.LINK] = this.#free;
    this.#free = flow + 1;
  }
}

const NO_PAGE = new Uint32Array(layout.WORDS);
