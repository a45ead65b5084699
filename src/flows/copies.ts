import { mix } from "../hash/murmur.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import type { Packet } from "../wire/packet.ts";

/** Buckets at first and at most: the table grows while packets are pushed out that a copy could still follow. */
const FIRST_BUCKETS = 1 << 11;
const MOST_BUCKETS = 1 << 19;
const GROWTH = 4;
/** So many packets, or one in so many, may be pushed out too early. */
const BY_CHANCE = 4;
const BY_CHANCE_OF = 8192;
const WAYS = 2;
/** Looked at for every packet: hash, and time in microseconds modulo 2^32. */
const KEY_WORDS = 2;
/** Looked at where a hash is met again: other hash, capture points seen (bit per point modulo 32), link context. */
const FACT_WORDS = 3;

const SYN_OR_FIN = 3;

const MILLISECOND = 1000;
const SECOND = 1_000_000;

/**
 * Tells copies of a packet (mirrored ports, several taps, the stages of a firewall): equal but for link layer, time
 * to live, DSCP and checksums, at one capture point within 1 ms, at different ones within a second. The memory is a
 * table that forgets the oldest, and is as large as that time's traffic asks for, up to 21 MB: a small one stays in the
 * processor's cache. A forgotten packet's copy counts as a packet.
 *
 * Content is compared by two hashes over the addresses' flow, IP identification, lengths, TCP's numbers, and of UDP the
 * first 20 bytes (all of a STUN or RTP header) and, without an IP identification, the last ones.
 */
export class Copies {
  #keys: Uint32Array = new Uint32Array(FIRST_BUCKETS * WAYS * KEY_WORDS);
  #facts: Uint32Array = new Uint32Array(FIRST_BUCKETS * WAYS * FACT_WORDS);
  #mask: number = FIRST_BUCKETS - 1;
  /** Longest time between a packet and its copy, microseconds: a second as soon as there are several capture points. */
  #longest: number;
  #points = 0;
  #pushedOut = 0;
  #count = 0;
  // Packets that something tells apart from an equal one sent later (IP identification, payload), and copies of such that
  // came by the same capture point: that several points see a packet says nothing of whether each sees it twice.
  #distinct = 0;
  #distinctCopies = 0;
  #found = 0;
  #since = 0;
  #mayBeSentAgain = false;

  /** `manyPoints`: several capture points are expected. */
  constructor(manyPoints: boolean) {
    this.#longest = manyPoints ? SECOND : MILLISECOND;
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
    this.#remember(this.#found / FACT_WORDS, microseconds(seconds, nanoseconds), 1 << (point & 31), context);
  }

  /** From now on, copies of that packet are told to be of one in this link context. */
  setOriginal(context: number): void {
    this.#facts[this.#found + 2] = context;
  }

  /** True when this packet of `flow`, seen in a link context, is a copy of one seen before; else it is remembered. */
  isCopy(packet: Packet, point: number, seconds: number, nanoseconds: number, context: number): boolean {
    const other = packet.fragment ? fragmentHash(packet) : wholeHash(packet);
    const hash = keyHash(tupleHash(packet), packet.ipId, packet.ipLength, other);
    const length = packet.payloadEnd - packet.payloadStart;
    const bare = length <= 0 && isUnmarked(packet);
    if (!bare) this.#distinct += 1;
    const micros = microseconds(seconds, nanoseconds);
    const bit = 1 << (point & 31);
    if ((this.#points & bit) === 0) this.#meetPoint(bit);
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
        return this.#metAgain(place, micros, bit, context, bare, packet);
    }
    this.#put(hash, other, micros, bit, context);
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
    const bit = 1 << (point & 31);
    if ((this.#points & bit) === 0) return false;
    const keys = this.#keys;
    const first = (hash & this.#mask) * WAYS;
    if (((keys[first * KEY_WORDS] ?? 0) | 0) === hash || ((keys[(first + 1) * KEY_WORDS] ?? 0) | 0) === hash)
      return false;
    if (!bare) this.#distinct += 1;
    this.#put(hash, other, microseconds(seconds, nanoseconds), bit, context);
    return true;
  }

  #isOther(place: number, other: number): boolean {
    return ((this.#facts[place * FACT_WORDS] ?? 0) | 0) === other;
  }

  #put(hash: number, other: number, micros: number, bit: number, context: number): void {
    const keys = this.#keys;
    const first = (hash & this.#mask) * WAYS;
    const isFree = keys[first * KEY_WORDS] === 0;
    const isOtherFree = keys[(first + 1) * KEY_WORDS] === 0;
    const age = (micros - (keys[first * KEY_WORDS + 1] ?? 0)) | 0;
    const otherAge = (micros - (keys[(first + 1) * KEY_WORDS + 1] ?? 0)) | 0;
    let at = isFree || (!isOtherFree && age >= otherAge) ? first : first + 1;
    if (!isFree && !isOtherFree && Math.max(age, otherAge) <= this.#longest && this.#isTooSmall())
      at = this.#grow(hash, micros);
    this.#keys[at * KEY_WORDS] = hash;
    this.#facts[at * FACT_WORDS] = other;
    this.#remember(at, micros, bit, context);
  }

  /** Called when a packet is pushed out before its time; now and then chance alone does that. */
  #isTooSmall(): boolean {
    this.#pushedOut += 1;
    const often = this.#pushedOut > BY_CHANCE && this.#pushedOut * BY_CHANCE_OF > this.#distinct;
    if (!often || this.#mask + 1 >= MOST_BUCKETS) return false;
    this.#pushedOut = 0;
    return true;
  }

  #meetPoint(bit: number): void {
    this.#points |= bit;
    if ((this.#points & (this.#points - 1)) !== 0) this.#longest = SECOND;
  }

  #metAgain(
    at: number,
    micros: number,
    bit: number,
    context: number,
    bare: boolean,
    packet: Packet,
  ): boolean {
    const facts = at * FACT_WORDS;
    const since = (this.#keys[at * KEY_WORDS + 1] ?? 0) | 0;
    const elapsed = Math.abs((micros - since) | 0);
    const seen = this.#facts[facts + 1] ?? 0;
    // The first copy's point also copies: a port mirrored twice is within the millisecond.
    const window = (seen & bit) === 0 ? SECOND : MILLISECOND;
    const isSentTwice = bare && window === MILLISECOND && this.#distinctCopies * 8 < this.#distinct;
    if (elapsed > window || isSentTwice) {
      this.#remember(at, micros, bit, context);
      return false;
    }
    this.#facts[facts + 1] = seen | bit;
    if (!bare && window === MILLISECOND) this.#distinctCopies += 1;
    this.#count += 1;
    this.#found = facts;
    this.#since = since;
    this.#mayBeSentAgain =
      window === MILLISECOND &&
      packet.protocol === IpProtocol.tcp &&
      packet.ipId <= 0 &&
      !packet.fragment &&
      (this.#facts[facts + 2] ?? 0) === context &&
      this.#distinctCopies * 8 < this.#distinct;
    return true;
  }

  #remember(at: number, micros: number, bit: number, context: number): void {
    this.#keys[at * KEY_WORDS + 1] = micros;
    const facts = at * FACT_WORDS;
    this.#facts[facts + 1] = bit;
    this.#facts[facts + 2] = context;
  }

  /** Makes the table larger; answers with the place for a packet of that hash: a free one, or the older one's. */
  #grow(hash: number, micros: number): number {
    const [keys, facts] = [this.#keys, this.#facts];
    const buckets = Math.min((this.#mask + 1) * GROWTH, MOST_BUCKETS);
    this.#keys = new Uint32Array(buckets * WAYS * KEY_WORDS);
    this.#facts = new Uint32Array(buckets * WAYS * FACT_WORDS);
    this.#mask = buckets - 1;
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

/** Modulo 2^32, signed. */
export function microseconds(seconds: number, nanoseconds: number): number {
  return (Math.imul(seconds, SECOND) + ((nanoseconds / 1000) | 0)) | 0;
}

/** Not the flow table's hash, which differs from run to run: what chance pushes out of this table must not. */
function tupleHash(packet: Packet): number {
  const ports = (packet.sourcePort << 16) | packet.destinationPort;
  let hash = endsHash(packet.source3, packet.destination3, ports, packet.protocol);
  if (packet.ipVersion !== 6) return hash;
  hash = mix(mix(mix(hash, packet.source0), packet.source1), packet.source2);
  return mix(mix(mix(hash, packet.destination0), packet.destination1), packet.destination2);
}

/** Of the addresses' last words, the ports (the source's in the upper half) and the protocol. */
export function endsHash(source: number, destination: number, ports: number, protocol: number): number {
  let hash = Math.imul(source ^ protocol, 0x9e3779b1);
  hash = Math.imul((hash ^ (hash >>> 15)) + destination, 0x27d4eb2f);
  return Math.imul((hash ^ (hash >>> 13)) + ports, 0xc2b2ae35);
}

/** What a packet is found by. */
export function keyHash(tuple: number, ipId: number, ipLength: number, other: number): number {
  const hash = Math.imul((tuple ^ (tuple >>> 15)) + ipId + ipLength * 65537, 0x85ebca6b) ^ other;
  return hash ^ (hash >>> 16);
}

function wholeHash(packet: Packet): number {
  const { tcpSequence, tcpAcknowledgement, tcpFlags, tcpWindow, view, payloadStart, payloadEnd } = packet;
  const numbers = tcpHash(tcpSequence, tcpAcknowledgement, tcpFlags, tcpWindow);
  // Of TCP the numbers tell segments apart.
  return packet.protocol === 6 ? numbers : contentHash(view, payloadStart, payloadEnd, packet.ipId, numbers);
}

/** Of a TCP header; of zeros where there is none. */
export function tcpHash(sequence: number, acknowledgement: number, flags: number, window: number): number {
  const other = Math.imul(sequence ^ Math.imul(acknowledgement, 0xc2b2ae35), 0x27d4eb2f);
  return Math.imul((other ^ (other >>> 13)) + flags + (window << 8), 0x165667b1);
}

/** Of a fragment by its place in the datagram: the one that completes it at one point comes again at another. */
function fragmentHash(packet: Packet): number {
  const hash = Math.imul(packet.fragmentId ^ Math.imul(packet.fragmentOffset + 1, 0xc2b2ae35), 0x27d4eb2f);
  return Math.imul(hash ^ (hash >>> 15), 0x9e3779b1);
}

/**
 * Of content that is not TCP's: its beginning, and its end where no IP identification helps. Each place looked at costs as
 * much as all the arithmetic.
 */
export function contentHash(view: DataView, start: number, end: number, ipId: number, seed: number): number {
  let hash = seed;
  if (end - start >= 20) {
    hash = Math.imul(hash ^ view.getInt32(start), 0x9e3779b1);
    hash = Math.imul((hash ^ (hash >>> 15)) + view.getInt32(start + 4), 0x85ebca6b);
    hash = Math.imul((hash ^ (hash >>> 13)) + view.getInt32(start + 8), 0xc2b2ae35);
    hash = Math.imul((hash ^ (hash >>> 15)) + view.getInt32(start + 12), 0x27d4eb2f);
    hash = Math.imul((hash ^ (hash >>> 13)) + view.getInt32(start + 16), 0x165667b1);
    if (ipId <= 0) hash = Math.imul((hash ^ (hash >>> 15)) + view.getInt32(end - 4), 0x9e3779b1);
    return hash ^ (hash >>> 15);
  }
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
  return hash ^ (hash >>> 15);
}
