import type { Packet } from "../wire/packet.ts";
import type { Direction } from "../words.ts";
import type { Copies } from "./copies.ts";
import { type EarlyReport, EarlyReports } from "./early-reports.ts";
import type { FlowDetail } from "./flow-detail.ts";
import type { FlowTable } from "./flow-table.ts";
import { icmpKind } from "./icmp-reports.ts";
import * as layout from "./layout.ts";
import type { LinkContexts } from "./link-contexts.ts";
import type { Sighting } from "./sighting.ts";

/** The flows that ICMP errors tell of. */
export interface FlowsOfErrors {
  readonly table: FlowTable;
  readonly contexts: LinkContexts;
  readonly copies: Copies;
  /** The declared path that a router with this address is on, below 0 for none. */
  hopPath(word0: number, word1: number, word2: number, word3: number): number;
  /** Lays the sighting over a flow's record. */
  layOver(flow: number, direction: Direction): Sighting;
  detailOf(seen: Sighting): FlowDetail;
}

/** Takes ICMP errors in to the flows whose packets they quote, be it that the flow begins only later. */
export class IcmpErrors {
  readonly #flows: FlowsOfErrors;
  readonly #early: EarlyReports = new EarlyReports();

  constructor(flows: FlowsOfErrors) {
    this.#flows = flows;
  }

  /** An ICMP error that quotes a packet. */
  take(packet: Packet, point: number, seconds: number, nanoseconds: number, packetNumber: number): void {
    const { table, contexts, copies } = this.#flows;
    const kind = icmpKind(packet);
    if (kind === undefined || copies.isCopy(packet, point, seconds, nanoseconds, 0)) return;
    const words = [packet.source0, packet.source1, packet.source2, packet.source3] as const;
    const path = kind === "time-exceeded" ? this.#flows.hopPath(...words) : -1;
    const flow = table.find(packet.quoted);
    const context = path < 0 ? -1 : contexts.intern(packet, point, -1);
    const lastSeconds = kind === "prohibited" ? seconds : undefined;
    const report = { kind, words, packets: 1, firstPacket: packetNumber, context, lastSeconds };
    const early = { report, path, seconds, nanoseconds };
    if (flow >= 0) this.#add(this.#flows.layOver(flow, table.direction), early);
    else this.#early.keep(packet.quoted, early);
  }

  /** True where one may wait for a flow that begins at that second. */
  mayWait(seconds: number): boolean {
    return this.#early.mayWait(seconds);
  }

  /** Takes in those that came before the flow, which has begun. */
  takeWaiting(seen: Sighting): void {
    const { direction } = seen;
    this.#early.take(seen.page, seen.at, seen.seconds, (early, quoted) => {
      seen.direction = quoted;
      this.#add(seen, early);
    });
    seen.direction = direction;
  }

  #add(seen: Sighting, { report, path, seconds, nanoseconds }: EarlyReport): void {
    if (report.kind === "prohibited") seen.mark(layout.META_PROHIBITED);
    const { direction } = seen;
    this.#flows.detailOf(seen).addReport({ ...report, direction }, path, seconds, nanoseconds);
  }
}
