import type { FlowDetail } from "../flows/flow-detail.ts";
import type { FlowRecords } from "../flows/flow-records.ts";
import * as layout from "../flows/layout.ts";
import { readFacts } from "./leg-facts.ts";

/** Legs a page. */
const PAGE_BITS = 12;
const PAGE_MASK = (1 << PAGE_BITS) - 1;

/** Legs read back from files, as the records of flows that have ended. */
export class LoadedLegs implements FlowRecords {
  readonly table: FlowRecords["table"] & { live: number };
  readonly #pages: Uint32Array[] = [];
  readonly #details: (FlowDetail | undefined)[] = [];
  readonly #free: number[] = [];
  #count = 0;

  /** `live`: until it is set to 0, more legs are to come. */
  constructor() {
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
    this.#details[flow] = readFacts(facts, page, at, (number) => contexts[number] ?? 0);
    if (reused) page[at + layout.META] = ((page[at + layout.META] ?? 0) | layout.META_REUSED) >>> 0;
    return flow;
  }

  detail(flow: number): FlowDetail | undefined {
    return this.#details[flow];
  }

  release(flow: number): void {
    this.#details[flow] = undefined;
    this.#free.push(flow);
  }
}

const NO_PAGE = new Uint32Array(layout.WORDS << PAGE_BITS);
