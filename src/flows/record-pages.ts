import { IpProtocol } from "../wire/ip-protocol.ts";
import * as layout from "./layout.ts";

/** What a record is of: those of TCP are longer. */
const UDP = 0;
const TCP = 1;

/** Flow records (layout.ts) in pages, each of one length; a record's number is its own until it is given back. */
export class RecordPages {
  readonly #pages: Uint32Array[] = [];
  readonly #bits: number;
  readonly #mask: number;
  /** Of each kind: the record after the last one in use, and where its page ends. */
  readonly #next: [number, number] = [0, 0];
  readonly #end: [number, number] = [0, 0];
  /** Flow number plus one of each kind. */
  readonly #free: [number, number] = [0, 0];

  /** A page holds 2 ** `bits` records. */
  constructor(bits: number) {
    this.#bits = bits;
    this.#mask = (1 << bits) - 1;
  }

  /** The page that holds a flow's record; its words start at `base(flow)`. */
  page(flow: number): Uint32Array {
    return this.#pages[flow >>> this.#bits] ?? NO_PAGE;
  }

  base(flow: number): number {
    return this.baseIn(this.page(flow), flow);
  }

  /** The same, of a flow whose page is at hand. */
  baseIn(page: Uint32Array, flow: number): number {
    return (flow & this.#mask) * (page.length >>> this.#bits);
  }

  /** Words of a flow's record, and from it to the next one of its page. */
  words(flow: number): number {
    return this.page(flow).length >>> this.#bits;
  }

  /** One word of a flow's record; what only TCP has must not be asked of another one. */
  word(flow: number, field: number): number {
    const page = this.page(flow);
    return page[this.baseIn(page, flow) + field] ?? 0;
  }

  /** Number of a record of zeros. */
  allocate(protocol: number): number {
    const kind = protocol === IpProtocol.tcp ? TCP : UDP;
    if (this.#free[kind] !== 0) {
      const flow = this.#free[kind] - 1;
      const at = this.base(flow);
      this.#free[kind] = this.word(flow, layout.LINK);
      this.page(flow).fill(0, at, at + this.words(flow));
      return flow;
    }
    if (this.#next[kind] === this.#end[kind]) {
      this.#next[kind] = this.#pages.length << this.#bits;
      this.#end[kind] = this.#next[kind] + this.#mask + 1;
      this.#pages.push(new Uint32Array(layout.recordWords(protocol) << this.#bits));
    }
    const flow = this.#next[kind];
    this.#next[kind] = flow + 1;
    return flow;
  }

  /** Gives a record back; its number will name another flow. */
  release(flow: number): void {
    const kind = this.words(flow) === layout.TCP_WORDS ? TCP : UDP;
    this.page(flow)[this.base(flow) + layout.LINK] = this.#free[kind];
    this.#free[kind] = flow + 1;
  }
}

const NO_PAGE = new Uint32Array(0);
