import type { Packet } from "../wire/packet.ts";
import * as layout from "./layout.ts";
import { trackTcp } from "./tcp-track.ts";

/** Flows a page; a page is 3 MiB. */
const PAGE_BITS = 14;
const PAGE_FLOWS = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_FLOWS - 1;

/** Idle time-outs in seconds (CONTRACT: TCP 1 h, UDP 5 min). */
export interface Timeouts {
  readonly tcp: number;
  readonly udp: number;
  /** Longest time that one row covers; Infinity for no bound. */
  readonly active: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = { tcp: 3600, udp: 300, active: Number.POSITIVE_INFINITY };

/** Whoever keeps more about a flow than the record holds is told when it starts and ends. */
export interface FlowListener {
  /** The flow ended: it is out of the index and lives until `release`. */
  ended(flow: number): void;
}

/**
 * The table of live flows: an open-addressed index of 5-tuples over paged records of 32-bit words (layout.ts).
 * A flow is named by a number that stays its own until `release`.
 */
export class FlowTable {
  readonly #pages: Uint32Array[] = [];
  #index: Uint32Array = new Uint32Array(1 << 12);
  #indexMask: number = (1 << 12) - 1;
  #live = 0;
  #allocated = 0;
  #free = 0; // flow number plus one
  readonly #timeouts: Timeouts;
  readonly #listener: FlowListener;

  // What `find` says besides the flow.
  /** Direction of the packet in the flow that `touch` found. */
  direction: 0 | 1 = 0;
  /** True when `touch` began the flow. */
  began = false;

  constructor(timeouts: Timeouts, listener: FlowListener) {
    this.#timeouts = timeouts;
    this.#listener = listener;
  }

  /** Flows that have not ended. */
  get live(): number {
    return this.#live;
  }

  /** The page that holds a flow's record; its words start at `base(flow)`. */
  page(flow: number): Uint32Array {
    return this.#pages[flow >>> PAGE_BITS] ?? EMPTY_PAGE;
  }

  base(flow: number): number {
    return (flow & PAGE_MASK) * layout.WORDS;
  }

  /** One word of a flow's record. */
  word(flow: number, field: number): number {
    return this.page(flow)[(flow & PAGE_MASK) * layout.WORDS + field] ?? 0;
  }

  /**
   * Flow of a TCP or UDP packet, begun if it is new. A flow that was idle too long, or was closed and is opened
   * again by a SYN, ends first. Sets `direction` and `began`.
   */
  touch(packet: Packet, seconds: number): number {
    const a3 = packet.source3;
    const b3 = packet.destination3;
    const forward = isForward(packet);
    this.direction = forward ? 0 : 1;
    this.began = false;
    const ports = forward
      ? ((packet.sourcePort << 16) | packet.destinationPort) >>> 0
      : ((packet.destinationPort << 16) | packet.sourcePort) >>> 0;
    const hash = flowHash(packet, forward, ports);
    let slot = hash & this.#indexMask;
    for (;;) {
      const entry = this.#index[slot] ?? 0;
      if (entry === 0) break;
      const flow = entry - 1;
      const page = this.#pages[flow >>> PAGE_BITS] ?? EMPTY_PAGE;
      const at = (flow & PAGE_MASK) * layout.WORDS;
      if (
        page[at + layout.HASH] === hash &&
        page[at + layout.PORTS] === ports &&
        page[at + layout.ADDRESS_A + 3] === (forward ? a3 : b3) &&
        page[at + layout.ADDRESS_B + 3] === (forward ? b3 : a3) &&
        sameTuple(page, at, packet, forward)
      ) {
        if (!this.#over(page, at, packet, seconds)) return flow;
        page[at + layout.META] = (page[at + layout.META] ?? 0) | layout.META_REUSED;
        this.end(flow);
        const next = this.#begin(packet, forward, ports, hash);
        const base = this.base(next);
        const nextPage = this.page(next);
        nextPage[base + layout.META] = (nextPage[base + layout.META] ?? 0) | layout.META_REUSED;
        return next;
      }
      slot = (slot + 1) & this.#indexMask;
    }
    return this.#begin(packet, forward, ports, hash);
  }

  /**
   * Live flow of a 5-tuple given as words, or -1; `direction` is set to that from source to destination.
   * For what speaks of other flows (ICMP errors).
   */
  find(packet: Packet): number {
    const quoted = packet.quoted;
    const probe = PROBE;
    probe.ipVersion = quoted.ipVersion;
    probe.protocol = quoted.protocol;
    probe.source0 = quoted.source0;
    probe.source1 = quoted.source1;
    probe.source2 = quoted.source2;
    probe.source3 = quoted.source3;
    probe.destination0 = quoted.destination0;
    probe.destination1 = quoted.destination1;
    probe.destination2 = quoted.destination2;
    probe.destination3 = quoted.destination3;
    probe.sourcePort = quoted.sourcePort;
    probe.destinationPort = quoted.destinationPort;
    const forward = isForward(probe);
    this.direction = forward ? 0 : 1;
    const ports = forward
      ? ((probe.sourcePort << 16) | probe.destinationPort) >>> 0
      : ((probe.destinationPort << 16) | probe.sourcePort) >>> 0;
    const hash = flowHash(probe, forward, ports);
    let slot = hash & this.#indexMask;
    for (;;) {
      const entry = this.#index[slot] ?? 0;
      if (entry === 0) return -1;
      const page = this.page(entry - 1);
      const at = this.base(entry - 1);
      if (
        page[at + layout.HASH] === hash &&
        page[at + layout.PORTS] === ports &&
        sameTuple(page, at, probe, forward)
      ) {
        return entry - 1;
      }
      slot = (slot + 1) & this.#indexMask;
    }
  }

  /** Counts a packet of the flow; `number` is its packet number, `context` its link context. */
  count(
    flow: number,
    packet: Packet,
    direction: 0 | 1,
    seconds: number,
    nanoseconds: number,
    number: number,
    context: number,
    timed: boolean,
  ): void {
    const page = this.#pages[flow >>> PAGE_BITS] ?? EMPTY_PAGE;
    const at = (flow & PAGE_MASK) * layout.WORDS;
    const d = direction;
    if (page[at + layout.PACKETS + d] === 0) {
      page[at + layout.FIRST_SECONDS + d] = seconds;
      page[at + layout.FIRST_NANOSECONDS + d] = nanoseconds;
      page[at + layout.FIRST_PACKET + d] = number;
      page[at + layout.CONTEXT + d] = context + 1;
      const marks = page[at + layout.MARKS] ?? 0;
      page[at + layout.MARKS] =
        d === 0
          ? ((marks & 0xffff) | (packet.dscp << 24) | (packet.timeToLive << 16)) >>> 0
          : ((marks & 0xffff0000) | (packet.dscp << 8) | packet.timeToLive) >>> 0;
      if (page[at + layout.PACKETS + 1 - d] === 0) {
        page[at + layout.START_SECONDS] = seconds;
        page[at + layout.START_NANOSECONDS] = nanoseconds;
        let meta = (page[at + layout.META] ?? 0) | (packet.tunnel << layout.META_TUNNEL_SHIFT);
        if (d === 1) meta |= layout.META_FIRST_DIRECTION;
        page[at + layout.META] = meta;
      }
    }
    // Before the counts and times, which still speak of the packet before this one.
    if (packet.protocol === 6) {
      const sameLink = page[at + layout.CONTEXT + d] === context + 1;
      trackTcp(page, at, packet, d, seconds, nanoseconds, sameLink);
    }
    if (!timed) page[at + layout.META] = (page[at + layout.META] ?? 0) | layout.META_UNTIMED;
    // Captures are not always in order: the last packet is the one with the latest time.
    const last = page[at + layout.LAST_SECONDS + d] ?? 0;
    if (
      seconds > last ||
      (seconds === last && nanoseconds >= (page[at + layout.LAST_NANOSECONDS + d] ?? 0))
    ) {
      page[at + layout.LAST_SECONDS + d] = seconds;
      page[at + layout.LAST_NANOSECONDS + d] = nanoseconds;
    }
    const start = page[at + layout.START_SECONDS] ?? 0;
    if (seconds < start || (seconds === start && nanoseconds < (page[at + layout.START_NANOSECONDS] ?? 0))) {
      page[at + layout.START_SECONDS] = seconds;
      page[at + layout.START_NANOSECONDS] = nanoseconds;
    }
    page[at + layout.PACKETS + d] = (page[at + layout.PACKETS + d] ?? 0) + 1;
    const bytesAt = at + layout.BYTES + 2 * d;
    const low = (page[bytesAt] ?? 0) + packet.ipLength;
    page[bytesAt] = low;
    if (low > 0xffffffff) page[bytesAt + 1] = (page[bytesAt + 1] ?? 0) + 1;
  }

  /**
   * Counts the fragments of a datagram that came before its first one, which is about to be counted. They were seen
   * in the same link context as far as anybody can tell.
   */
  countEarlier(flow: number, packet: Packet, direction: 0 | 1, context: number): void {
    const { protocol, ipLength, earlierFragments } = packet;
    packet.protocol = 0; // nothing of the transport header was in them
    packet.ipLength = packet.earlierBytes;
    const { earlierSeconds: seconds, earlierNanoseconds: nanoseconds } = packet;
    this.count(flow, packet, direction, seconds, nanoseconds, packet.earlierPacket, context, true);
    packet.protocol = protocol;
    packet.ipLength = ipLength;
    const page = this.page(flow);
    const at = this.base(flow);
    page[at + layout.PACKETS + direction] =
      (page[at + layout.PACKETS + direction] ?? 0) + earlierFragments - 1;
  }

  /** Ends a live flow: it leaves the index, and the listener hears of it. */
  end(flow: number): void {
    this.#unindex(flow);
    this.#live -= 1;
    this.#listener.ended(flow);
  }

  /** Gives a flow's record back; its number will name another flow. */
  release(flow: number): void {
    const page = this.page(flow);
    const at = this.base(flow);
    page[at + layout.LINK] = this.#free;
    this.#free = flow + 1;
  }

  /**
   * Ends what was idle too long by `seconds`. Returns the earliest last packet of the flows that stay, in seconds,
   * or Infinity when none does. A flow that FIN or RST closed ends when it was silent for `linger` seconds.
   */
  sweep(seconds: number, linger: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    const over: number[] = [];
    const index = this.#index;
    for (let slot = 0; slot < index.length; slot++) {
      const entry = index[slot] ?? 0;
      if (entry === 0) continue;
      const page = this.page(entry - 1);
      const at = this.base(entry - 1);
      const last = lastSeconds(page, at);
      if (last === 0) continue;
      const idle =
        ((page[at + layout.META] ?? 0) & layout.META_CLOSED) === 0
          ? this.#idle(page, at)
          : Math.min(linger, this.#idle(page, at));
      if (seconds - last > idle) over.push(entry - 1);
      else if (last < earliest) earliest = last;
    }
    for (const flow of over) this.end(flow);
    return earliest;
  }

  /** Shows every live flow, in no particular order; `visit` must not change the table. */
  forEachLive(visit: (flow: number) => void): void {
    for (const entry of this.#index) if (entry !== 0) visit(entry - 1);
  }

  /** Ends every live flow. */
  endAll(): void {
    const isLive = new Uint8Array(this.#allocated);
    for (const entry of this.#index) if (entry !== 0) isLive[entry - 1] = 1;
    this.#index = new Uint32Array(1 << 12);
    this.#indexMask = this.#index.length - 1;
    this.#live = 0;
    // In the order of the records, which others go through after this: memory likes that.
    for (let flow = 0; flow < isLive.length; flow++) if (isLive[flow] === 1) this.#listener.ended(flow);
  }

  /** The live flows whose last packet is longest ago, at most `count`: for a bound on the table. */
  oldest(count: number): number[] {
    const flows: number[] = [];
    for (const entry of this.#index) if (entry !== 0) flows.push(entry - 1);
    flows.sort(
      (x, y) => lastSeconds(this.page(x), this.base(x)) - lastSeconds(this.page(y), this.base(y)) || x - y,
    );
    return flows.slice(0, count);
  }

  #idle(page: Uint32Array, at: number): number {
    return ((page[at + layout.META] ?? 0) & layout.META_PROTOCOL) === 6
      ? this.#timeouts.tcp
      : this.#timeouts.udp;
  }

  #over(page: Uint32Array, at: number, packet: Packet, seconds: number): boolean {
    const last = lastSeconds(page, at);
    // A flow that has only packets without a time cannot have been idle.
    if (last !== 0 && seconds - last > this.#idle(page, at)) return true;
    if (seconds - (page[at + layout.START_SECONDS] ?? 0) > this.#timeouts.active) return true;
    if (packet.protocol !== 6 || (packet.tcpFlags & 0x17) !== 0x02) return false;
    if (((page[at + layout.META] ?? 0) & layout.META_CLOSED) === 0) return false;
    // The SYN of the closed connection, seen late or again, starts nothing.
    const d = this.direction;
    return (
      ((packet.tcpSequence - (page[at + layout.NEXT_SEQUENCE + d] ?? 0)) | 0) >= 0 ||
      ((page[at + layout.TCP_STATE] ?? 0) & (layout.TCP_SYN_SENT << (8 * d))) === 0 ||
      seconds - lastSeconds(page, at) >= 1
    );
  }

  #begin(packet: Packet, forward: boolean, ports: number, hash: number): number {
    if ((this.#live + 1) * 2 > this.#index.length) this.#grow();
    let flow: number;
    if (this.#free !== 0) {
      flow = this.#free - 1;
      this.#free = this.word(flow, layout.LINK);
      this.page(flow).fill(0, this.base(flow), this.base(flow) + layout.WORDS);
    } else {
      flow = this.#allocated;
      this.#allocated += 1;
      if (flow >>> PAGE_BITS === this.#pages.length)
        this.#pages.push(new Uint32Array(PAGE_FLOWS * layout.WORDS));
    }
    const page = this.page(flow);
    const at = this.base(flow);
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
    page[at + layout.META] = packet.protocol | (packet.ipVersion === 6 ? layout.META_IPV6 : 0);
    page[at + layout.HASH] = hash;
    this.#insert(hash, flow);
    this.#live += 1;
    this.began = true;
    return flow;
  }

  #insert(hash: number, flow: number): void {
    let slot = hash & this.#indexMask;
    while (this.#index[slot] !== 0) slot = (slot + 1) & this.#indexMask;
    this.#index[slot] = flow + 1;
  }

  #grow(): void {
    const old = this.#index;
    this.#index = new Uint32Array(old.length * 4);
    this.#indexMask = this.#index.length - 1;
    for (const entry of old) if (entry !== 0) this.#insert(this.word(entry - 1, layout.HASH), entry - 1);
  }

  /** Takes a flow out of the index, closing the gap in its probe sequence (Knuth, 6.4, algorithm R). */
  #unindex(flow: number): void {
    const index = this.#index;
    const mask = this.#indexMask;
    let slot = this.word(flow, layout.HASH) & mask;
    while (index[slot] !== flow + 1) {
      if (index[slot] === 0) return;
      slot = (slot + 1) & mask;
    }
    let hole = slot;
    let probe = (slot + 1) & mask;
    for (;;) {
      const entry = index[probe] ?? 0;
      if (entry === 0) break;
      const home = this.word(entry - 1, layout.HASH) & mask;
      if (((probe - home) & mask) >= ((probe - hole) & mask)) {
        index[hole] = entry;
        hole = probe;
      }
      probe = (probe + 1) & mask;
    }
    index[hole] = 0;
  }
}

const EMPTY_PAGE = new Uint32Array(PAGE_FLOWS * layout.WORDS);

/** The fields of a packet that make its 5-tuple. */
interface Tuple {
  ipVersion: number;
  protocol: number;
  source0: number;
  source1: number;
  source2: number;
  source3: number;
  destination0: number;
  destination1: number;
  destination2: number;
  destination3: number;
  sourcePort: number;
  destinationPort: number;
}

const PROBE: Tuple = {
  ipVersion: 0,
  protocol: 0,
  source0: 0,
  source1: 0,
  source2: 0,
  source3: 0,
  destination0: 0,
  destination1: 0,
  destination2: 0,
  destination3: 0,
  sourcePort: 0,
  destinationPort: 0,
};

function isForward(t: Tuple): boolean {
  if (t.source3 !== t.destination3) return t.source3 < t.destination3;
  if (t.source2 !== t.destination2) return t.source2 < t.destination2;
  if (t.source1 !== t.destination1) return t.source1 < t.destination1;
  if (t.source0 !== t.destination0) return t.source0 < t.destination0;
  return t.sourcePort <= t.destinationPort;
}

/** Symmetric in direction; mixes every word, so that made-up addresses do not pile up in one slot. */
function flowHash(t: Tuple, forward: boolean, ports: number): number {
  let hash = Math.imul((forward ? t.source3 : t.destination3) ^ SEED, 0x9e3779b1);
  hash = Math.imul((hash ^ (hash >>> 15)) + (forward ? t.destination3 : t.source3), 0x85ebca6b);
  hash = Math.imul((hash ^ (hash >>> 13)) + ports, 0xc2b2ae35);
  if (t.ipVersion === 6) {
    hash = Math.imul((hash ^ (hash >>> 15)) + (t.source0 ^ t.destination0), 0x27d4eb2f);
    hash = Math.imul((hash ^ (hash >>> 13)) + (t.source1 ^ t.destination1), 0x165667b1);
    hash = Math.imul((hash ^ (hash >>> 15)) + (t.source2 ^ t.destination2), 0x9e3779b1);
  }
  hash = (hash ^ (hash >>> 16)) + t.protocol;
  return (hash ^ (hash >>> 11)) >>> 0;
}

// Fixed, so that a run can be repeated; probing stays short because the whole tuple is mixed.
const SEED = 0x6f333635;

function sameTuple(page: Uint32Array, at: number, t: Tuple, forward: boolean): boolean {
  const meta = page[at + layout.META] ?? 0;
  if (
    (meta & layout.META_PROTOCOL) !== t.protocol ||
    ((meta & layout.META_IPV6) !== 0) !== (t.ipVersion === 6)
  ) {
    return false;
  }
  const a = at + (forward ? layout.ADDRESS_A : layout.ADDRESS_B);
  const b = at + (forward ? layout.ADDRESS_B : layout.ADDRESS_A);
  return (
    page[a + 3] === t.source3 &&
    page[b + 3] === t.destination3 &&
    page[a + 2] === t.source2 &&
    page[b + 2] === t.destination2 &&
    page[a + 1] === t.source1 &&
    page[b + 1] === t.destination1 &&
    page[a] === t.source0 &&
    page[b] === t.destination0
  );
}

/** Seconds of a record's latest packet, either direction. */
export function lastSeconds(page: Uint32Array, at: number): number {
  const x = page[at + layout.LAST_SECONDS] ?? 0;
  const y = page[at + layout.LAST_SECONDS + 1] ?? 0;
  return x > y ? x : y;
}
