import { Packet } from "../wire/packet.ts";
import type { Direction } from "../words.ts";
import { isDnsPort, quickMessage } from "./demux-quick-look.ts";
import { type KeySink, stunKey } from "./identity-key.ts";
import type { Recognition } from "./recognition.ts";
import { StunClass } from "./stun.ts";
import { UdpInspector, type UdpSurroundings } from "./udp-inspector.ts";

/** Bytes of a flow's slot: a request and its answer, mostly. */
const SLOT_BYTES = 256;
const PAGE_BITS = 12;
const PAGE_MASK = (1 << PAGE_BITS) - 1;
const MOST_MESSAGES = 2;

// A slot: ports of the first message, messages, bytes used; or the next free slot.
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const COUNT = 4;
const USED = 6;
const NEXT_FREE = 0;
const SLOT_HEADER = 8;
// Before each message.
const NANOSECONDS = 0;
const SECONDS = 8;
const NUMBER = 12;
const KEY = 16;
const WIRE_LENGTH = 20;
const LENGTH = 24;
const FLAGS = 26;
const DSCP = 27;
const MESSAGE_HEADER = 28;
/** Beside the direction in FLAGS: the message's transaction is an identity of the flow. */
const HAS_KEY = 2;

/**
 * Flows that a STUN message or two are all of, so far: ICE checks that nobody answers and look-ups of one's own address, of
 * which a busy link has a million. Their bytes are kept, a quarter of what an inspector takes; one reads them when
 * there is more to the flow, or somebody asks what it was. Slots are used again.
 */
export class LoneStun {
  readonly #surroundings: UdpSurroundings;
  readonly #pages: DataView[] = [];
  /** Slot by flow, counted from one. */
  #slots: Uint32Array = new Uint32Array(1 << 4); // few, as in FlowIndex
  #count = 0;
  #free = 0;
  readonly #packet: Packet = new Packet();

  constructor(surroundings: UdpSurroundings) {
    this.#surroundings = surroundings;
  }

  has(flow: number): boolean {
    return this.#slotOf(flow) !== 0;
  }

  /** Takes the message that the first look found in `packet`; false when this flow needs an inspector. */
  keep(
    packet: Packet,
    flow: number,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): boolean {
    const { payloadStart: start, payloadEnd: end } = packet;
    const length = end - start;
    // What is relayed inside may be media; DNS ports have a reader of their own.
    if (quickMessage.dataAt >= 0 || isDnsPort(packet.sourcePort) || isDnsPort(packet.destinationPort))
      return false;
    let slot = this.#slotOf(flow);
    const isFirst = slot === 0;
    const used = isFirst ? SLOT_HEADER : this.#view(slot).getUint16(this.#at(slot) + USED);
    if (used + MESSAGE_HEADER + length > SLOT_BYTES) return false;
    if (isFirst) slot = this.#begin(flow, packet);
    const view = this.#view(slot);
    const base = this.#at(slot);
    const count = view.getUint8(base + COUNT);
    if (count >= MOST_MESSAGES) return false;
    const at = base + used;
    view.setFloat64(at + NANOSECONDS, nanoseconds);
    view.setUint32(at + SECONDS, seconds);
    view.setUint32(at + NUMBER, packetNumber);
    const key = quickMessage.class === StunClass.indication ? undefined : stunKey(quickMessage);
    // An answer mostly has the key of its request.
    const hasKey = key !== undefined && (count === 0 || view.getInt32(base + SLOT_HEADER + KEY) !== key);
    if (hasKey) view.setInt32(at + KEY, key);
    view.setUint32(at + WIRE_LENGTH, packet.payloadLength);
    view.setUint16(at + LENGTH, length);
    view.setUint8(at + FLAGS, direction | (hasKey ? HAS_KEY : 0));
    view.setUint8(at + DSCP, packet.dscp);
    copyBytes(packet.view, start, view, at + MESSAGE_HEADER, length);
    view.setUint8(base + COUNT, count + 1);
    view.setUint16(base + USED, used + MESSAGE_HEADER + length);
    return true;
  }

  /** An inspector that has seen the flow's messages, which are forgotten; undefined for a flow without any. */
  take(flow: number): UdpInspector | undefined {
    if (!this.has(flow)) return undefined;
    const inspector = this.#inspector(flow);
    this.forget(flow);
    return inspector;
  }

  /** What the messages of a flow say, worked out each time; undefined for a flow without any. */
  recognition(flow: number): Recognition | undefined {
    return this.has(flow) ? this.#inspector(flow).result() : undefined;
  }

  /** Shows `identityKey` of each identity that `recognition` would have. */
  identityKeys(flow: number, sink: KeySink): void {
    if (!this.has(flow)) return;
    this.#eachMessage(flow, (view, at) => {
      if ((view.getUint8(at + FLAGS) & HAS_KEY) !== 0) sink.add(view.getInt32(at + KEY));
    });
  }

  /** The flow's number will name another flow. */
  forget(flow: number): void {
    const slot = this.#slotOf(flow);
    if (slot === 0) return;
    this.#slots[flow] = 0;
    this.#view(slot).setUint32(this.#at(slot) + NEXT_FREE, this.#free);
    this.#free = slot;
  }

  #begin(flow: number, packet: Packet): number {
    let slot = this.#free;
    if (slot === 0) {
      slot = this.#count + 1;
      this.#count = slot;
      if (slot >>> PAGE_BITS >= this.#pages.length)
        this.#pages.push(new DataView(new ArrayBuffer(SLOT_BYTES << PAGE_BITS)));
    } else this.#free = this.#view(slot).getUint32(this.#at(slot) + NEXT_FREE);
    if (flow >= this.#slots.length) {
      const larger = new Uint32Array(Math.max(flow + 1, this.#slots.length * 2));
      larger.set(this.#slots);
      this.#slots = larger;
    }
    this.#slots[flow] = slot;
    const view = this.#view(slot);
    const base = this.#at(slot);
    view.setUint16(base + SOURCE_PORT, packet.sourcePort);
    view.setUint16(base + DESTINATION_PORT, packet.destinationPort);
    view.setUint8(base + COUNT, 0);
    view.setUint16(base + USED, SLOT_HEADER);
    return slot;
  }

  #inspector(flow: number): UdpInspector {
    const inspector = new UdpInspector(this.#surroundings);
    const slot = this.#slotOf(flow);
    const packet = this.#packet;
    const base = this.#at(slot);
    packet.view = this.#view(slot);
    packet.sourcePort = packet.view.getUint16(base + SOURCE_PORT);
    packet.destinationPort = packet.view.getUint16(base + DESTINATION_PORT);
    this.#eachMessage(flow, (view, at) => {
      packet.payloadStart = at + MESSAGE_HEADER;
      packet.payloadEnd = packet.payloadStart + view.getUint16(at + LENGTH);
      packet.payloadLength = view.getUint32(at + WIRE_LENGTH);
      packet.dscp = view.getUint8(at + DSCP);
      inspector.inspect(
        packet,
        (view.getUint8(at + FLAGS) & 1) === 0 ? 0 : 1,
        view.getUint32(at + SECONDS),
        view.getFloat64(at + NANOSECONDS),
        view.getUint32(at + NUMBER),
      );
    });
    return inspector;
  }

  #eachMessage(flow: number, visit: (view: DataView, at: number) => void): void {
    const slot = this.#slotOf(flow);
    if (slot === 0) return;
    const view = this.#view(slot);
    const base = this.#at(slot);
    const end = base + view.getUint16(base + USED);
    for (let at = base + SLOT_HEADER; at < end; at += MESSAGE_HEADER + view.getUint16(at + LENGTH))
      visit(view, at);
  }

  /** 0 for a flow without messages, and for one beyond all that ever had some. */
  #slotOf(flow: number): number {
    return flow < this.#slots.length ? (this.#slots[flow] ?? 0) : 0;
  }

  #view(slot: number): DataView {
    return this.#pages[slot >>> PAGE_BITS] ?? NO_PAGE;
  }

  #at(slot: number): number {
    return (slot & PAGE_MASK) * SLOT_BYTES;
  }
}

/** By words: most messages have a hundred bytes. */
function copyBytes(from: DataView, fromAt: number, to: DataView, toAt: number, length: number): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) to.setInt32(toAt + i, from.getInt32(fromAt + i));
  for (; i < length; i++) to.setUint8(toAt + i, from.getUint8(fromAt + i));
}

const NO_PAGE = new DataView(new ArrayBuffer(SLOT_BYTES << PAGE_BITS));
