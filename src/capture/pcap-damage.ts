import { counted } from "../count-text.ts";
import { MAX_PACKET_LENGTH } from "./container.ts";
import type { LengthOrder, PcapHeader } from "./pcap-header.ts";
import { LOOKS_PER_STEP, type PcapSearch, type Verdict } from "./pcap-search.ts";
import { FIRST_LENGTH, SECOND_LENGTH } from "./pcap-record.ts";
import type { CaptureProblemCode, ProblemLog } from "./problems.ts";
import type { ByteWindow } from "./window.ts";

const RIGHT_LENGTH = "a length that ends where the next record begins";

function tooLong(length: number): string {
  return `says that it is ${counted(length, "byte")} long, though other records begin within it`;
}

/** Damage of a pcap file: the records that it swallowed, and the place where records begin again behind it. */
export class PcapDamage {
  readonly #window: ByteWindow;
  readonly #log: ProblemLog;
  readonly #search: PcapSearch;
  readonly #littleEndian: boolean;
  readonly #lengthOrder: LengthOrder;
  /** Offset in the capture of the damage whose end is being looked for, or -1. */
  #from = -1;
  /** Offset in the capture up to which no record was found inside the one at the window's position. */
  #searchedTo = -1;

  constructor(window: ByteWindow, log: ProblemLog, search: PcapSearch, header: PcapHeader) {
    this.#window = window;
    this.#log = log;
    this.#search = search;
    this.#littleEndian = header.littleEndian;
    this.#lengthOrder = header.lengthOrder;
  }

  /** True while its end is looked for. */
  get isOpen(): boolean {
    return this.#from >= 0;
  }

  /** What stands at the window's position is no record; `packets` were read before it. */
  begin(code: CaptureProblemCode, found: string, wanted: string, packets: number): void {
    const offset = this.#window.base + this.#window.position;
    this.#log.add(code, "record", offset, found, wanted, packets);
    this.#from = offset;
  }

  /** The record of that length at the window's position hides others. */
  beginHiding(length: number, packets: number): void {
    this.begin("record-implausible", tooLong(length), RIGHT_LENGTH, packets);
  }

  /**
   * Whether a record with odd numbers is rubbish that swallowed others: others begin within it, and its time is far from the
   * last or no record follows it.
   * "more": more bytes are needed to tell.
   */
  hidesRecords(at: number, length: number, headerLength: number, isNear: boolean): Verdict {
    const window = this.#window;
    const search = this.#search;
    const next = at + length;
    if (next + headerLength > window.end) {
      if (window.ended) return "no";
      window.want(length + headerLength);
      return "more";
    }
    const first = window.view.getUint32(next + FIRST_LENGTH, this.#littleEndian);
    const second = window.view.getUint32(next + SECOND_LENGTH, this.#littleEndian);
    const captured = this.#lengthOrder === "captured-first" ? first : Math.min(first, second);
    if (isNear && captured <= MAX_PACKET_LENGTH) return "no";
    // Bytes that come one by one would have a long record looked through again for each.
    const from = Math.max(at + 1, this.#searchedTo - window.base);
    for (let place = from; place < next; place++) {
      place = search.candidate(place, headerLength, next);
      const verdict = place < next ? search.begins(place, headerLength, false) : "no";
      if (verdict === "more") this.#searchedTo = window.base + place;
      if (verdict !== "no") return verdict;
    }
    return "no";
  }

  /** Goes on to the next place where a record begins. False: more bytes are needed, or there is none. */
  findRecord(headerLength: number): boolean {
    const window = this.#window;
    const from = Math.max(window.position, this.#from + 1 - window.base);
    const search = this.#search;
    for (
      let at = search.candidate(from, headerLength);
      at < window.end;
      at = search.candidate(at + 1, headerLength)
    ) {
      const verdict = search.begins(at, headerLength, false);
      if (verdict === "no") continue;
      const needed = window.position + window.wanted - at;
      window.position = at;
      if (verdict === "more") return window.want(needed);
      this.#end();
      return true;
    }
    window.position = window.end;
    if (!window.ended) return window.want(1);
    this.#end();
    return false;
  }

  /**
   * Passes over a record that reaches past the capture's end, if others follow within it up to that end: a length that is
   * wrong but sane does so as a cut packet does.
   */
  passOver(length: number, headerLength: number, packets: number): boolean {
    const window = this.#window;
    const search = this.#search;
    search.stepsLeft -= Math.ceil((window.end - window.position) / LOOKS_PER_STEP);
    let at = window.position;
    while (search.stepsLeft > 0 && (at = search.candidate(at + 1, headerLength)) < window.end) {
      if (search.begins(at, headerLength, true) !== "yes") continue;
      const offset = window.base + window.position;
      this.#log.add("record-implausible", "record", offset, tooLong(length), RIGHT_LENGTH, packets);
      this.#log.skipped(at - window.position);
      window.position = at;
      return true;
    }
    return false;
  }

  #end(): void {
    this.#log.skipped(this.#window.base + this.#window.position - this.#from);
    this.#from = -1;
  }
}
