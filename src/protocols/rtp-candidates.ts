import type { Arrival } from "./arrival.ts";
import { NEAR_STEP } from "./rtp-advance.ts";

/** SSRCs waiting for a third packet, and where those that had to go come back: then many take turns. */
const FEW = 8;
const MANY = 64;
/** SSRCs that had to go and are remembered. */
const REMEMBERED = 128;
/** Of many, one stays while it is no older than so many packets: who takes turns with hundreds comes back by then. */
const FRESH = 256;
/** Packets after which an SSRC is taken for a stream to be watched (it is not accepted yet). */
const PROMOTE_AT = 3;

/** One packet of a candidate, kept until there are three. */
export interface Held {
  /** Marker and payload type. */
  kind: number;
  sequence: number;
  timestamp: number;
  size: number;
  timeMs: number;
  packetNumber: number;
  dscp: number;
  wrapped: boolean;
}

class Candidate {
  ssrc = 0;
  /** When it was last used, counted in packets. */
  touched = 0;
  held: Held[] = [];
}

/**
 * SSRCs of one direction of a flow that have not shown three packets yet. Whoever waits longest makes room: data that only
 * looks like RTP has another SSRC in each packet. In a conference twenty take turns, and each would have to go before it
 * comes again: for those who come back there is more room.
 */
export class RtpCandidates {
  readonly #candidates: Candidate[] = [];
  #most = FEW;
  #clock = 0;
  #gone: Uint32Array | undefined;
  #goneCount = 0;

  /** Takes a packet of an SSRC that is no stream; answers with its packets so far when it has become one. */
  hold(
    view: DataView,
    start: number,
    ssrc: number,
    size: number,
    arrival: Arrival,
  ): readonly Held[] | undefined {
    const candidate = this.#candidate(ssrc);
    if (candidate === undefined) return undefined;
    const { held } = candidate;
    const word = view.getUint32(start);
    const { timeMs, packetNumber, dscp } = arrival;
    const sequence = word & 0xffff;
    const before = held.at(-1);
    if (before !== undefined) {
      const ahead = (sequence - before.sequence) & 0xffff;
      // A jump: keep the newer packet, and begin again. Copies by a mirror port stay.
      if (ahead >= NEAR_STEP && 0x10000 - ahead >= NEAR_STEP) held.length = 0;
    }
    held.push({
      kind: (word >>> 16) & 0xff,
      sequence,
      timestamp: view.getUint32(start + 4),
      size,
      timeMs,
      packetNumber,
      dscp,
      wrapped: arrival.depth > 0,
    });
    if (distinct(held) < PROMOTE_AT && held.length < 2 * PROMOTE_AT) return undefined;
    candidate.held = [];
    return held;
  }

  #candidate(ssrc: number): Candidate | undefined {
    const candidates = this.#candidates;
    this.#clock++;
    let oldest: Candidate | undefined;
    for (const candidate of candidates) {
      if (candidate.ssrc === ssrc && candidate.held.length > 0) {
        candidate.touched = this.#clock;
        return candidate;
      }
      // An empty one is as good as new.
      if (candidate.held.length === 0) candidate.touched = 0;
      if (oldest === undefined || candidate.touched < oldest.touched) oldest = candidate;
    }
    if (oldest === undefined || (oldest.held.length > 0 && this.#mayAdd(ssrc))) {
      oldest = new Candidate();
      candidates.push(oldest);
    } else if (oldest.held.length > 0) {
      if (candidates.length === MANY && this.#clock - oldest.touched < FRESH) return undefined;
      this.#remember(oldest.ssrc);
    }
    oldest.ssrc = ssrc;
    oldest.held.length = 0;
    oldest.touched = this.#clock;
    return oldest;
  }

  /** True where there is room for one more: an SSRC that had to go and is back gets it. */
  #mayAdd(ssrc: number): boolean {
    const { length } = this.#candidates;
    if (length >= this.#most && length < MANY && this.#gone?.includes(ssrc) === true) this.#most = length + 1;
    return length < this.#most;
  }

  #remember(ssrc: number): void {
    this.#gone ??= new Uint32Array(REMEMBERED);
    this.#gone[this.#goneCount++ % REMEMBERED] = ssrc;
  }
}

/** How many different sequence numbers there are. */
function distinct(held: readonly Held[]): number {
  let count = 0;
  for (let i = 0; i < held.length; i++) {
    let before = 0;
    while (before < i && held[before]?.sequence !== held[i]?.sequence) before++;
    if (before === i) count++;
  }
  return count;
}
