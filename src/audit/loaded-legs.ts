import type { FlowDetail } from "../flows/flow-detail.ts";
import type { FlowRecords } from "../flows/flow-records.ts";
import * as layout from "../flows/layout.ts";
import { RecordPages } from "../flows/record-pages.ts";
import { detailText, protocolOf, readDetail, readRecord } from "./leg-facts.ts";
import type { Spill } from "./spill.ts";

/** Legs a page, as a power of two. */
const PAGE_BITS = 12;
/** Details kept once they were read. */
const MOST_DETAILS = 4096;

/** Where the text of what is kept beside a record lies. */
interface Unread {
  readonly at: number;
  readonly length: number;
  readonly contexts: Uint32Array;
}

class LegPages extends RecordPages {
  /** Until it is set to 0, more legs are to come. */
  live = 1;
}

/**
 * Legs read back from files, as the records of flows that have ended. What is kept beside a record is spilled until it
 * is asked for: as objects, that of a batch would take a gigabyte.
 */
export class LoadedLegs implements FlowRecords {
  readonly table: LegPages = new LegPages(PAGE_BITS);
  readonly #unread: (Unread | undefined)[] = [];
  readonly #texts: Spill;
  readonly #details = new Map<number, FlowDetail>();
  #held = 0;

  constructor(texts: Spill) {
    this.#texts = texts;
  }

  /** Takes in a leg's facts; answers with its number. `contexts` renumbers link contexts. */
  load(facts: Uint8Array, contexts: Uint32Array, reused: boolean): number {
    const flow = this.table.allocate(protocolOf(facts));
    this.#held += 1;
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
    this.table.release(flow);
    this.#held -= 1;
    if (this.#held === 0) this.#texts.clear();
  }

  close(): void {
    this.#texts.close();
  }
}
