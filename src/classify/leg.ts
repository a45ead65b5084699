import type { AddressWords } from "../address/address.ts";
import type { EndpointList } from "../endpoints/endpoint-list.ts";
import type { EndpointHistory } from "../endpoints/history.ts";
import { type Ends, decideEnds } from "../flows/ends.ts";
import type { FlowDetail } from "../flows/flow-detail.ts";
import { startDirection } from "../flows/flow-span.ts";
import * as layout from "../flows/layout.ts";
import type { FlowRecords } from "../flows/flow-records.ts";
import { isBefore, type Moment } from "../path/moment.ts";
import { communityId } from "../protocols/community-id.ts";
import type { Recognition } from "../protocols/recognition.ts";
import type { Site } from "../site/site.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { type Direction, opposite } from "../words.ts";
import { type End, endOf } from "./leg-end.ts";

/** Packets of one direction of a flow in one link context. */
export interface ContextShare {
  readonly context: number;
  readonly packets: number;
  readonly copies: number;
  readonly firstPacket: number;
  /** When that came. */
  readonly seconds: number;
  readonly nanoseconds: number;
}

/**
 * An ended flow record read out: one leg of what is reported as a flow. (Source NAT between captures makes several
 * legs of one flow.)
 */
export class Leg {
  readonly flow: number;
  readonly detail: FlowDetail | undefined;
  readonly recognition: Recognition;
  readonly list: EndpointList;
  readonly a: End;
  readonly b: End;
  readonly ends: Ends;
  /** Shares of the link contexts by direction, once they were read (context-shares.ts). */
  readonly shares: [readonly ContextShare[] | undefined, readonly ContextShare[] | undefined] = [
    undefined,
    undefined,
  ];
  readonly #page: Uint32Array;
  readonly #at: number;
  #communityId: string | undefined = undefined;

  constructor(
    observer: FlowRecords,
    flow: number,
    site: Site,
    history: EndpointHistory,
    when: number | string | undefined,
    recognition: Recognition,
  ) {
    this.flow = flow;
    this.detail = observer.detail(flow);
    this.#page = observer.table.page(flow);
    this.#at = observer.table.base(flow);
    this.recognition = recognition;
    const { seconds } = this.start;
    this.list = history.at(when ?? (seconds === 0 && !this.timed ? Number.NaN : seconds));
    this.a = this.#end(layout.ADDRESS_A, this.word(layout.PORTS) >>> 16, site);
    this.b = this.#end(layout.ADDRESS_B, this.word(layout.PORTS) & 0xffff, site);
    this.ends = decideEnds({
      synDirection: this.#synDirection(),
      initiator: this.recognition.initiator,
      portA: this.a.port,
      portB: this.b.port,
      firstDirection: this.firstDirection,
      zoneA: this.a.zone,
      zoneB: this.b.zone,
    });
  }

  #end(field: number, port: number, site: Site): End {
    const words: AddressWords = [
      this.word(field),
      this.word(field + 1),
      this.word(field + 2),
      this.word(field + 3),
    ];
    return endOf(words, port, this.ipVersion, site, this.list);
  }

  word(field: number): number {
    return this.#page[this.#at + field] ?? 0;
  }

  /** A word that only TCP flows have; 0 for others. */
  tcpWord(field: number): number {
    return this.protocol === IpProtocol.tcp ? this.word(field) : 0;
  }

  get meta(): number {
    return this.word(layout.META);
  }
  get page(): Uint32Array {
    return this.#page;
  }
  get at(): number {
    return this.#at;
  }
  get ipVersion(): 4 | 6 {
    return (this.meta & layout.META_IPV6) === 0 ? 4 : 6;
  }
  get protocol(): number {
    return this.meta & layout.META_PROTOCOL;
  }
  get transport(): "tcp" | "udp" {
    return this.protocol === IpProtocol.tcp ? "tcp" : "udp";
  }
  /** Who sent first, by time: the buffers of two interfaces are not in step. At one time the first in the capture did. */
  get firstDirection(): Direction {
    const captured = (this.meta & layout.META_FIRST_DIRECTION) === 0 ? 0 : 1;
    const earliest = startDirection(this.#page, this.#at);
    if (earliest === captured || !this.timed) return captured;
    return isBefore(this.firstOf(earliest), this.firstOf(captured)) ? earliest : captured;
  }
  /** False when a packet without a time belongs to the flow. */
  get timed(): boolean {
    return (this.meta & layout.META_UNTIMED) === 0;
  }
  get reused(): boolean {
    return (this.meta & layout.META_REUSED) !== 0;
  }
  get fragmented(): boolean {
    return (this.meta & layout.META_FRAGMENTED) !== 0;
  }

  /** Community ID of this leg's 5-tuple. */
  get communityId(): string {
    return (this.#communityId ??= this.#findCommunityId());
  }

  #findCommunityId(): string {
    const { a, b } = this;
    return communityId(this.ipVersion, a.words, b.words, a.port, b.port, this.protocol);
  }

  get out(): Direction {
    return this.ends.out;
  }
  get back(): Direction {
    return opposite(this.ends.out);
  }
  get client(): End {
    return this.ends.client === 0 ? this.a : this.b;
  }
  get server(): End {
    return this.ends.client === 0 ? this.b : this.a;
  }
  /** The end that packets of direction `out` come from: ours, where one is. */
  get near(): End {
    return this.ends.out === 0 ? this.a : this.b;
  }
  get far(): End {
    return this.ends.out === 0 ? this.b : this.a;
  }

  get start(): Moment {
    return this.firstOf(startDirection(this.#page, this.#at));
  }
  get end(): Moment {
    const [x, y] = [this.lastOf(0), this.lastOf(1)];
    return isBefore(y, x) ? x : y;
  }
  /** Earliest packet of a direction. */
  firstOf(direction: Direction): Moment {
    return {
      seconds: this.word(layout.FIRST_SECONDS + direction),
      nanoseconds: this.word(layout.FIRST_NANOSECONDS + direction),
    };
  }
  lastOf(direction: Direction): Moment {
    return {
      seconds: this.word(layout.LAST_SECONDS + direction),
      nanoseconds: this.word(layout.LAST_NANOSECONDS + direction),
    };
  }
  packetsOf(direction: Direction): number {
    return this.word(layout.PACKETS + direction);
  }
  /** IP bytes. */
  bytesOf(direction: Direction): number {
    const upper = (this.word(layout.BYTES_UPPER) >>> (16 * direction)) & 0xffff;
    return this.word(layout.BYTES + direction) + upper * 2 ** 32;
  }
  firstPacketOf(direction: Direction): number {
    return this.word(layout.FIRST_PACKET + direction);
  }
  /** Link context of the direction's first packet; -1 where it has none. */
  contextOf(direction: Direction): number {
    return this.word(layout.CONTEXT + direction) - 1;
  }
  get tcpState(): number {
    return this.tcpWord(layout.TCP_STATE);
  }

  /** Most frequent DSCP value of a direction (the smaller of equal ones); undefined without packets. */
  dscpOf(direction: Direction): number | undefined {
    const packets = this.packetsOf(direction);
    if (packets === 0) return undefined;
    const marks = this.word(layout.MARKS);
    const first = direction === 0 ? marks >>> 24 : (marks >>> 8) & 0xff;
    const others = this.detail?.dscp(direction);
    if (others === undefined || others.size === 0) return first;
    let rest = packets;
    for (const count of others.values()) rest -= count;
    let best = first;
    let bestCount = rest;
    for (const [value, count] of others) {
      if (count > bestCount || (count === bestCount && value < best)) {
        best = value;
        bestCount = count;
      }
    }
    return best;
  }

  /**
   * True when a direction that is not in the captures provably exists: the other one acknowledges ever more of its
   * data (RFC 9293, section 3.4).
   */
  provedByAcknowledgement(direction: Direction): boolean {
    const other = opposite(direction);
    if (this.protocol !== IpProtocol.tcp || this.packetsOf(other) === 0) return false;
    const first = this.tcpWord(layout.FIRST_ACK + other);
    const last = this.tcpWord(layout.LAST_ACK + other);
    if (((last - first) | 0) > 0) return true;
    // A SYN-ACK or an ACK after our own SYN acknowledges a SYN that somebody sent.
    const state = (this.tcpState >>> (8 * other)) & 0xff;
    const acked = layout.TCP_SYN_ACK_SENT | layout.TCP_ACK_SENT;
    return (state & acked) !== 0 && (state & (layout.TCP_SYN_SENT | layout.TCP_SYN_ACK_SENT)) !== 0;
  }

  #synDirection(): Direction | undefined {
    const state = this.tcpState;
    const both = layout.TCP_SYN_SENT | (layout.TCP_SYN_SENT << 8);
    if ((state & both) === both) return this.firstDirection;
    if ((state & layout.TCP_SYN_SENT) !== 0) return 0;
    if ((state & (layout.TCP_SYN_SENT << 8)) !== 0) return 1;
    if ((state & layout.TCP_SYN_ACK_SENT) !== 0) return 1;
    return (state & (layout.TCP_SYN_ACK_SENT << 8)) !== 0 ? 0 : undefined;
  }
}
