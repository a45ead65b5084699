import type { AddressWords } from "../address/address.ts";
import { finish, mix } from "../hash/murmur.ts";
import { RUN_SEED } from "../hash/run-seed.ts";
import type { Packet } from "../wire/packet.ts";

/** At most this many distinct link contexts are told apart; the rest share one without Ethernet addresses. */
const MAX_LINK_CONTEXTS = 65_536;

const SLOTS = 1 << 18;
const WORDS = 8;

// Words of a context.
const POINT = 0;
const VLANS = 1;
const SOURCE_HIGH = 2;
const SOURCE_LOW = 3;
const DESTINATION_HIGH = 4;
const DESTINATION_LOW = 5;
const EXTRA = 6; // ERSPAN session, MAC bit, tunnel bit, mirror bit, the kernel's index of the interface
const OUTER = 7; // index into the outer address pairs, plus one

/** An ERSPAN session has ten bits; plus one, 0 for none. */
const SESSION = 0x7ff;
const HAS_MAC = 1 << 11;
const TUNNELLED = 1 << 12;
const MIRRORED = 1 << 13;
const INTERFACE_SHIFT = 14;
/** Higher ones are left away: only hosts that make many short-lived interfaces have them. */
const MAX_INTERFACE = (1 << (32 - INTERFACE_SHIFT)) - 1;

/** Outer addresses of a tunnel, as four words each. */
export interface OuterAddresses {
  readonly source: AddressWords;
  readonly destination: AddressWords;
}

/**
 * Where and how packets were seen on a link: capture point, VLAN tags, Ethernet addresses, mirror session, tunnel.
 * Each distinct combination gets a small number, so that evidence is judged once for it and not for every packet.
 */
export class LinkContexts {
  #words: Uint32Array = new Uint32Array(WORDS * 256);
  readonly #slots: Uint32Array = new Uint32Array(SLOTS);
  readonly #outers: OuterAddresses[] = [];
  readonly #outerIndex: Map<string, number> = new Map();
  #count = 0;
  #last = -1;
  #lastButOne = -1;
  /** True when combinations beyond the bound were seen. */
  overflowed = false;

  get count(): number {
    return this.#count;
  }

  /**
   * Number of the packet's link context, from 0. `point` is the run-wide number of the capture interface, `likely` the context
   * that it probably has, or -1.
   */
  intern(packet: Packet, point: number, likely: number): number {
    const vlans =
      packet.vlanCount === 0
        ? 0
        : ((packet.vlanCount > 1 ? 2 : 1) << 24) |
          (packet.vlanOuter << 12) |
          (packet.vlanCount > 1 ? packet.vlanInner : 0);
    let extra = packet.erspanSession < 0 ? 0 : packet.erspanSession + 1;
    if (packet.hasMac) extra |= HAS_MAC;
    if (packet.linkInterface !== 0 && packet.linkInterface <= MAX_INTERFACE)
      extra = (extra | (packet.linkInterface << INTERFACE_SHIFT)) >>> 0;
    let outer = 0;
    if (packet.tunnel !== 0) {
      extra = (extra | (packet.tunnelMirrors ? MIRRORED : TUNNELLED)) >>> 0;
      if (!packet.tunnelMirrors) outer = this.#internOuter(packet);
    }
    if (this.#isAt(likely, packet, point, vlans, extra, outer)) return likely;
    // Most packets come the way of the last one, or of the last one the other way.
    if (this.#isAt(this.#last, packet, point, vlans, extra, outer)) return this.#last;
    if (this.#isAt(this.#lastButOne, packet, point, vlans, extra, outer)) {
      const found = this.#lastButOne;
      this.#lastButOne = this.#last;
      this.#last = found;
      return found;
    }
    const sourceHigh = packet.hasMac ? packet.sourceMacHigh : 0;
    const sourceLow = packet.hasMac ? packet.sourceMacLow : 0;
    const destinationHigh = packet.hasMac ? packet.destinationMacHigh : 0;
    const destinationLow = packet.hasMac ? packet.destinationMacLow : 0;
    const found = this.#find(
      point,
      vlans,
      sourceHigh,
      sourceLow,
      destinationHigh,
      destinationLow,
      extra,
      outer,
    );
    this.#lastButOne = this.#last;
    this.#last = found;
    return found;
  }

  /** True when a context is that of an Ethernet frame that starts at `start`, outside any tunnel; `vlans` as `vlanWord`. */
  isOfEthernet(context: number, view: DataView, start: number, point: number, vlans: number): boolean {
    const words = this.#words;
    const at = context * WORDS;
    return (
      words[at + SOURCE_LOW] === (view.getInt32(start + 8) & 0xffffff) &&
      words[at + DESTINATION_LOW] === (view.getInt32(start + 2) & 0xffffff) &&
      words[at + VLANS] === vlans &&
      words[at + POINT] === point &&
      words[at + EXTRA] === HAS_MAC &&
      words[at + SOURCE_HIGH] === view.getInt32(start + 6) >>> 8 &&
      words[at + DESTINATION_HIGH] === view.getInt32(start) >>> 8 &&
      words[at + OUTER] === 0
    );
  }

  #isAt(
    context: number,
    packet: Packet,
    point: number,
    vlans: number,
    extra: number,
    outer: number,
  ): boolean {
    if (context < 0) return false;
    const words = this.#words;
    const at = context * WORDS;
    return (
      words[at + SOURCE_LOW] === packet.sourceMacLow &&
      words[at + DESTINATION_LOW] === packet.destinationMacLow &&
      words[at + VLANS] === vlans &&
      words[at + POINT] === point &&
      words[at + EXTRA] === extra &&
      words[at + SOURCE_HIGH] === packet.sourceMacHigh &&
      words[at + DESTINATION_HIGH] === packet.destinationMacHigh &&
      words[at + OUTER] === outer
    );
  }

  #find(
    point: number,
    vlans: number,
    sh: number,
    sl: number,
    dh: number,
    dl: number,
    extra: number,
    outer: number,
  ): number {
    let hash = mix(mix(mix(mix(RUN_SEED, sl), dl), sh), dh);
    hash = finish(
      mix(mix(hash, vlans), ((point << 20) | (point >>> 12)) ^ extra) ^ Math.imul(outer, 0x9e3779b1),
    );
    let slot = hash & (SLOTS - 1);
    const slots = this.#slots;
    for (;;) {
      const entry = slots[slot] ?? 0;
      if (entry === 0) break;
      const at = (entry - 1) * WORDS;
      const words = this.#words;
      if (
        words[at + POINT] === point &&
        words[at + VLANS] === vlans &&
        words[at + SOURCE_LOW] === sl &&
        words[at + SOURCE_HIGH] === sh &&
        words[at + DESTINATION_LOW] === dl &&
        words[at + DESTINATION_HIGH] === dh &&
        words[at + EXTRA] === extra &&
        words[at + OUTER] === outer
      )
        return entry - 1;
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (this.#count >= MAX_LINK_CONTEXTS && (sh | sl | dh | dl) !== 0) {
      // Somebody makes up addresses: keep the capture point and the tags, which are few, and let the addresses go.
      this.overflowed = true;
      return this.#count >= 2 * MAX_LINK_CONTEXTS
        ? 0
        : this.#find(point, vlans, 0, 0, 0, 0, (extra & ~HAS_MAC) >>> 0, 0);
    }
    if (this.#count >= 2 * MAX_LINK_CONTEXTS) return 0;
    if ((this.#count + 1) * WORDS > this.#words.length) {
      const larger = new Uint32Array(this.#words.length * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    const at = this.#count * WORDS;
    this.#words.set([point, vlans, sh, sl, dh, dl, extra, outer], at);
    this.#count += 1;
    slots[slot] = this.#count;
    return this.#count - 1;
  }

  #internOuter(packet: Packet): number {
    return this.#outerNumber({
      source: [packet.outerSource0, packet.outerSource1, packet.outerSource2, packet.outerSource3],
      destination: [
        packet.outerDestination0,
        packet.outerDestination1,
        packet.outerDestination2,
        packet.outerDestination3,
      ],
    });
  }

  #outerNumber(outer: OuterAddresses): number {
    const key = `${outer.source.join(",")},${outer.destination.join(",")}`;
    const known = this.#outerIndex.get(key);
    if (known !== undefined) return known;
    if (this.#outers.length >= MAX_LINK_CONTEXTS) return 0;
    this.#outers.push(outer);
    this.#outerIndex.set(key, this.#outers.length);
    return this.#outers.length;
  }

  /** What tells a context from others, for `adopt`; its capture point and outer addresses are asked for apart. */
  wordsOf(context: number): number[] {
    return [VLANS, SOURCE_HIGH, SOURCE_LOW, DESTINATION_HIGH, DESTINATION_LOW, EXTRA].map((field) =>
      this.#word(context, field),
    );
  }

  /** Number of a context that another reading described by `wordsOf`, at a capture point of this one. */
  adopt(point: number, words: readonly number[], outer: OuterAddresses | undefined): number {
    const [vlans = 0, sh = 0, sl = 0, dh = 0, dl = 0, extra = 0] = words;
    return this.#find(
      point,
      vlans,
      sh,
      sl,
      dh,
      dl,
      extra,
      outer === undefined ? 0 : this.#outerNumber(outer),
    );
  }

  #word(context: number, field: number): number {
    return this.#words[context * WORDS + field] ?? 0;
  }

  /** Run-wide number of the capture interface. */
  point(context: number): number {
    return this.#word(context, POINT);
  }

  /** Number of VLAN tags kept (0 to 2), the outer and the inner id. */
  vlanCount(context: number): number {
    return this.#word(context, VLANS) >>> 24;
  }
  vlanOuter(context: number): number {
    return (this.#word(context, VLANS) >>> 12) & 0xfff;
  }
  vlanInner(context: number): number {
    return this.#word(context, VLANS) & 0xfff;
  }

  /**
   * Tags as text, joined by `separator`; empty without a tag. One with identifier 0 only carries a priority: it names no
   * VLAN (IEEE 802.1Q, section 6.9.3).
   */
  vlanText(context: number, separator: string): string {
    const count = this.vlanCount(context);
    const outer = count === 0 ? 0 : this.vlanOuter(context);
    const inner = count < 2 ? 0 : this.vlanInner(context);
    if (outer === 0) return inner === 0 ? "" : `${inner}`;
    return inner === 0 ? `${outer}` : `${outer}${separator}${inner}`;
  }

  hasMac(context: number): boolean {
    return (this.#word(context, EXTRA) & HAS_MAC) !== 0;
  }
  sourceMac(context: number): readonly [number, number] {
    return [this.#word(context, SOURCE_HIGH), this.#word(context, SOURCE_LOW)];
  }
  destinationMac(context: number): readonly [number, number] {
    return [this.#word(context, DESTINATION_HIGH), this.#word(context, DESTINATION_LOW)];
  }

  /** ERSPAN session id, or -1. */
  erspanSession(context: number): number {
    return (this.#word(context, EXTRA) & SESSION) - 1;
  }

  /** The kernel's index of the interface, where a Linux cooked capture tells it; else 0. */
  interfaceIndex(context: number): number {
    return this.#word(context, EXTRA) >>> INTERFACE_SHIFT;
  }

  outer(context: number): OuterAddresses | undefined {
    return this.#outers[this.#word(context, OUTER) - 1];
  }
}
