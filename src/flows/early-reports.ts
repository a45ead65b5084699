import { QuotedPacket } from "../wire/packet.ts";
import type { Direction } from "../words.ts";
import { isForward, portsOf, sameTuple } from "./flow-tuple.ts";
import type { IcmpReport } from "./icmp-reports.ts";
import * as layout from "./layout.ts";

/** Most ICMP errors kept that wait for their flow; the newest push out the oldest. */
const SLOTS = 32;
/** They wait so many seconds: the packet that they quote was captured by a clock that is late, or the answer to it alone was. */
const WAIT_SECONDS = 5;

/** An ICMP error whose flow has not begun; without the direction, which the flow tells. */
export interface EarlyReport {
  readonly report: Omit<IcmpReport, "direction">;
  /** The declared path that the reporter is on, below 0 for none. */
  readonly path: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** ICMP errors that came before the first packet of the flow that they quote. */
export class EarlyReports {
  readonly #quoted: QuotedPacket[] = [];
  readonly #reports: (EarlyReport | undefined)[] = [];
  #next = 0;
  /** None is of a later second. */
  #latest = -1;

  keep(quoted: QuotedPacket, report: EarlyReport): void {
    const slot = this.#next;
    this.#next = (slot + 1) % SLOTS;
    Object.assign((this.#quoted[slot] ??= new QuotedPacket()), quoted);
    this.#reports[slot] = report;
    if (report.seconds > this.#latest) this.#latest = report.seconds;
  }

  /** True where one may be of a flow that begins at that second. */
  mayWait(seconds: number): boolean {
    return seconds - this.#latest <= WAIT_SECONDS;
  }

  /** Shows those of a flow that begins, with the direction of the packet that they quote, and keeps them no more. */
  take(
    page: Uint32Array,
    at: number,
    seconds: number,
    visit: (early: EarlyReport, direction: Direction) => void,
  ): void {
    for (let i = 0; i < SLOTS; i++) {
      const slot = (this.#next + i) % SLOTS;
      const early = this.#reports[slot];
      const quoted = this.#quoted[slot];
      if (early === undefined || quoted === undefined) continue;
      if (Math.abs(seconds - early.seconds) > WAIT_SECONDS) continue;
      const forward = isForward(quoted);
      if (portsOf(quoted, forward) !== ((page[at + layout.PORTS] ?? 0) | 0)) continue;
      if (!sameTuple(page, at, quoted, forward)) continue;
      this.#reports[slot] = undefined;
      visit(early, forward ? 0 : 1);
    }
  }
}
