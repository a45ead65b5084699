import type { FlowDetail } from "../flows/flow-detail.ts";
import type { FlowRecords } from "../flows/flow-records.ts";
import * as layout from "../flows/layout.ts";
import { detailText, readDetail, readRecord } from "./leg-facts.ts";
import type { Spill } from "./spill.ts";

/** Legs a page. */
const PAGE_BITS = 12;
const PAGE_MASK = (1 << PAGE_BITS) - 1;
/** Details kept once they were read. */
const MOST_DETAILS = 4096;

/** Where the text of what is kept beside a record lies. */
interface Unread {
  readonly at: number;
  readonly length: number;
  readonly contexts: Uint32Array;
}

/**
 * Legs read back from files, as the records of flows that have ended. What is kept beside a record is spilled until it
 * is asked for: as objects, that of a batch would take a gigabyte.
 */
export class LoadedLegs implements FlowRecords {
  readonly table: FlowRecords["table"] & { live: number };
  readonly #pages: Uint32Array[] = [];
  readonly #unread: (Unread | undefined)[] = [];
  readonly #texts: Spill;
  readonly #details = new Map<number, FlowDetail>();
  readonly #free: number[] = [];
  #count = 0;

  /** `table.live`: until it is set to 0, more legs are to come. */
  constructor(texts: Spill) {
    this.#texts = texts;
    const page = (flow: number): Uint32Array => this.#pages[flow >>> PAGE_BITS] ?? NO_PAGE;
    const base = (flow: number): number => (flow & PAGE_MASK) * layout.WORDS;
    this.table = {
      live: 1,
      page,
      base,
      word: (flow, field) => page(flow)[base(flow) + field] ?? 0,
    };
  }

  /** Takes in a leg's facts; answers with its number. `contexts` renumbers link contexts. */
  load(facts: Uint8Array, contexts: Uint32Array, reused: boolean): number {
    const flow = this.#free.pop() ?? this.#count++;
    if (flow >>> PAGE_BITS === this.#pages.length)
      this.#pages.push(new Uint32Array(layout.WORDS << PAGE_BITS));
    const page = this.table.page(flow);
    const at = this.table.base(flow);
    readRecord(facts, page, at, (number) => contexts[number] ?? 0);
    if (reused) page[at + layout.META] = ((page[at + layout.META] ?? 0) | layout.META_REUSED) >>> 0;
    const text = detailText(facts);
    this.#unread[flow] =
      text === undefined ? undefined : { at: this.#texts.add(text), length: text.length, contexts };
    return flow;
  }

  detail(flow: number): FlowDetail | undefined {
    const unread = this.#unread[flow];
    if (unread === undefined) return undefined;
    const known = this.#details.get(flow);
    if (known !== undefined) return known;
    const { at, length, contexts } = unread;
    const detail = readDetail(this.#texts.read(at, length), (number) => contexts[number] ?? 0);
    if (this.#details.size >= MOST_DETAILS) this.#details.clear();
    this.#details.set(flow, detail);
    return detail;
  }

  release(flow: number): void {
    this.#unread[flow] = undefined;
    this.#details.delete(flow);
    this.#free.push(flow);
    if (this.#free.length === this.#count) this.#texts.clear();
  }

  close(): void {
    this.#texts.close();
  }
}

const NO_PAGE = new Uint32Array(layout.WORDS << PAGE_BITS);
