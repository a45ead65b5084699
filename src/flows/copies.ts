import { IpProtocol } from "../wire/ip-protocol.ts";
import type { Packet } from "../wire/packet.ts";
import { LONGEST_TCP_OPTIONS } from "../wire/tcp.ts";
import { CopyTable } from "./copy-table.ts";
import { MirroredPoints } from "./mirrored-points.ts";
import { fragmentHash, isAlike, isSliced, keyHash, otherHash, tupleHash, wholeHash } from "./packet-hash.ts";
import { PointNumbers } from "./point-numbers.ts";
import { Repeats } from "./repeats.ts";
import { sumOfAddress, UdpChecksums } from "./udp-checksums.ts";

/** So many packets of a single point, or one in so many, may be pushed out too early. */
const BY_CHANCE = 4;
const BY_CHANCE_OF = 8192;
/** Capture seconds after which packets are forgotten that no copy follows any more. */
export const FORGET_SECONDS = 600;

const SYN_OR_FIN = 3;

const MILLISECOND = 1000;
const SECOND = 1_000_000;

/** The capture point of a link context, -1 where it is not known. */
type PointOf = (context: number) => number;

/**
 * Tells copies of a packet (mirrored ports, several taps, the stages of a firewall): equal but for link layer, time
 * to live, DSCP and checksums, at one capture point within 1 ms, at different ones within a second. The memory is a
 * table that forgets the oldest, and is as large as that time's traffic asks for, up to 25 MB: a small one stays in the
 * processor's cache. A forgotten packet's copy counts as a packet.
 *
 * Content is compared by two hashes over the addresses' flow, IP identification, lengths, TCP's numbers, and of UDP the
 * first 12 bytes beside an IP identification; without one the first 20 (all of a STUN or RTP header), and the last ones where
 * both captures have them. Where a capture has fewer, the checksum tells.
 */
export class Copies {
  readonly #table: CopyTable = new CopyTable();
  /** Several capture points are expected, or were met. */
  #several: boolean;
  readonly #points: PointNumbers = new PointNumbers();
  readonly #pointOf: PointOf;
  readonly #repeats: Repeats = new Repeats();
  /** Of what was sliced. */
  readonly checksums: UdpChecksums = new UdpChecksums();
  #pushedOut = 0;
  #count = 0;
  readonly #mirrors: MirroredPoints = new MirroredPoints();
  /** Number of the point that saw the packet that `isCopy` was last asked of. */
  #here = 0;
  /** Place of the last packet that `isCopy` remembered, and of that which the last copy found is one of. */
  #last = 0;
  #found = 0;
  #since = 0;
  #mayBeSentAgain = false;

  /** `manyPoints`: several capture points are expected. `pointOf` is asked where they are more than have numbers of their own. */
  constructor(manyPoints: boolean, pointOf: PointOf = () => -1) {
    this.#several = manyPoints;
    this.#pointOf = pointOf;
  }

  /** How many copies were found. */
  get count(): number {
    return this.#count;
  }

  /** Link context of the packet that the last copy found is one of. */
  get original(): number {
    return this.#table.context(this.#found);
  }

  /**
   * True when the last copy found may be a TCP segment sent again: nothing but time tells the two apart without an IP
   * identification, and packets do not often come twice here.
   */
  get mayBeSentAgain(): boolean {
    return this.#mayBeSentAgain;
  }

  /** When the packet was seen that the last copy found is one of: microseconds modulo 2^32, signed. */
  get since(): number {
    return this.#since;
  }

  /** The last copy found was no copy: it counts as a packet, of which others may be copies. */
  takeBack(seconds: number, nanoseconds: number, context: number): void {
    this.#count -= 1;
    this.#mirrors.sawNoCopy(this.#here);
    this.#sentAgain(this.#found, microseconds(seconds, nanoseconds), this.#here, context);
  }

  /** As `takeBack`, of a copy that another point saw the original of: here it is the first. */
  takeElsewhere(seconds: number, nanoseconds: number, context: number): void {
    this.#count -= 1;
    this.#table.renew(this.#found, microseconds(seconds, nanoseconds), this.#here, context);
  }

  /** From now on, copies of that packet are told to be of one in this link context. */
  setOriginal(context: number): void {
    this.#table.setContext(this.#found, context);
  }

  /**
   * Forgets packets of which none from a second on can be a copy, before their times look like later ones, 71 minutes on:
   * `seconds` is within half of that of what was seen.
   */
  forget(seconds: number): void {
    const now = microseconds(seconds, 0);
    this.#table.sift((place) => this.#isNear(place, now));
  }

  /** As `forget`, where time came from anywhere to that second, with the packet that `isCopy` was last asked of. */
  forgetOthers(seconds: number): void {
    const now = microseconds(seconds, 0);
    this.#table.sift((place) => place === this.#last && this.#isNear(place, now));
  }

  /** Forgets packets that this one would be a copy of, were it of their time: it comes from far away from it. */
  forgetAlike(packet: Packet, point: number): void {
    const table = this.#table;
    const tuple = tupleHash(packet);
    const checksum = this.#checksumOf(packet, tuple, point);
    const content = packet.innerFragment ? fragmentHash(packet) : wholeHash(packet, checksum);
    const hash = keyHash(tuple, packet.ipId, packet.ipLength, content);
    const first = table.firstPlace(hash);
    for (let place = first; place <= first + 1; place++) if (table.hash(place) === hash) table.clear(place);
  }

  /** True for a packet that was seen about now. */
  #isNear(place: number, now: number): boolean {
    return Math.abs((now - this.#table.since(place)) | 0) <= 2 * SECOND;
  }

  /** True when this packet of `flow`, seen in a link context, is a copy of one seen before; else it is remembered. */
  isCopy(packet: Packet, point: number, seconds: number, nanoseconds: number, context: number): boolean {
    const tuple = tupleHash(packet);
    const checksum = this.#checksumOf(packet, tuple, point);
    const content = packet.innerFragment ? fragmentHash(packet) : wholeHash(packet, checksum);
    const hash = keyHash(tuple, packet.ipId, packet.ipLength, content);
    const other = otherHash(packet, content);
    const bare = !hasContent(packet) && checksum === 0 && isUnmarked(packet);
    const micros = microseconds(seconds, nanoseconds);
    const number =
      packet.linkPlace === 0 ? this.#numberOf(point, seconds) : this.#ofPlace(packet, point, seconds);
    this.#here = number;
    if (!bare) this.#mirrors.sawPacket(number);
    const table = this.#table;
    const first = table.firstPlace(hash);
    const isFirst = table.hash(first) === hash;
    if (isFirst || table.hash(first + 1) === hash) {
      // One way for both places: which of them it is is no news to the engine then.
      const place = first + (isFirst && isAlike(table.other(first), other) ? 0 : 1);
      if (table.hash(place) === hash && isAlike(table.other(place), other))
        return this.#metAgain(place, micros, number, context, bare, packet, point);
    }
    this.#last = this.#put(hash, other, micros, number, context);
    return false;
  }

  /** Of a sliced packet its UDP checksum, where that tells it from others; else 0. */
  #checksumOf(packet: Packet, tuple: number, point: number): number {
    const { view, payloadStart, payloadEnd, payloadLength } = packet;
    if (packet.protocol !== IpProtocol.udp || packet.innerFragment) return 0;
    if (!isSliced(payloadEnd - payloadStart, payloadLength, packet.ipId)) return 0;
    const addresses =
      sumOfAddress(packet.source0, packet.source1, packet.source2, packet.source3) +
      sumOfAddress(packet.destination0, packet.destination1, packet.destination2, packet.destination3);
    return this.checksums.tell(view, payloadStart, payloadLength, tuple, addresses, point);
  }

  /**
   * Remembers a packet by its `keyHash` and other hash, if it may not be a copy; false, and nothing remembered, where that is
   * for `isCopy` to say. `bare`: without IP identification and payload.
   */
  isFirst(
    hash: number,
    other: number,
    seconds: number,
    nanoseconds: number,
    point: number,
    context: number,
    bare: boolean,
  ): boolean {
    const number = this.#points.see(point, seconds);
    if (number < 0) return false;
    const first = this.#table.firstPlace(hash);
    if (this.#table.hash(first) === hash || this.#table.hash(first + 1) === hash) return false;
    if (!bare) this.#mirrors.sawPacket(number);
    this.#put(hash, other, microseconds(seconds, nanoseconds), number, context);
    return true;
  }

  /** Remembers a packet, and answers with its place. */
  #put(hash: number, other: number, micros: number, point: number, context: number): number {
    const table = this.#table;
    let place = table.placeFor(hash, micros);
    if (
      table.hash(place) !== 0 &&
      ((micros - table.since(place)) | 0) <= (this.#several ? SECOND : MILLISECOND) &&
      this.#isTooSmall()
    ) {
      table.grow(micros);
      place = table.placeFor(hash, micros);
    }
    table.put(place, hash, other);
    table.renew(place, micros, point, context);
    return place;
  }

  /** Called when a packet is pushed out before its time; now and then chance alone does that. */
  #isTooSmall(): boolean {
    if (this.#table.isFull) return false;
    this.#pushedOut += 1;
    // Where each packet has a copy each one pushed out counts twice.
    if (!this.#several && this.#pushedOut <= BY_CHANCE) return false;
    if (this.#pushedOut * BY_CHANCE_OF <= this.#mirrors.packets) return false;
    this.#pushedOut = 0;
    return true;
  }

  #numberOf(point: number, seconds: number): number {
    const known = this.#points.see(point, seconds);
    return known >= 0 ? known : this.#met(this.#points.meet(point, seconds));
  }

  #ofPlace({ linkPlace }: Packet, point: number, seconds: number): number {
    const known = this.#points.seePlace(point, linkPlace, seconds);
    return known >= 0 ? known : this.#met(this.#points.meetPlace(point, linkPlace, seconds));
  }

  #met(number: number): number {
    if (this.#points.several) this.#several = true;
    return number;
  }

  #metAgain(
    place: number,
    micros: number,
    point: number,
    context: number,
    bare: boolean,
    packet: Packet,
    realPoint: number,
  ): boolean {
    const table = this.#table;
    const since = table.since(place);
    const elapsed = Math.abs((micros - since) | 0);
    const isHere =
      ((table.points(place) >>> point) & 1) !== 0 &&
      !(this.#points.areShared && this.#isOfSharer(place, point, realPoint));
    // The first copy's point also copies: a port mirrored twice is within the millisecond, also of what came by it later.
    const isSoon = isHere && elapsed <= MILLISECOND;
    const isSoonHere = isHere && table.seenFor(place, micros, point) <= MILLISECOND;
    if ((isSoon || isSoonHere) && !bare) this.#mirrors.sawCopy(point);
    const isMirrored = this.#mirrors.isMirrored(point);
    const isPlainTcp = packet.protocol === IpProtocol.tcp && packet.ipId <= 0 && !packet.innerFragment;
    // A host that acknowledges twice at once does so over one link; a point that sees two stages of a firewall sees two.
    const isOtherLink = table.context(place) !== context && table.points(place) >>> 0 === (1 << point) >>> 0;
    // A segment that nothing marks may have been sent again: of what came by a point later, a mirrored port tells.
    const isTwice =
      (isSoon && (!bare || isOtherLink)) ||
      (isSoonHere && !bare && !isPlainTcp) ||
      ((isSoon || isSoonHere) && isMirrored);
    const isElsewhere =
      elapsed <= SECOND &&
      !(isTwice && isMirrored) &&
      (this.#several ? this.#repeats.isMatched(table.hash(place), since, point, !isHere) : !isHere);
    if (!isTwice && !isElsewhere) {
      if (elapsed <= SECOND) this.#sentAgain(place, micros, point, context);
      else table.renew(place, micros, point, context);
      return false;
    }
    if (isElsewhere) table.addPoint(place, micros, point);
    this.#count += 1;
    this.#found = place;
    this.#since = since;
    this.#mayBeSentAgain = !isElsewhere && !isMirrored && isPlainTcp && table.context(place) === context;
    return true;
  }

  /** True for a packet that one point alone saw, which has this number, too, and is another one. */
  #isOfSharer(place: number, number: number, point: number): boolean {
    if (this.#table.points(place) >>> 0 !== (1 << number) >>> 0) return false;
    const first = this.#pointOf(this.#table.context(place));
    return first >= 0 && first !== point;
  }

  /** Remembers a packet that was sent again: other points are to see it as often. */
  #sentAgain(place: number, micros: number, point: number, context: number): void {
    const table = this.#table;
    if (this.#several)
      this.#repeats.add(table.hash(place), table.since(place), micros, table.points(place), point);
    table.renew(place, micros, point, context);
  }
}

/**
 * Content, or of TCP the number of content that the snap length cut: no other segment has it, unless it is sent again. Where the
 * length of the header was cut, too, its options count as payload.
 */
function hasContent(packet: Packet): boolean {
  if (packet.payloadEnd > packet.payloadStart) return true;
  const isLong = packet.payloadLength > LONGEST_TCP_OPTIONS;
  return isLong && packet.protocol === IpProtocol.tcp && packet.tcpSequence !== 0;
}

/**
 * Bare acknowledgements without an IP identification do come twice; they are copies only where others are, too. What opens
 * or ends a connection is sent again when a timer runs out, which takes longer than copies do.
 */
function isUnmarked(packet: Packet): boolean {
  if (packet.innerFragment) return packet.fragmentId === 0;
  return packet.ipId <= 0 && (packet.tcpFlags & SYN_OR_FIN) === 0;
}

/** Modulo 2^32, signed. */
export function microseconds(seconds: number, nanoseconds: number): number {
  return (Math.imul(seconds, SECOND) + ((nanoseconds / 1000) | 0)) | 0;
}
