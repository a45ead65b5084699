import { PacketKind } from "./packet.ts";
import type { Walk } from "./walk.ts";

/** The longest datagram that is reassembled, in bytes behind the headers that every fragment repeats. */
export const MAX_DATAGRAM_BYTES = 65_535;

/** Copies of a packet are this near each other, at whichever points they were captured. */
const COPY_SECONDS = 1;

/** Fragment offsets count in these. */
export const UNIT = 8;

// Marks of a unit.
const HELD = 1;
/** A fragment that begins here came before the first one. */
const EARLY = 2;

const EMPTY = new Uint8Array(0);
const EMPTY_VIEW = new DataView(new ArrayBuffer(0));

/** One datagram in parts. Its buffers are made at first use and kept. */
export class FragmentedDatagram {
  used = false;
  /** Place among the datagrams. */
  readonly index: number;
  ipVersion = 0;
  source0 = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
  id = 0;
  protocol = 0;
  /** Capture time of the first fragment seen. */
  seconds = 0;
  /** Order in which datagrams were begun. */
  order = 0;
  bytes: Uint8Array = EMPTY;
  view: DataView = EMPTY_VIEW;
  /** What is known of each unit of 8 bytes. */
  marks: Uint8Array = EMPTY;
  /** Units from here on have no mark. */
  #unmarked = 0;
  units = 0;
  fragments = 0;
  /** Length in bytes once the last fragment told it, else -1. */
  total = -1;
  /** Where the fragments so far end, in bytes. */
  reach = 0;
  complete = false;
  /** Offset of the fragment that completed it, -1 before. */
  completedBy = -1;
  /** True when it will not be reassembled any more; its ports still serve. */
  dropped = false;
  /** Kind and ports that the first fragment showed; `otherIp` until then. */
  kind: PacketKind = PacketKind.otherIp;
  firstSeen = false;
  sourcePort = 0;
  destinationPort = 0;
  // Fragments that came before the first one: how many, their IP bytes, number and time of the earliest.
  early = 0;
  earlyBytes = 0;
  earlyPacket = 0;
  earlySeconds = 0;
  earlyNanoseconds = 0;

  constructor(index: number) {
    this.index = index;
  }

  begin(walk: Walk, order: number): void {
    const { packet } = walk;
    if (this.bytes.length === 0) {
      this.bytes = new Uint8Array(MAX_DATAGRAM_BYTES + 1);
      this.view = new DataView(this.bytes.buffer);
      this.marks = new Uint8Array((MAX_DATAGRAM_BYTES + 1) / UNIT);
    } else this.marks.fill(0, 0, this.#unmarked);
    this.#unmarked = 0;
    this.used = true;
    this.ipVersion = packet.ipVersion;
    this.source0 = packet.source0;
    this.source1 = packet.source1;
    this.source2 = packet.source2;
    this.source3 = packet.source3;
    this.destination0 = packet.destination0;
    this.destination1 = packet.destination1;
    this.destination2 = packet.destination2;
    this.destination3 = packet.destination3;
    this.id = walk.fragmentId;
    this.protocol = walk.fragmentProtocol;
    this.seconds = walk.seconds;
    this.order = order;
    this.units = 0;
    this.fragments = 0;
    this.total = -1;
    this.reach = 0;
    this.complete = false;
    this.completedBy = -1;
    this.dropped = false;
    this.kind = PacketKind.otherIp;
    this.firstSeen = false;
    this.sourcePort = 0;
    this.destinationPort = 0;
    this.early = 0;
    this.earlyBytes = 0;
  }

  /** IPv6 fragments of one datagram may name different protocols; the first one's counts (RFC 8200, section 4.5). */
  matches(walk: Walk): boolean {
    const { packet } = walk;
    return (
      this.id === walk.fragmentId &&
      this.source3 === packet.source3 &&
      this.destination3 === packet.destination3 &&
      this.ipVersion === packet.ipVersion &&
      this.source0 === packet.source0 &&
      this.source1 === packet.source1 &&
      this.source2 === packet.source2 &&
      this.destination0 === packet.destination0 &&
      this.destination1 === packet.destination1 &&
      this.destination2 === packet.destination2 &&
      (this.ipVersion === 6 || this.protocol === walk.fragmentProtocol)
    );
  }

  /** Whether the captured bytes of this fragment are already there, and the same. */
  holds(walk: Walk): boolean {
    const { view, start, fragmentOffset } = walk;
    const length = walk.end - start;
    if (length <= 0 || fragmentOffset + length > MAX_DATAGRAM_BYTES) return false;
    for (let unit = fragmentOffset / UNIT; unit * UNIT < fragmentOffset + length; unit++) {
      if (((this.marks[unit] ?? 0) & HELD) === 0) return false;
    }
    const held = this.view;
    const words = length - (length % 4);
    for (let i = 0; i < words; i += 4) {
      if (held.getUint32(fragmentOffset + i) !== view.getUint32(start + i)) return false;
    }
    for (let i = words; i < length; i++) {
      if (held.getUint8(fragmentOffset + i) !== view.getUint8(start + i)) return false;
    }
    return true;
  }

  /** Whether any unit of the range is there. */
  touches(offset: number, length: number): boolean {
    for (let unit = offset / UNIT; unit * UNIT < offset + length; unit++) {
      if (((this.marks[unit] ?? 0) & HELD) !== 0) return true;
    }
    return false;
  }

  /** Copies a fragment in. The caller made sure that it fits and touches nothing. */
  store(walk: Walk, length: number): void {
    const { view, start, fragmentOffset } = walk;
    const held = this.view;
    const words = length - (length % 4);
    for (let i = 0; i < words; i += 4) held.setUint32(fragmentOffset + i, view.getUint32(start + i));
    for (let i = words; i < length; i++) held.setUint8(fragmentOffset + i, view.getUint8(start + i));
    for (let unit = fragmentOffset / UNIT; unit * UNIT < fragmentOffset + length; unit++) {
      this.#mark(unit, HELD);
      this.units++;
    }
  }

  /** Whether this is a copy of a fragment that came, and was counted, before the first one. */
  isEarlyCopy(walk: Walk): boolean {
    const isMarked = ((this.marks[walk.fragmentOffset / UNIT] ?? 0) & EARLY) !== 0;
    return isMarked && Math.abs(walk.seconds - this.earlySeconds) <= COPY_SECONDS;
  }

  /** Counts a fragment that came before the first one. */
  countEarly(walk: Walk): void {
    if (this.early === 0) {
      this.earlyPacket = walk.packetNumber;
      this.earlySeconds = walk.seconds;
      this.earlyNanoseconds = walk.nanoseconds;
    }
    this.#mark(walk.fragmentOffset / UNIT, EARLY);
    this.early += 1;
    this.earlyBytes += walk.packet.ipLength;
  }

  #mark(unit: number, mark: number): void {
    this.marks[unit] = (this.marks[unit] ?? 0) | mark;
    if (unit >= this.#unmarked) this.#unmarked = unit + 1;
  }
}
