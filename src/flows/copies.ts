import { IpProtocol } from "../wire/ip-protocol.ts";
import type { Packet } from "../wire/packet.ts";
import { MirroredPoints } from "./mirrored-points.ts";
import { fragmentHash, keyHash, tupleHash, wholeHash } from "./packet-hash.ts";
import { PlacesInUse } from "./places-in-use.ts";
import { POINTS, PointNumbers } from "./point-numbers.ts";
import { Repeats } from "./repeats.ts";

/** Buckets at first and at most: the table grows while packets are pushed out that a copy could still follow. */
const FIRST_BUCKETS = 1 << 11;
const MOST_BUCKETS = 1 << 19;
const GROWTH = 4;
/** So many packets of a single point, or one in so many, may be pushed out too early. */
const BY_CHANCE = 4;
const BY_CHANCE_OF = 8192;
const WAYS = 2;
/** Capture seconds after which packets are forgotten that no copy follows any more. */
export const FORGET_SECONDS = 600;
/** Looked at for every packet: hash, and time in microseconds modulo 2^32. */
const KEY_WORDS = 2;
/**
 * Looked at where a hash is met again: other hash, capture points seen (a bit each), link context, and the newest of these
 * points (its number in the lower 5 bits) with when it saw the packet first.
 */
const FACT_WORDS = 4;

const SYN_OR_FIN = 3;

const MILLISECOND = 1000;
const SECOND = 1_000_000;

/**
 * Tells copies of a packet (mirrored ports, several taps, the stages of a firewall): equal but for link layer, time
 * to live, DSCP and checksums, at one capture point within 1 ms, at different ones within a second. The memory is a
 * table that forgets the oldest, and is as large as that time's traffic asks for, up to 25 MB: a small one stays in the
 * processor's cache. A forgotten packet's copy counts as a packet.
 *
 * Content is compared by two hashes over the addresses' flow, IP identification, lengths, TCP's numbers, and of UDP the
 * first 20 bytes (all of a STUN or RTP header) and, without an IP identification, the last ones.
 */
export class Copies {
  #keys: Uint32Array = new Uint32Array(FIRST_BUCKETS * WAYS * KEY_WORDS);
  #facts: Uint32Array = new Uint32Array(FIRST_BUCKETS * WAYS * FACT_WORDS);
  #mask: number = FIRST_BUCKETS - 1;
  /** Several capture points are expected, or were met. */
  #several: boolean;
  readonly #points: PointNumbers = new PointNumbers();
  readonly #repeats: Repeats = new Repeats();
  #pushedOut = 0;
  #count = 0;
  readonly #mirrors: MirroredPoints = new MirroredPoints();
  readonly #places: PlacesInUse = new PlacesInUse();
  /** Place of the last packet that `isCopy` remembered. */
  #last = 0;
  #found = 0;
  #since = 0;
  #mayBeSentAgain = false;

  /** `manyPoints`: several capture points are expected. */
  constructor(manyPoints: boolean) {
    this.#several = manyPoints;
  }

  /** How many copies were found. */
  get count(): number {
    return this.#count;
  }

  /** Link context of the packet that the last copy found is one of. */
  get original(): number {
    return this.#facts[this.#found + 2] ?? 0;
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
  takeBack(point: number, seconds: number, nanoseconds: number, context: number): void {
    this.#count -= 1;
    const number = this.#points.see(point, seconds);
    this.#mirrors.sawNoCopy(number);
    this.#sentAgain(this.#found / FACT_WORDS, microseconds(seconds, nanoseconds), number, context);
  }

  /** As `takeBack`, of a copy that another point saw the original of: here it is the first. */
  takeElsewhere(point: number, seconds: number, nanoseconds: number, context: number): void {
    this.#count -= 1;
    const number = this.#points.see(point, seconds);
    this.#remember(this.#found / FACT_WORDS, microseconds(seconds, nanoseconds), number, context);
  }

  /** From now on, copies of that packet are told to be of one in this link context. */
  setOriginal(context: number): void {
    this.#facts[this.#found + 2] = context;
  }

  /**
   * Forgets packets of which none from a second on can be a copy, before their times look like later ones, 71 minutes on:
   * `seconds` is within half of that of what was seen.
   */
  forget(seconds: number): void {
    const now = microseconds(seconds, 0);
    this.#places.sift(this.#keys.length / KEY_WORDS, (at) => this.#isNear(at, now));
  }

  /** As `forget`, where time came from anywhere to that second, with the packet that `isCopy` was last asked of. */
  forgetOthers(seconds: number): void {
    const now = microseconds(seconds, 0);
    this.#places.sift(this.#keys.length / KEY_WORDS, (at) =>
      at === this.#last ? this.#isNear(at, now) : this.#clear(at),
    );
  }

  /** Forgets packets that this one would be a copy of, were it of their time: it comes from far away from it. */
  forgetAlike(packet: Packet): void {
    const keys = this.#keys;
    const other = packet.fragment ? fragmentHash(packet) : wholeHash(packet);
    const hash = keyHash(tupleHash(packet), packet.ipId, packet.ipLength, other);
    const first = (hash & this.#mask) * WAYS;
    for (let at = first; at < first + WAYS; at++)
      if (((keys[at * KEY_WORDS] ?? 0) | 0) === hash) keys[at * KEY_WORDS] = 0;
  }

  /** True for a place whose packet was seen about now; else it is free from now on. */
  #isNear(at: number, now: number): boolean {
    if (this.#keys[at * KEY_WORDS] === 0) return false;
    const since = this.#keys[at * KEY_WORDS + 1] ?? 0;
    return Math.abs((now - since) | 0) <= 2 * SECOND || this.#clear(at);
  }

  #clear(at: number): false {
    this.#keys[at * KEY_WORDS] = 0;
    return false;
  }

  /** True when this packet of `flow`, seen in a link context, is a copy of one seen before; else it is remembered. */
  isCopy(packet: Packet, point: number, seconds: number, nanoseconds: number, context: number): boolean {
    const other = packet.fragment ? fragmentHash(packet) : wholeHash(packet);
    const hash = keyHash(tupleHash(packet), packet.ipId, packet.ipLength, other);
    const length = packet.payloadEnd - packet.payloadStart;
    const bare = length <= 0 && isUnmarked(packet);
    const micros = microseconds(seconds, nanoseconds);
    let number = this.#points.see(point, seconds);
    if (number < 0) number = this.#meetPoint(point, seconds);
    if (!bare) this.#mirrors.sawPacket(number);
    const keys = this.#keys;
    const first = (hash & this.#mask) * WAYS;
    if (
      ((keys[first * KEY_WORDS] ?? 0) | 0) === hash ||
      ((keys[(first + 1) * KEY_WORDS] ?? 0) | 0) === hash
    ) {
      // One way for both places: which of them it is is no news to the engine then.
      const place =
        first + (((keys[first * KEY_WORDS] ?? 0) | 0) === hash && this.#isOther(first, other) ? 0 : 1);
      if (((keys[place * KEY_WORDS] ?? 0) | 0) === hash && this.#isOther(place, other))
        return this.#metAgain(place, micros, number, context, bare, packet);
    }
    this.#last = this.#put(hash, other, micros, number, context);
    return false;
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
    const keys = this.#keys;
    const first = (hash & this.#mask) * WAYS;
    if (((keys[first * KEY_WORDS] ?? 0) | 0) === hash || ((keys[(first + 1) * KEY_WORDS] ?? 0) | 0) === hash)
      return false;
    if (!bare) this.#mirrors.sawPacket(number);
    this.#put(hash, other, microseconds(seconds, nanoseconds), number, context);
    return true;
  }

  #isOther(place: number, other: number): boolean {
    return ((this.#facts[place * FACT_WORDS] ?? 0) | 0) === other;
  }

  /** Remembers a packet, and answers with its place. */
  #put(hash: number, other: number, micros: number, point: number, context: number): number {
    const keys = this.#keys;
    const first = (hash & this.#mask) * WAYS;
    const isFree = keys[first * KEY_WORDS] === 0;
    const isOtherFree = keys[(first + 1) * KEY_WORDS] === 0;
    const age = (micros - (keys[first * KEY_WORDS + 1] ?? 0)) | 0;
    const otherAge = (micros - (keys[(first + 1) * KEY_WORDS + 1] ?? 0)) | 0;
    let at = isFree || (!isOtherFree && age >= otherAge) ? first : first + 1;
    if (
      !isFree &&
      !isOtherFree &&
      Math.max(age, otherAge) <= (this.#several ? SECOND : MILLISECOND) &&
      this.#isTooSmall()
    )
      at = this.#grow(hash, micros);
    this.#places.note(at);
    this.#keys[at * KEY_WORDS] = hash;
    this.#facts[at * FACT_WORDS] = other;
    this.#remember(at, micros, point, context);
    return at;
  }

  /** Called when a packet is pushed out before its time; now and then chance alone does that. */
  #isTooSmall(): boolean {
    if (this.#mask + 1 >= MOST_BUCKETS) return false;
    this.#pushedOut += 1;
    // Where each packet has a copy each one pushed out counts twice.
    if (!this.#several && this.#pushedOut <= BY_CHANCE) return false;
    if (this.#pushedOut * BY_CHANCE_OF <= this.#mirrors.packets) return false;
    this.#pushedOut = 0;
    return true;
  }

  #meetPoint(point: number, seconds: number): number {
    const number = this.#points.meet(point, seconds);
    if (this.#points.several) this.#several = true;
    return number;
  }

  #metAgain(
    at: number,
    micros: number,
    point: number,
    context: number,
    bare: boolean,
    packet: Packet,
  ): boolean {
    const facts = at * FACT_WORDS;
    const hash = this.#keys[at * KEY_WORDS] ?? 0;
    const since = (this.#keys[at * KEY_WORDS + 1] ?? 0) | 0;
    const elapsed = Math.abs((micros - since) | 0);
    const seen = this.#facts[facts + 1] ?? 0;
    const isHere = ((seen >>> point) & 1) !== 0;
    // The first copy's point also copies: a port mirrored twice is within the millisecond, also of what came by it later.
    const isSoon = isHere && elapsed <= MILLISECOND;
    const isSoonHere = isHere && this.#isSoonHere(facts, micros, point);
    if ((isSoon || isSoonHere) && !bare) this.#mirrors.sawCopy(point);
    const isMirrored = this.#mirrors.isMirrored(point);
    const isPlainTcp = packet.protocol === IpProtocol.tcp && packet.ipId <= 0 && !packet.fragment;
    // A segment that nothing marks may have been sent again: of what came by a point later, a mirrored port tells.
    const isTwice =
      (isSoon && !bare) || (isSoonHere && !bare && !isPlainTcp) || ((isSoon || isSoonHere) && isMirrored);
    const isElsewhere =
      elapsed <= SECOND &&
      !(isTwice && isMirrored) &&
      (this.#several ? this.#repeats.isMatched(hash, since, point, !isHere) : !isHere);
    if (!isTwice && !isElsewhere) {
      if (elapsed <= SECOND) this.#sentAgain(at, micros, point, context);
      else this.#remember(at, micros, point, context);
      return false;
    }
    if (isElsewhere) {
      this.#facts[facts + 1] = seen | (1 << point);
      this.#facts[facts + 3] = seenAt(micros, point);
    }
    this.#count += 1;
    this.#found = facts;
    this.#since = since;
    this.#mayBeSentAgain =
      !isElsewhere && !isMirrored && isPlainTcp && (this.#facts[facts + 2] ?? 0) === context;
    return true;
  }

  /** True where the newest point that saw the packet is this one, within a millisecond. */
  #isSoonHere(facts: number, micros: number, point: number): boolean {
    const newest = this.#facts[facts + 3] ?? 0;
    return (newest & (POINTS - 1)) === point && Math.abs((micros - newest) | 0) <= MILLISECOND;
  }

  /** Remembers a packet that was sent again: other points are to see it as often. */
  #sentAgain(at: number, micros: number, point: number, context: number): void {
    if (this.#several) {
      const hash = this.#keys[at * KEY_WORDS] ?? 0;
      const since = (this.#keys[at * KEY_WORDS + 1] ?? 0) | 0;
      this.#repeats.add(hash, since, micros, this.#facts[at * FACT_WORDS + 1] ?? 0, point);
    }
    this.#remember(at, micros, point, context);
  }

  #remember(at: number, micros: number, point: number, context: number): void {
    this.#keys[at * KEY_WORDS + 1] = micros;
    const facts = at * FACT_WORDS;
    this.#facts[facts + 1] = 1 << point;
    this.#facts[facts + 2] = context;
    this.#facts[facts + 3] = seenAt(micros, point);
  }

  /** Makes the table larger; answers with the place for a packet of that hash: a free one, or the older one's. */
  #grow(hash: number, micros: number): number {
    const [keys, facts] = [this.#keys, this.#facts];
    const buckets = Math.min((this.#mask + 1) * GROWTH, MOST_BUCKETS);
    this.#keys = new Uint32Array(buckets * WAYS * KEY_WORDS);
    this.#facts = new Uint32Array(buckets * WAYS * FACT_WORDS);
    this.#mask = buckets - 1;
    this.#places.lose();
    for (let from = 0; from * KEY_WORDS < keys.length; from++) {
      const key = keys[from * KEY_WORDS] ?? 0;
      if (key === 0) continue;
      const to = this.#placeFor(key, micros);
      this.#keys[to * KEY_WORDS] = key;
      this.#keys[to * KEY_WORDS + 1] = keys[from * KEY_WORDS + 1] ?? 0;
      for (let word = 0; word < FACT_WORDS; word++)
        this.#facts[to * FACT_WORDS + word] = facts[from * FACT_WORDS + word] ?? 0;
    }
    return this.#placeFor(hash, micros);
  }

  #placeFor(hash: number, micros: number): number {
    const keys = this.#keys;
    const first = (hash & this.#mask) * WAYS;
    if (keys[first * KEY_WORDS] === 0) return first;
    const age = (micros - (keys[first * KEY_WORDS + 1] ?? 0)) | 0;
    const otherAge = (micros - (keys[(first + 1) * KEY_WORDS + 1] ?? 0)) | 0;
    return keys[(first + 1) * KEY_WORDS] === 0 || age < otherAge ? first + 1 : first;
  }
}

/**
 * Bare acknowledgements without an IP identification do come twice; they are copies only where others are, too. What opens
 * or ends a connection is sent again when a timer runs out, which takes longer than copies do.
 */
function isUnmarked(packet: Packet): boolean {
  if (packet.fragment) return packet.fragmentId === 0;
  return packet.ipId <= 0 && (packet.tcpFlags & SYN_OR_FIN) === 0;
}

/** A time in microseconds, whose lower bits are a point's number. */
function seenAt(micros: number, point: number): number {
  return (micros & -POINTS) | point;
}

/** Modulo 2^32, signed. */
export function microseconds(seconds: number, nanoseconds: number): number {
  return (Math.imul(seconds, SECOND) + ((nanoseconds / 1000) | 0)) | 0;
}
