import type { Packet, QuotedPacket } from "../wire/packet.ts";
import type { Direction } from "../words.ts";
import { EndedTuples } from "./ended-tuples.ts";
import { EndRule, type Timeouts } from "./end-rule.ts";
import { FlowIndex } from "./flow-index.ts";
import { isWithoutTime, lastSeconds } from "./flow-span.ts";
import { flowHash, isForward, portsOf, sameTuple } from "./flow-tuple.ts";
import * as layout from "./layout.ts";
import { FLOWS_IN_BLOCK, isLive, LiveRecords } from "./live-records.ts";
import { RecordPages } from "./record-pages.ts";

/** Pages of 2 and 3 MiB. */
const PAGE_BITS = 14;

/** Of the most flows that may be live, so many stay where there are more. */
const KEPT_SHARE = 0.9;

/** Whoever keeps more about a flow than the record holds is told when it ends. */
export interface FlowListener {
  /** The flow ended: it is out of the index and lives until `release`. */
  ended(flow: number): void;
}

/**
 * The table of live flows: an open-addressed index of 5-tuples over paged records of 32-bit words (layout.ts).
 * A flow is named by a number that stays its own until `release`.
 */
export class FlowTable {
  readonly records: RecordPages = new RecordPages(PAGE_BITS);
  readonly index: FlowIndex = new FlowIndex(this.records);
  readonly #endRule: EndRule;
  readonly #alive: LiveRecords = new LiveRecords(this.records);
  readonly #ended: EndedTuples = new EndedTuples();
  readonly #listener: FlowListener;
  /** Flows of a block that are over. */
  readonly #over: Uint32Array = new Uint32Array(FLOWS_IN_BLOCK);
  #overCount = 0;

  // What `touch` and `find` say besides the flow.
  /** Direction of the packet, or of the one that an ICMP error quotes, in the flow that was found. */
  direction: Direction = 0;
  /** True when `touch` began the flow. */
  began = false;

  constructor(timeouts: Timeouts, listener: FlowListener) {
    this.#endRule = new EndRule(timeouts);
    this.#listener = listener;
  }

  get timeouts(): Timeouts {
    return this.#endRule.timeouts;
  }

  /** Flows that have not ended. */
  get live(): number {
    return this.index.count;
  }

  /** The page that holds a flow's record; its words start at `base(flow)`. */
  page(flow: number): Uint32Array {
    return this.records.page(flow);
  }

  base(flow: number): number {
    return this.records.base(flow);
  }

  /** One word of a flow's record. */
  word(flow: number, field: number): number {
    return this.records.word(flow, field);
  }

  /**
   * Flow of a TCP or UDP packet, begun if it is new. A flow that was idle too long, or was closed and is opened
   * again by a SYN, ends first. Sets `direction` and `began`.
   */
  touch(packet: Packet, seconds: number, nanoseconds: number): number {
    const a3 = packet.source3;
    const b3 = packet.destination3;
    const forward = isForward(packet);
    this.direction = forward ? 0 : 1;
    this.began = false;
    const ports = portsOf(packet, forward);
    const hash = flowHash(packet, forward, ports);
    const records = this.records;
    const { slots, mask } = this.index;
    let slot = hash - 1;
    for (;;) {
      slot = (slot + 1) & mask; // as in ShortWay
      const entry = slots[slot] ?? 0;
      if (entry === 0) break;
      const flow = entry - 1;
      const page = records.page(flow);
      const at = records.baseIn(page, flow);
      if (
        ((page[at + layout.HASH] ?? 0) | 0) === hash &&
        ((page[at + layout.PORTS] ?? 0) | 0) === ports &&
        page[at + layout.ADDRESS_A + 3] === (forward ? a3 : b3) &&
        page[at + layout.ADDRESS_B + 3] === (forward ? b3 : a3) &&
        sameTuple(page, at, packet, forward)
      ) {
        if (!this.#endRule.isOver(page, at, packet, this.direction, seconds, nanoseconds)) return flow;
        this.end(flow);
        return this.#begin(packet, forward, ports, hash);
      }
    }
    return this.#begin(packet, forward, ports, hash);
  }

  /**
   * Live flow of the packet that an ICMP error quotes, or -1. Sets `direction`.
   */
  find(quoted: QuotedPacket): number {
    const forward = isForward(quoted);
    this.direction = forward ? 0 : 1;
    const ports = portsOf(quoted, forward);
    const hash = flowHash(quoted, forward, ports);
    const { slots, mask } = this.index;
    let slot = hash & mask;
    for (;;) {
      const entry = slots[slot] ?? 0;
      if (entry === 0) return -1;
      const page = this.page(entry - 1);
      const at = this.records.baseIn(page, entry - 1);
      if (
        ((page[at + layout.HASH] ?? 0) | 0) === hash &&
        ((page[at + layout.PORTS] ?? 0) | 0) === ports &&
        sameTuple(page, at, quoted, forward)
      ) {
        return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
  }

  /** Ends a live flow: it leaves the index, and the listener hears of it. */
  end(flow: number): void {
    this.index.remove(flow);
    this.#alive.remove(flow);
    this.#ended.add(this.word(flow, layout.HASH), this.word(flow, layout.PORTS), flow);
    this.#listener.ended(flow);
  }

  /** Gives a flow's record back; its number will name another flow. */
  release(flow: number): void {
    this.records.release(flow);
  }

  /**
   * Ends what was idle too long by `seconds`, in the order of flow numbers. Returns the earliest last packet of the flows that
   * stay, in seconds, or Infinity when none does. A flow that FIN or RST closed ends when it was silent for `linger` seconds.
   */
  sweep(seconds: number, linger: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    this.#alive.forEachBlock((first, until) => {
      earliest = Math.min(earliest, this.#sweepBlock(first, until, seconds, linger));
      for (let i = 0; i < this.#overCount; i++) this.end(this.#over[i] ?? 0);
    });
    return earliest;
  }

  /** Notes which flows of a block are over; answers as `sweep`. */
  #sweepBlock(first: number, until: number, seconds: number, linger: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    const page = this.page(first);
    const over = this.#over;
    const words = this.records.words(first);
    let at = this.base(first);
    let count = 0;
    for (let flow = first; flow < until; flow++, at += words) {
      if (!isLive(page, at)) continue;
      const last = lastSeconds(page, at);
      if (isWithoutTime(page, at)) continue;
      const isOver = seconds - last > this.#endRule.idleAfter(page, at, linger);
      // Noted without a branch, and ended later: the loop stays small, and nothing in it is new to the engine some day.
      over[count] = flow;
      count += isOver ? 1 : 0;
      earliest = isOver || last > earliest ? earliest : last;
    }
    this.#overCount = count;
    return earliest;
  }

  /** Shows every live flow, in the order of their numbers; `visit` must not begin flows. */
  forEachLive(visit: (flow: number) => void): void {
    this.#alive.forEach(visit);
  }

  /** Ends every live flow, in the order of their numbers; answers with the index's memory. */
  endAll(): Uint32Array {
    const spare = this.index.clear();
    this.#alive.forEach((flow) => {
      this.#alive.remove(flow);
      this.#listener.ended(flow);
    });
    return spare;
  }

  /**
   * Where more than `most` flows are live, ends those whose last packet is longest ago, and a tenth of `most` besides, so that
   * this is not asked for at every packet. Answers how many were ended.
   */
  evict(most: number): number {
    if (this.live <= most) return 0;
    const flows: number[] = [];
    this.#alive.forEach((flow) => flows.push(flow));
    flows.sort(
      (x, y) => lastSeconds(this.page(x), this.base(x)) - lastSeconds(this.page(y), this.base(y)) || x - y,
    );
    const excess = flows.slice(0, this.live - Math.floor(most * KEPT_SHARE));
    for (const flow of excess) this.end(flow);
    return excess.length;
  }

  #begin(packet: Packet, forward: boolean, ports: number, hash: number): number {
    const flow = this.records.allocate(packet.protocol);
    const page = this.page(flow);
    const at = this.records.baseIn(page, flow);
    const a = at + (forward ? layout.ADDRESS_A : layout.ADDRESS_B);
    const b = at + (forward ? layout.ADDRESS_B : layout.ADDRESS_A);
    page[a] = packet.source0;
    page[a + 1] = packet.source1;
    page[a + 2] = packet.source2;
    page[a + 3] = packet.source3;
    page[b] = packet.destination0;
    page[b + 1] = packet.destination1;
    page[b + 2] = packet.destination2;
    page[b + 3] = packet.destination3;
    page[at + layout.PORTS] = ports;
    page[at + layout.META] =
      packet.protocol |
      layout.META_LIVE |
      (packet.ipVersion === 6 ? layout.META_IPV6 : 0) |
      this.#noteReuse(hash, ports);
    page[at + layout.HASH] = hash;
    this.index.insert(hash, flow);
    this.#alive.add(flow);
    this.began = true;
    return flow;
  }

  /** META_REUSED when the tuple had a flow before, which is told of it unless it was reported already; else 0. */
  #noteReuse(hash: number, ports: number): number {
    const before = this.#ended.find(hash, ports);
    if (before < 0) return 0;
    const page = this.page(before);
    const at = this.records.baseIn(page, before);
    const isStill =
      ((page[at + layout.HASH] ?? 0) | 0) === hash && ((page[at + layout.PORTS] ?? 0) | 0) === ports;
    if (isStill) page[at + layout.META] = (page[at + layout.META] ?? 0) | layout.META_REUSED;
    return layout.META_REUSED;
  }
}
