import type { Packet } from "../wire/packet.ts";

/** Packets remembered; with several capture points a second of traffic is wanted, else a millisecond. */
const SLOTS_ONE_POINT = 1 << 14;
const SLOTS_MANY_POINTS = 1 << 19;
const WAYS = 2;
// Hash, other hash, seconds, nanoseconds, capture points seen (bit per point modulo 32), link context.
const WORDS = 6;

const MILLISECOND = 1_000_000;
const SECOND = 1_000_000_000;

/**
 * Tells copies of a packet (mirrored ports, several taps, the stages of a firewall): equal but for link layer, time
 * to live, DSCP and checksums, at one capture point within 1 ms, at different ones within a second. The memory is a
 * fixed table that forgets the oldest; a forgotten packet's copy counts as a packet.
 *
 * Content is compared by two hashes over the addresses' flow, IP identification, lengths, TCP numbers and the
 * payload's first and last bytes.
 */
export class Copies {
  readonly #table: Uint32Array;
  readonly #mask: number;
  #count = 0;
  // Packets that something tells apart from an equal one sent later (IP identification, payload), and copies of such.
  #distinct = 0;
  #distinctCopies = 0;
  #found = 0;

  constructor(manyPoints: boolean) {
    const slots = manyPoints ? SLOTS_MANY_POINTS : SLOTS_ONE_POINT;
    this.#table = new Uint32Array(slots * WAYS * WORDS);
    this.#mask = slots - 1;
  }

  /** How many copies were found. */
  get count(): number {
    return this.#count;
  }

  /** Link context of the packet that the last copy found is one of. */
  get original(): number {
    return this.#table[this.#found + 5] ?? 0;
  }

  /** From now on, copies of that packet are told to be of one in this link context. */
  setOriginal(context: number): void {
    this.#table[this.#found + 5] = context;
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
    let other = Math.imul(packet.tcpSequence ^ Math.imul(packet.tcpAcknowledgement, 0xc2b2ae35), 0x27d4eb2f);
    other = Math.imul((other ^ (other >>> 13)) + packet.tcpFlags + (packet.tcpWindow << 8), 0x165667b1);
    const view = packet.view;
    const start = packet.payloadStart;
    const length = packet.payloadEnd - start;
    if (length >= 4) {
      let at = start;
      const stop = length > 32 ? start + 32 : packet.payloadEnd;
      while (at + 4 <= stop) {
        other = Math.imul(other ^ view.getUint32(at), 0x9e3779b1);
        other ^= other >>> 15;
        at += 4;
      }
      other = Math.imul(other ^ view.getUint32(packet.payloadEnd - 4), 0x85ebca6b);
      if (length > 96) other = Math.imul(other ^ view.getUint32(start + (length >>> 1)), 0xc2b2ae35);
    } else {
      for (let at = start; at < packet.payloadEnd; at++)
        other = Math.imul(other ^ view.getUint8(at), 0x9e3779b1);
    }
    // Bare acknowledgements without an IP identification do come twice; they are copies only where others are, too.
    const bare = length <= 0 && packet.ipId <= 0;
    if (!bare) this.#distinct += 1;
    hash ^= other;
    hash ^= hash >>> 16;
    hash >>>= 0;
    other >>>= 0;
    const table = this.#table;
    const base = (hash & this.#mask) * WAYS * WORDS;
    let oldest = base;
    for (let way = 0; way < WAYS; way++) {
      const at = base + way * WORDS;
      if (table[at] === hash && table[at + 1] === other) {
        const elapsed = Math.abs(
          (seconds - (table[at + 2] ?? 0)) * SECOND + (nanoseconds - (table[at + 3] ?? 0)),
        );
        const bit = 1 << (point & 31);
        const seen = table[at + 4] ?? 0;
        // The first copy's point also copies: a port mirrored twice is within the millisecond.
        const window = (seen & bit) === 0 ? SECOND : MILLISECOND;
        if (elapsed <= window) {
          table[at + 4] = seen | bit;
          if (bare && window === MILLISECOND && this.#distinctCopies * 8 < this.#distinct) return false;
          if (!bare) this.#distinctCopies += 1;
          this.#count += 1;
          this.#found = at;
          return true;
        }
        table[at + 2] = seconds;
        table[at + 3] = nanoseconds;
        table[at + 4] = bit;
        table[at + 5] = context;
        return false;
      }
      if (
        (table[at + 2] ?? 0) < (table[oldest + 2] ?? 0) ||
        ((table[at + 2] ?? 0) === (table[oldest + 2] ?? 0) && (table[at + 3] ?? 0) < (table[oldest + 3] ?? 0))
      )
        oldest = at;
    }
    table[oldest] = hash;
    table[oldest + 1] = other;
    table[oldest + 2] = seconds;
    table[oldest + 3] = nanoseconds;
    table[oldest + 4] = 1 << (point & 31);
    table[oldest + 5] = context;
    return false;
  }
}
