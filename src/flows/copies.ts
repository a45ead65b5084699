import type { Packet } from "../wire/packet.ts";

/** Packets remembered; with several capture points a second of traffic is wanted, else a millisecond. */
const SLOTS_ONE_POINT = 1 << 14;
const SLOTS_MANY_POINTS = 1 << 19;
const WAYS = 2;
/** Looked at for every packet: hash, and time in microseconds modulo 2^32. */
const KEY_WORDS = 2;
/** Looked at where a hash is met again: other hash, capture points seen (bit per point modulo 32), link context. */
const FACT_WORDS = 3;
const FACTS_OF_KEY = FACT_WORDS / KEY_WORDS;

const MILLISECOND = 1000;
const SECOND = 1_000_000;

/**
 * Tells copies of a packet (mirrored ports, several taps, the stages of a firewall): equal but for link layer, time
 * to live, DSCP and checksums, at one capture point within 1 ms, at different ones within a second. The memory is a
 * fixed table that forgets the oldest; a forgotten packet's copy counts as a packet.
 *
 * Content is compared by two hashes over the addresses' flow, IP identification, lengths, TCP's numbers, and of UDP the
 * first 20 bytes (all of a STUN or RTP header) and, without an IP identification, the last ones.
 */
export class Copies {
  readonly #keys: Uint32Array;
  readonly #facts: Uint32Array;
  readonly #mask: number;
  #count = 0;
  // Packets that something tells apart from an equal one sent later (IP identification, payload), and copies of such.
  #distinct = 0;
  #distinctCopies = 0;
  #found = 0;

  constructor(manyPoints: boolean) {
    const slots = manyPoints ? SLOTS_MANY_POINTS : SLOTS_ONE_POINT;
    this.#keys = new Uint32Array(slots * WAYS * KEY_WORDS);
    this.#facts = new Uint32Array(slots * WAYS * FACT_WORDS);
    this.#mask = slots - 1;
  }

  /** How many copies were found. */
  get count(): number {
    return this.#count;
  }

  /** Link context of the packet that the last copy found is one of. */
  get original(): number {
    return this.#facts[this.#found + 2] ?? 0;
  }

  /** From now on, copies of that packet are told to be of one in this link context. */
  setOriginal(context: number): void {
    this.#facts[this.#found + 2] = context;
  }

  /** True when this packet of `flow`, seen in a link context, is a copy of one seen before; else it is remembered. */
  isCopy(
    packet: Packet,
    flowHash: number,
    direction: number,
    point: number,
    seconds: number,
    nanoseconds: number,
    context: number,
  ): boolean {
    let hash = Math.imul(flowHash ^ (direction === 0 ? 0x51ed270b : 0x2545f491), 0x9e3779b1);
    hash = Math.imul((hash ^ (hash >>> 15)) + packet.ipId + packet.ipLength * 65537, 0x85ebca6b);
    const other = packet.fragment ? fragmentHash(packet) : wholeHash(packet);
    const length = packet.payloadEnd - packet.payloadStart;
    // Bare acknowledgements without an IP identification do come twice; they are copies only where others are, too.
    const bare = length <= 0 && packet.ipId <= 0;
    if (!bare) this.#distinct += 1;
    hash ^= other;
    hash = (hash ^ (hash >>> 16)) >>> 0;
    const micros = (Math.imul(seconds, SECOND) + ((nanoseconds / 1000) | 0)) >>> 0;
    const keys = this.#keys;
    const first = (hash & this.#mask) * WAYS * KEY_WORDS;
    const second = first + KEY_WORDS;
    if (keys[first] === hash && this.#facts[first * FACTS_OF_KEY] === other >>> 0)
      return this.#metAgain(first, micros, point, context, bare);
    if (keys[second] === hash && this.#facts[second * FACTS_OF_KEY] === other >>> 0)
      return this.#metAgain(second, micros, point, context, bare);
    const age = (micros - (keys[first + 1] ?? 0)) | 0;
    const younger =
      keys[first] !== 0 && (keys[second] === 0 || age < ((micros - (keys[second + 1] ?? 0)) | 0));
    const at = younger ? second : first;
    keys[at] = hash;
    this.#facts[at * FACTS_OF_KEY] = other;
    this.#remember(at, micros, point, context);
    return false;
  }

  #metAgain(at: number, micros: number, point: number, context: number, bare: boolean): boolean {
    const facts = at * FACTS_OF_KEY;
    const elapsed = Math.abs((micros - (this.#keys[at + 1] ?? 0)) | 0);
    const bit = 1 << (point & 31);
    const seen = this.#facts[facts + 1] ?? 0;
    // The first copy's point also copies: a port mirrored twice is within the millisecond.
    const window = (seen & bit) === 0 ? SECOND : MILLISECOND;
    if (elapsed > window) {
      this.#remember(at, micros, point, context);
      return false;
    }
    this.#facts[facts + 1] = seen | bit;
    if (bare && window === MILLISECOND && this.#distinctCopies * 8 < this.#distinct) return false;
    if (!bare) this.#distinctCopies += 1;
    this.#count += 1;
    this.#found = facts;
    return true;
  }

  #remember(at: number, micros: number, point: number, context: number): void {
    this.#keys[at + 1] = micros;
    const facts = at * FACTS_OF_KEY;
    this.#facts[facts + 1] = 1 << (point & 31);
    this.#facts[facts + 2] = context;
  }
}

function wholeHash(packet: Packet): number {
  let other = Math.imul(packet.tcpSequence ^ Math.imul(packet.tcpAcknowledgement, 0xc2b2ae35), 0x27d4eb2f);
  other = Math.imul((other ^ (other >>> 13)) + packet.tcpFlags + (packet.tcpWindow << 8), 0x165667b1);
  return contentHash(packet, other);
}

/** Of a fragment by its place in the datagram: the one that completes it at one point comes again at another. */
function fragmentHash(packet: Packet): number {
  const hash = Math.imul(packet.fragmentId ^ Math.imul(packet.fragmentOffset + 1, 0xc2b2ae35), 0x27d4eb2f);
  return Math.imul(hash ^ (hash >>> 15), 0x9e3779b1);
}

/**
 * Of TCP the numbers that were hashed already tell segments apart. Of other content the beginning does, and its end
 * where no IP identification helps: each place looked at costs as much as all the arithmetic.
 */
function contentHash(packet: Packet, seed: number): number {
  if (packet.protocol === 6) return seed;
  const view = packet.view;
  const start = packet.payloadStart;
  const end = packet.payloadEnd;
  let hash = seed;
  if (end - start >= 20) {
    hash = Math.imul(hash ^ view.getInt32(start), 0x9e3779b1);
    hash = Math.imul((hash ^ (hash >>> 15)) + view.getInt32(start + 4), 0x85ebca6b);
    hash = Math.imul((hash ^ (hash >>> 13)) + view.getInt32(start + 8), 0xc2b2ae35);
    hash = Math.imul((hash ^ (hash >>> 15)) + view.getInt32(start + 12), 0x27d4eb2f);
    hash = Math.imul((hash ^ (hash >>> 13)) + view.getInt32(start + 16), 0x165667b1);
    if (packet.ipId <= 0) hash = Math.imul((hash ^ (hash >>> 15)) + view.getInt32(end - 4), 0x9e3779b1);
    return hash ^ (hash >>> 15);
  }
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
  return hash ^ (hash >>> 15);
}
