import { mix } from "../hash/murmur.ts";
import { DNS_HEADER_LENGTH, skipName } from "../protocols/dns.ts";
import type { Packet } from "../wire/packet.ts";

/** Sightings remembered: some seconds of a busy resolver. */
const CAPACITY = 1 << 15;
const WORDS = 9;
// What a look along a bucket's chain asks for goes first, for the sake of cache lines.
const NAME = 0;
const OTHER_NAME = 1;
const SECONDS = 2;
const NEXT = 3;
const FLOW = 4;
const NANOSECONDS = 5;
const CONTEXT = 6;
const MARK = 7;
const RESPONSE = 8;

/** A lookup lasts no longer than this; later, the same id and name are another one. Seconds. */
const WINDOW_SECONDS = 10;
/** Sightings looked at for one packet, and kept of one lookup. */
const MOST_STEPS = 32;
const MOST_SIGHTINGS = 16;
/** Lookups kept of one flow, and lookups that sightings are added to. */
const MOST_LOOKUPS = 4;
const MOST_OPEN = 16_384;
/** Names of lookups are told by 32 bits and these further ones. */
const OTHER_NAMES = 2 ** 21;

/** A DNS message of a lookup, seen in a flow. */
export interface LookupSighting {
  readonly flow: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Link context. */
  readonly context: number;
  readonly response: boolean;
  /** Of flags, counts and length: equal for the same message. */
  readonly mark: number;
}

/** One question to one server with one id, seen in several flows. */
export interface Lookup {
  readonly sightings: LookupSighting[];
}

const NONE: readonly Lookup[] = [];

/**
 * Notes which flows carry the same lookup: the same question, byte for byte (letter case included), with one id to one
 * server, within ten seconds. Those are the two sides of source NAT, a client that asks again from another port, or
 * chance: join-lookups.ts decides. Nothing is kept of lookups that one flow alone has; the memory is fixed.
 */
export class LookupSightings {
  readonly #ring: Uint32Array = new Uint32Array(CAPACITY * WORDS);
  /**
   * By the lowest bits of a name: its newest sighting, and how many open lookups have such a name. Most packets are of
   * none.
   */
  readonly #buckets: Uint32Array = new Uint32Array(2 * CAPACITY);
  #count = 0;
  /** Lookups seen in several flows by name, the oldest first, as long as packets may be added. */
  readonly #open: Map<number, { readonly lookup: Lookup; readonly since: number }> = new Map();
  readonly #byFlow: Map<number, Lookup[]> = new Map();
  /** 1 for the flows of `#byFlow`, since most have none and all are asked for. */
  #has: Uint8Array = new Uint8Array(1 << 4); // few, as in FlowIndex

  /** Lookups that other flows have, too. */
  of(flow: number): readonly Lookup[] {
    return flow < this.#has.length && this.#has[flow] === 1 ? (this.#byFlow.get(flow) ?? NONE) : NONE;
  }

  /** The flow's number will name another flow. */
  forget(flow: number): void {
    if (this.#has[flow] !== 1) return;
    this.#has[flow] = 0;
    this.#byFlow.delete(flow);
  }

  /** Takes in a UDP datagram that is DNS. */
  observe(packet: Packet, flow: number, context: number, seconds: number, nanoseconds: number): void {
    const { view, payloadStart: start, payloadEnd: end } = packet;
    const question = start + DNS_HEADER_LENGTH;
    const nameEnd = skipName(view, question, end);
    if (nameEnd < 0 || nameEnd + 4 > end) return;
    const id = view.getUint16(start);
    if (id === 0) return; // multicast, and whoever does not choose one
    const flags = view.getUint16(start + 2);
    const response = (flags & 0x8000) !== 0;
    let one = response
      ? mix(packet.source0 ^ packet.source1 ^ packet.source2, packet.source3)
      : mix(packet.destination0 ^ packet.destination1 ^ packet.destination2, packet.destination3);
    one = mix(one, (id << 16) | (response ? packet.sourcePort : packet.destinationPort));
    let other = mix(0x51ed270b, one);
    let at = question;
    for (; at + 4 <= nameEnd + 4; at += 4) {
      const word = view.getInt32(at);
      one = mix(one, word);
      other = Math.imul(((other << 13) | (other >>> 19)) ^ word, 0x01000193);
    }
    for (; at < nameEnd + 4; at++) {
      const byte = view.getUint8(at);
      one = mix(one, byte);
      other = Math.imul(((other << 13) | (other >>> 19)) ^ byte, 0x01000193);
    }
    one >>>= 0;
    other = (other ^ (other >>> 15)) >>> 0;
    const mark = mix(
      mix(flags, view.getUint16(start + 6)),
      mix((view.getUint16(start + 8) << 16) | view.getUint16(start + 10), packet.payloadLength),
    );
    const place = this.#add(one, other);
    const ring = this.#ring;
    ring[place + FLOW] = flow;
    ring[place + SECONDS] = seconds;
    ring[place + NANOSECONDS] = nanoseconds;
    ring[place + CONTEXT] = context;
    ring[place + MARK] = mark;
    ring[place + RESPONSE] = response ? 1 : 0;
    this.#meet(place, one, other, flow, seconds);
  }

  #add(one: number, other: number): number {
    const bucket = bucketOf(one);
    const id = this.#count + 1;
    const place = (id & (CAPACITY - 1)) * WORDS;
    this.#count = id;
    const ring = this.#ring;
    ring[place + NAME] = one;
    ring[place + OTHER_NAME] = other;
    ring[place + NEXT] = this.#buckets[bucket] ?? 0;
    this.#buckets[bucket] = id;
    return place;
  }

  /** Adds a sighting to its lookup when another flow has it, too. */
  #meet(place: number, one: number, other: number, flow: number, seconds: number): void {
    const bucket = bucketOf(one);
    const name = one * OTHER_NAMES + (other & (OTHER_NAMES - 1));
    const open = this.#buckets[bucket + 1] === 0 ? undefined : this.#open.get(name);
    if (open !== undefined) {
      if (seconds - open.since <= WINDOW_SECONDS) {
        this.#keep(open.lookup, place);
        return;
      }
      this.#close(name);
    }
    const ring = this.#ring;
    let found: number[] | undefined;
    let elsewhere = false;
    let id = ring[place + NEXT] ?? 0;
    for (let steps = 0; steps < MOST_STEPS && id > this.#count - CAPACITY && id > 0; steps++) {
      const at = (id & (CAPACITY - 1)) * WORDS;
      if (Math.abs(seconds - (ring[at + SECONDS] ?? 0)) > WINDOW_SECONDS) break;
      if (ring[at + NAME] === one && ring[at + OTHER_NAME] === other) {
        (found ??= []).push(at);
        if (ring[at + FLOW] !== flow) elsewhere = true;
      }
      id = ring[at + NEXT] ?? 0;
    }
    if (!elsewhere || found === undefined) return;
    this.#dropOld(seconds);
    const lookup: Lookup = { sightings: [] };
    this.#open.set(name, { lookup, since: seconds });
    this.#buckets[bucket + 1] = (this.#buckets[bucket + 1] ?? 0) + 1;
    for (const at of found.toReversed()) this.#keep(lookup, at);
    this.#keep(lookup, place);
  }

  #keep(lookup: Lookup, at: number): void {
    if (lookup.sightings.length >= MOST_SIGHTINGS) return;
    const ring = this.#ring;
    const flow = ring[at + FLOW] ?? 0;
    lookup.sightings.push({
      flow,
      seconds: ring[at + SECONDS] ?? 0,
      nanoseconds: ring[at + NANOSECONDS] ?? 0,
      context: ring[at + CONTEXT] ?? 0,
      response: ring[at + RESPONSE] === 1,
      mark: ring[at + MARK] ?? 0,
    });
    const known = this.#byFlow.get(flow);
    if (known === undefined) {
      this.#byFlow.set(flow, [lookup]);
      if (flow >= this.#has.length) {
        const larger = new Uint8Array(Math.max(flow + 1, this.#has.length * 2));
        larger.set(this.#has);
        this.#has = larger;
      }
      this.#has[flow] = 1;
    } else if (known.length < MOST_LOOKUPS && !known.includes(lookup)) known.push(lookup);
  }

  #dropOld(seconds: number): void {
    for (const [name, { since }] of this.#open) {
      if (seconds - since <= WINDOW_SECONDS && this.#open.size < MOST_OPEN) break;
      this.#close(name);
    }
  }

  #close(name: number): void {
    if (!this.#open.delete(name)) return;
    const bucket = bucketOf(Math.floor(name / OTHER_NAMES));
    this.#buckets[bucket + 1] = (this.#buckets[bucket + 1] ?? 0) - 1;
  }
}

/** Offset of the bucket of a name's first 32 bits. */
function bucketOf(one: number): number {
  return 2 * (one & (CAPACITY - 1));
}
