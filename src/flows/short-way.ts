import type { Frame } from "../capture/frame.ts";
import { mix, finish } from "../hash/murmur.ts";
import { BGP_PORT } from "../protocols/bgp-sessions.ts";
import { continueRun } from "../protocols/rtp-runs.ts";
import { IPV4_FRAGMENT, IPV4_PLAIN, TAG_LENGTH, VLAN_ID } from "../wire/common-stack.ts";
import { EtherType } from "../wire/ether-type.ts";
import { ETHERNET_HEADER_LENGTH } from "../wire/ethernet.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import { IPV4_HEADER_LENGTH } from "../wire/ipv4.ts";
import { IPV6_HEADER_LENGTH } from "../wire/ipv6.ts";
import { ACK, PSH } from "../wire/tcp-flags.ts";
import { LONGEST_TCP_OPTIONS, TCP_HEADER_LENGTH } from "../wire/tcp.ts";
import { tunnelOfPorts, UDP_HEADER_LENGTH } from "../wire/udp.ts";
import { Layer } from "../wire/walk.ts";
import type { Direction } from "../words.ts";
import { FORGET_SECONDS, type Copies } from "./copies.ts";
import type { FlowTable } from "./flow-table.ts";
import { hashOfEnds } from "./flow-tuple.ts";
import * as layout from "./layout.ts";
import type { LinkContexts } from "./link-contexts.ts";
import { countBytes } from "./packet-count.ts";
import {
  contentHash,
  CUT,
  endHash,
  endsHash,
  isSliced,
  keyHash,
  slicedHash,
  tcpHash,
} from "./packet-hash.ts";
import { goesOn, goOn } from "./tcp-goes-on.ts";

/** The packet goes the long way: nothing was changed. */
export const LONG_WAY = -1;

/** Bytes of an IPv6 address above its last word. */
const HIGH_WORDS = 12;
/** Flips the sign: compared so, signed words are in the order of unsigned ones. */
const SIGN = 0x8000_0000 | 0;
/** What a packet without a TCP header has of it. */
const NO_TCP = tcpHash(0, 0, 0, 0);

/**
 * The short way of a packet that goes on as its flow did before, as nearly all do: headers as usual, same link context and
 * DSCP, no earlier than the one before it, of TCP the next bytes or a plain acknowledgement. Every word of it stays in registers,
 * where a `Packet` is written and read in memory. What it does is what `Decoder`, `FlowTable.touch`, `Copies.isCopy` and
 * `countPacket` do with such a packet; a test holds them against each other.
 */
export class ShortWay {
  readonly #table: FlowTable;
  readonly #contexts: LinkContexts;
  readonly #copies: Copies;
  readonly #tcpSilence: number;
  readonly #udpSilence: number;
  /** A row that began so many whole seconds ago may be as long as one may be. */
  readonly #active: number;
  /** Of the packet that `take` counted: its direction, and whether its payload is still to be looked at. */
  direction: Direction = 0;
  show = false;

  constructor(table: FlowTable, contexts: LinkContexts, copies: Copies) {
    this.#table = table;
    // After a silence in which all copies are forgotten, they have to be so before the packet is remembered.
    this.#tcpSilence = Math.min(table.timeouts.tcp, FORGET_SECONDS);
    this.#udpSilence = Math.min(table.timeouts.udp, FORGET_SECONDS);
    this.#active = Math.floor(table.timeouts.active);
    this.#contexts = contexts;
    this.#copies = copies;
  }

  /** Counts the frame's packet in its flow and answers with that, or with LONG_WAY. The frame is an Ethernet one. */
  take(frame: Frame, point: number): number {
    const { view, start, end, seconds, nanoseconds } = frame;
    let ip = start + ETHERNET_HEADER_LENGTH;
    if (end - ip < IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + 2 * TAG_LENGTH) return LONG_WAY;
    let type = view.getUint16(ip - 2);
    let vlans = 0;
    if (type === EtherType.vlan || type === EtherType.serviceVlan) {
      vlans = (1 << 24) | ((view.getUint16(ip) & VLAN_ID) << 12);
      type = view.getUint16(ip + 2);
      ip += TAG_LENGTH;
      if (type === EtherType.vlan || type === EtherType.serviceVlan) {
        vlans = (vlans & 0xff_ffff) | (2 << 24) | (view.getUint16(ip) & VLAN_ID);
        type = view.getUint16(ip + 2);
        ip += TAG_LENGTH;
      }
    }
    let length: number;
    let protocol: number;
    let transport: number;
    let source: number;
    let destination: number;
    let dscp: number;
    let ipId: number;
    const isV6 = type === EtherType.ipv6;
    if (type === EtherType.ipv4) {
      const head = view.getInt32(ip);
      if (head >>> 24 !== IPV4_PLAIN || (view.getUint16(ip + 6) & IPV4_FRAGMENT) !== 0) return LONG_WAY;
      length = head & 0xffff;
      dscp = (head >>> 18) & 63;
      protocol = view.getUint8(ip + 9);
      ipId = view.getUint16(ip + 4);
      source = view.getInt32(ip + 12);
      destination = view.getInt32(ip + 16);
      transport = ip + IPV4_HEADER_LENGTH;
    } else if (isV6) {
      if (end - ip < IPV6_HEADER_LENGTH + UDP_HEADER_LENGTH) return LONG_WAY;
      const head = view.getInt32(ip);
      if (head >>> 28 !== 6) return LONG_WAY;
      length = IPV6_HEADER_LENGTH + view.getUint16(ip + 4);
      dscp = (head >>> 22) & 63;
      protocol = view.getUint8(ip + 6);
      ipId = -1;
      source = view.getInt32(ip + 20);
      destination = view.getInt32(ip + 36);
      transport = ip + IPV6_HEADER_LENGTH;
    } else return LONG_WAY;
    const ipEnd = ip + length;
    if (ipEnd > end && ipEnd > start + frame.originalLength) return LONG_WAY;
    const capturedEnd = ipEnd < end ? ipEnd : end;
    const isTcp = protocol === IpProtocol.tcp;
    let payload: number;
    if (isTcp) {
      if (capturedEnd - transport < TCP_HEADER_LENGTH) return LONG_WAY;
      const headerLength = (view.getUint8(transport + 12) >>> 4) << 2;
      payload = transport + headerLength;
      if (headerLength < TCP_HEADER_LENGTH || payload > capturedEnd) return LONG_WAY;
      if ((view.getUint8(transport + 13) & ~PSH) !== ACK) return LONG_WAY;
    } else if (protocol === IpProtocol.udp) {
      if (capturedEnd - transport < UDP_HEADER_LENGTH) return LONG_WAY;
      if (view.getUint16(transport + 4) !== ipEnd - transport) return LONG_WAY;
      payload = transport + UDP_HEADER_LENGTH;
    } else return LONG_WAY;

    // The flow.
    if (source === destination) return LONG_WAY;
    const bothPorts = view.getInt32(transport);
    const [sourcePort, destinationPort] = [bothPorts >>> 16, bothPorts & 0xffff];
    if (isTcp) {
      if (sourcePort === BGP_PORT || destinationPort === BGP_PORT) return LONG_WAY;
    } else if (tunnelOfPorts(sourcePort, destinationPort) !== Layer.done) return LONG_WAY;
    const forward = (source ^ SIGN) < (destination ^ SIGN);
    const d = forward ? 0 : 1;
    const ports = forward ? bothPorts : (bothPorts << 16) | (bothPorts >>> 16);
    const a3 = forward ? source : destination;
    const b3 = forward ? destination : source;
    let hash = hashOfEnds(a3, b3, ports);
    if (isV6) {
      const a = forward ? ip + 8 : ip + 24;
      const b = forward ? ip + 24 : ip + 8;
      for (let word = 0; word < HIGH_WORDS; word += 4)
        hash = mix(mix(hash, view.getInt32(a + word)), view.getInt32(b + word));
    }
    hash = finish(hash + protocol) | 0;
    const { records, index } = this.#table;
    const { slots, mask } = index;
    let slot = hash - 1;
    let flow: number;
    let page: Uint32Array;
    let at: number;
    for (;;) {
      slot = (slot + 1) & mask; // here, where it is also done without a collision: the engine has seen it then
      flow = (slots[slot] ?? 0) - 1;
      if (flow < 0) return LONG_WAY;
      page = records.page(flow);
      at = records.baseIn(page, flow);
      if (
        ((page[at + layout.HASH] ?? 0) | 0) === hash &&
        ((page[at + layout.PORTS] ?? 0) | 0) === ports &&
        ((page[at + layout.ADDRESS_A + 3] ?? 0) | 0) === a3 &&
        ((page[at + layout.ADDRESS_B + 3] ?? 0) | 0) === b3
      )
        break;
    }
    const meta = (page[at + layout.META] ?? 0) | 0;
    if (
      (meta & (layout.META_PROTOCOL | ((layout.META_CONTEXT_MIXED | layout.META_TAIL_UNSEEN) << d))) !==
        protocol ||
      ((meta & layout.META_IPV6) !== 0) !== isV6
    )
      return LONG_WAY;
    if (isV6 && !this.#sameHighWords(view, forward ? ip + 8 : ip + 24, forward ? ip + 24 : ip + 8, page, at))
      return LONG_WAY;

    // Not before the last one of its direction, and not too late.
    const lastSeconds = page[at + layout.LAST_SECONDS + d] ?? 0;
    if (
      lastSeconds === 0 ||
      seconds < lastSeconds ||
      (seconds === lastSeconds && nanoseconds < (page[at + layout.LAST_NANOSECONDS + d] ?? 0))
    )
      return LONG_WAY;
    if (seconds - lastSeconds >= (isTcp ? this.#tcpSilence : this.#udpSilence)) return LONG_WAY;
    // A direction without packets has a first one at 0, which is too long ago if there is a bound.
    const firstHere = page[at + layout.FIRST_SECONDS + d] ?? 0;
    const firstThere = page[at + layout.FIRST_SECONDS + 1 - d] ?? 0;
    if (seconds - (firstThere < firstHere ? firstThere : firstHere) >= this.#active) return LONG_WAY;

    // As before.
    const marks = (page[at + layout.MARKS] ?? 0) | 0;
    if ((forward ? marks >>> 24 : (marks >>> 8) & 0xff) !== dscp) return LONG_WAY;
    const context = (page[at + layout.CONTEXT + d] ?? 0) - 1;
    if (context < 0 || !this.#contexts.isOfEthernet(context, view, start, point, vlans)) return LONG_WAY;

    const payloadLength = ipEnd - payload;
    if (isTcp && !goesOn(page, at, d, view, transport, payloadLength)) return LONG_WAY;

    // Not sent twice, as far as the table of copies knows.
    let tuple = endsHash(source, destination, bothPorts, protocol);
    if (isV6) {
      for (let word = 0; word < HIGH_WORDS; word += 4) tuple = mix(tuple, view.getInt32(ip + 8 + word));
      for (let word = 0; word < HIGH_WORDS; word += 4) tuple = mix(tuple, view.getInt32(ip + 24 + word));
    }
    let content: number;
    let bare =
      ipId <= 0 &&
      capturedEnd <= payload &&
      !(isTcp && payloadLength > LONGEST_TCP_OPTIONS && view.getInt32(transport + 4) !== 0);
    if (isTcp)
      content = tcpHash(
        view.getInt32(transport + 4),
        view.getInt32(transport + 8),
        view.getUint8(transport + 13),
        view.getUint16(transport + 14),
      );
    else {
      const checksum = isSliced(capturedEnd - payload, payloadLength, ipId)
        ? this.#checksum(view, ip, isV6, payload, payloadLength, tuple, point)
        : 0;
      content = checksum === 0 ? contentHash(view, payload, capturedEnd, ipId, NO_TCP) : slicedHash(checksum);
      bare &&= checksum === 0;
    }
    const key = keyHash(tuple, ipId, length, content);
    const other =
      isTcp || ipId > 0 ? content & ~CUT : endHash(content, view, payload, capturedEnd, payloadLength);
    if (!this.#copies.isFirst(key, other, seconds, nanoseconds, point, context, bare)) return LONG_WAY;

    // Counted.
    page[at + layout.LAST_SECONDS + d] = seconds;
    page[at + layout.LAST_NANOSECONDS + d] = nanoseconds;
    page[at + layout.PACKETS + d] = (page[at + layout.PACKETS + d] ?? 0) + 1;
    countBytes(page, at, d, length);
    if (isTcp) goOn(page, at, d, view, transport, payloadLength);

    this.direction = d;
    this.show = false;
    if ((meta & layout.META_SETTLED) !== 0 || capturedEnd === payload) return flow;
    if (!isTcp) {
      const run = page[at + layout.RUN + d] ?? 0;
      if (
        run !== 0 &&
        continueRun(
          run,
          view,
          payload,
          capturedEnd,
          payloadLength > capturedEnd - payload ? payloadLength : capturedEnd - payload,
          dscp,
          seconds,
          nanoseconds,
        )
      )
        return flow;
    }
    this.show = true;
    return flow;
  }

  /** As `Copies` has it of a packet of UDP that was sliced. */
  #checksum(
    view: DataView,
    ip: number,
    isV6: boolean,
    payload: number,
    length: number,
    tuple: number,
    point: number,
  ): number {
    let addresses = 0;
    const from = ip + (isV6 ? 8 : 12);
    for (let at = from; at < payload - UDP_HEADER_LENGTH; at += 2) addresses += view.getUint16(at);
    return this.#copies.checksums.tell(view, payload, length, tuple, addresses, point);
  }

  /** True when the upper 96 bits of both addresses, which start at `a` and `b`, are those of the record. */
  #sameHighWords(view: DataView, a: number, b: number, page: Uint32Array, at: number): boolean {
    return (
      view.getUint32(a) === page[at + layout.ADDRESS_A] &&
      view.getUint32(a + 4) === page[at + layout.ADDRESS_A + 1] &&
      view.getUint32(a + 8) === page[at + layout.ADDRESS_A + 2] &&
      view.getUint32(b) === page[at + layout.ADDRESS_B] &&
      view.getUint32(b + 4) === page[at + layout.ADDRESS_B + 1] &&
      view.getUint32(b + 8) === page[at + layout.ADDRESS_B + 2]
    );
  }
}
