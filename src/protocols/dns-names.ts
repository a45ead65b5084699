import type { Packet } from "../wire/packet.ts";
import { DNS_HEADER_LENGTH, sameName, skipName } from "./dns.ts";
import { hostNameOf } from "./host-name.ts";

/** Most mappings that are remembered; the oldest are forgotten first. A power of two. */
export const MOST_DNS_MAPPINGS: number = 1 << 17;

/** Bytes of names that are remembered. A power of two. */
const NAME_BYTES = 1 << 22;

/** A mapping holds at least so long after its answer, and at most so long, in seconds. */
const SHORTEST_LIFE = 60;
const LONGEST_LIFE = 7 * 86400;

/** Most records of one answer that are read, and most mappings of one address that a lookup goes through. */
const MOST_RECORDS = 64;
const MOST_STEPS = 64;

const TYPE_A = 1;
const TYPE_CNAME = 5;
const TYPE_AAAA = 28;
const CLASS_IN = 1;
const MAPPED_PREFIX = 0xffff;

/** 32-bit words of one mapping. */
const Field = {
  client: 0,
  server: 4,
  firstSecond: 8,
  expiry: 9,
  namePosition: 10,
  nameLength: 11,
  nextOfPair: 12,
  nextOfServer: 13,
  words: 16,
} as const;

/**
 * Names that clients looked up, by the addresses they were told: for a server that shows no name of its own.
 * A mapping holds from its answer to its TTL, at least a minute. Bounded rings; memory grows with use to about 13 MB.
 */
export class DnsNames {
  #capacity = 1024;
  #entries: Uint32Array = new Uint32Array(this.#capacity * Field.words);
  #pairBuckets: Uint32Array = new Uint32Array(this.#capacity);
  #serverBuckets: Uint32Array = new Uint32Array(this.#capacity);
  /** Mappings ever written; mapping n (from 1) lies at n modulo capacity. */
  #count = 0;
  #names: Uint8Array = new Uint8Array(1 << 16);
  /** Bytes of names ever written. */
  #nameCount = 0;

  /** Learns from a DNS answer over UDP (source port 53; the destination is the client). Ignores everything else. */
  observe(packet: Packet, seconds: number): void {
    if (packet.sourcePort === 53)
      this.learn(packet.view, packet.payloadStart, packet.payloadEnd, packet, seconds);
  }

  /** Learns from the DNS answer at [start, end), sent to the destination of `packet`. Ignores what is no answer. */
  learn(view: DataView, start: number, end: number, packet: Packet, seconds: number): void {
    if (end - start < DNS_HEADER_LENGTH + 5) return;
    // QR set, opcode QUERY, RCODE NOERROR; one question; answers.
    const flags = view.getUint16(start + 2);
    if ((flags & 0xf80f) !== 0x8000 || view.getUint16(start + 4) !== 1) return;
    const answers = Math.min(view.getUint16(start + 6), MOST_RECORDS);
    if (answers === 0) return;
    const question = start + DNS_HEADER_LENGTH;
    const questionEnd = skipName(view, question, end);
    // A compressed first name could only point into the header.
    if (questionEnd < 0 || questionEnd + 4 > end || view.getUint8(questionEnd - 1) !== 0) return;
    let at = questionEnd + 4;
    let owner = question;
    let namePosition = -1;
    for (let i = 0; i < answers && at < end; i++) {
      const tail = skipName(view, at, end);
      if (tail < 0 || tail + 10 > end) return;
      const length = view.getUint16(tail + 8);
      const body = tail + 10;
      const next = body + length;
      if (next > end) return;
      const type = view.getUint16(tail);
      if (view.getUint16(tail + 2) === CLASS_IN && sameName(view, start, at, owner, end)) {
        if (type === TYPE_CNAME) owner = body;
        else if ((type === TYPE_A && length === 4) || (type === TYPE_AAAA && length === 16)) {
          const entry = this.#entryFor(
            view,
            body,
            length,
            view.getUint32(tail + 4),
            packet,
            seconds,
            question,
            questionEnd - 1,
          );
          if (entry >= 0) {
            // All addresses of one answer share one copy of the name.
            if (namePosition < 0) namePosition = this.#keepName(view, question, questionEnd - 1);
            this.#entries[entry + Field.namePosition] = namePosition;
          }
        }
      }
      at = next;
    }
  }

  /**
   * The name for a server at a time, both addresses as four words: of the names that this client was told the address
   * for, whose mapping held then, the one it queried last; else the name that other clients were told, if there is
   * only one such name. Undefined when there is none, or it holds what no host name can.
   */
  lookup(
    client0: number,
    client1: number,
    client2: number,
    client3: number,
    server0: number,
    server1: number,
    server2: number,
    server3: number,
    seconds: number,
  ): string | undefined {
    const pair = hash8(client0, client1, client2, client3, server0, server1, server2, server3);
    let id = this.#pairBuckets[pair & (this.#capacity - 1)] ?? 0;
    for (let steps = 0; this.#alive(id) && steps < MOST_STEPS; steps++) {
      const entry = this.#at(id);
      if (
        this.#matches(entry + Field.client, client0, client1, client2, client3) &&
        this.#matches(entry + Field.server, server0, server1, server2, server3) &&
        this.#holds(entry, seconds)
      )
        return this.#text(entry);
      id = this.#entries[entry + Field.nextOfPair] ?? 0;
    }
    return this.#lookupAnyClient(server0, server1, server2, server3, seconds);
  }

  #lookupAnyClient(w0: number, w1: number, w2: number, w3: number, seconds: number): string | undefined {
    let only: string | undefined;
    let id = this.#serverBuckets[hash8(0, 0, 0, 0, w0, w1, w2, w3) & (this.#capacity - 1)] ?? 0;
    for (let steps = 0; this.#alive(id) && steps < MOST_STEPS; steps++) {
      const entry = this.#at(id);
      if (this.#matches(entry + Field.server, w0, w1, w2, w3) && this.#holds(entry, seconds)) {
        const name = this.#text(entry);
        if (only !== undefined && name !== only) return undefined;
        only = name;
      }
      id = this.#entries[entry + Field.nextOfServer] ?? 0;
    }
    return only;
  }

  /** Prolongs a mapping (-1), or makes one that still wants its name's position: its offset. */
  #entryFor(
    view: DataView,
    body: number,
    length: number,
    timeToLive: number,
    packet: Packet,
    seconds: number,
    nameStart: number,
    nameEnd: number,
  ): number {
    const v4 = length === 4;
    const server0 = v4 ? 0 : view.getUint32(body);
    const server1 = v4 ? 0 : view.getUint32(body + 4);
    const server2 = v4 ? MAPPED_PREFIX : view.getUint32(body + 8);
    const server3 = view.getUint32(v4 ? body : body + 12);
    const { destination0, destination1, destination2, destination3 } = packet;
    // A TTL with the top bit set is zero (RFC 2181, section 8).
    const life = timeToLive >= 0x80000000 ? 0 : timeToLive;
    const expiry = Math.min(seconds + Math.min(Math.max(life, SHORTEST_LIFE), LONGEST_LIFE), 0xffffffff);
    const pair = hash8(
      destination0,
      destination1,
      destination2,
      destination3,
      server0,
      server1,
      server2,
      server3,
    );
    const newest = this.#newestOfPair(pair, packet, server0, server1, server2, server3);
    if (newest >= 0 && this.#isProlonged(newest, seconds, view, nameStart, nameEnd)) {
      if (expiry > (this.#entries[newest + Field.expiry] ?? 0)) this.#entries[newest + Field.expiry] = expiry;
      return -1;
    }
    if (this.#count >= this.#capacity && this.#capacity < MOST_DNS_MAPPINGS) this.#grow();
    const id = ++this.#count;
    const entry = this.#at(id);
    const entries = this.#entries;
    entries[entry] = destination0;
    entries[entry + 1] = destination1;
    entries[entry + 2] = destination2;
    entries[entry + 3] = destination3;
    entries[entry + 4] = server0;
    entries[entry + 5] = server1;
    entries[entry + 6] = server2;
    entries[entry + 7] = server3;
    entries[entry + Field.firstSecond] = seconds;
    entries[entry + Field.expiry] = expiry;
    entries[entry + Field.nameLength] = nameEnd - nameStart;
    this.#link(id);
    return entry;
  }

  /** The newest mapping of a client and a server, or -1. */
  #newestOfPair(pair: number, packet: Packet, w0: number, w1: number, w2: number, w3: number): number {
    let id = this.#pairBuckets[pair & (this.#capacity - 1)] ?? 0;
    for (let steps = 0; this.#alive(id) && steps < MOST_STEPS; steps++) {
      const entry = this.#at(id);
      if (
        this.#matches(
          entry + Field.client,
          packet.destination0,
          packet.destination1,
          packet.destination2,
          packet.destination3,
        ) &&
        this.#matches(entry + Field.server, w0, w1, w2, w3)
      )
        return entry;
      id = this.#entries[entry + Field.nextOfPair] ?? 0;
    }
    return -1;
  }

  /** True when an answer only prolongs this mapping: the same name, and no time between in which it did not hold. */
  #isProlonged(entry: number, seconds: number, view: DataView, nameStart: number, nameEnd: number): boolean {
    const entries = this.#entries;
    if (entries[entry + Field.nameLength] !== nameEnd - nameStart) return false;
    if (seconds < (entries[entry + Field.firstSecond] ?? 0) || seconds > (entries[entry + Field.expiry] ?? 0))
      return false;
    const position = entries[entry + Field.namePosition] ?? 0;
    if (!this.#nameAlive(position)) return false;
    const mask = this.#names.length - 1;
    for (let at = nameStart; at < nameEnd; at++)
      if (this.#names[(position + at - nameStart) & mask] !== lower(view.getUint8(at))) return false;
    return true;
  }

  /** Writes a name in wire form, lower case, without the last zero byte; returns its position. */
  #keepName(view: DataView, from: number, to: number): number {
    if (this.#nameCount + (to - from) > this.#names.length && this.#names.length < NAME_BYTES) {
      const grown = new Uint8Array(this.#names.length * 2);
      grown.set(this.#names);
      this.#names = grown;
    }
    const position = this.#nameCount;
    const mask = this.#names.length - 1;
    for (let at = from; at < to; at++) {
      this.#names[(position + at - from) & mask] = lower(view.getUint8(at));
    }
    this.#nameCount = (position + (to - from)) >>> 0;
    return position;
  }

  /** True while a name has not been overwritten. Positions count on past 2^32 from 0. */
  #nameAlive(position: number): boolean {
    return (this.#nameCount - position) >>> 0 <= this.#names.length;
  }

  #text(entry: number): string | undefined {
    const position = this.#entries[entry + Field.namePosition] ?? 0;
    const length = this.#entries[entry + Field.nameLength] ?? 0;
    if (!this.#nameAlive(position)) return undefined;
    const mask = this.#names.length - 1;
    let text = "";
    for (let i = 0; i < length;) {
      const size = this.#names[(position + i) & mask] ?? 0;
      if (text.length > 0) text += ".";
      for (let k = 1; k <= size; k++)
        text += String.fromCharCode(this.#names[(position + i + k) & mask] ?? 0);
      i += 1 + size;
    }
    return hostNameOf(text);
  }

  #alive(id: number): boolean {
    return id > 0 && id > this.#count - this.#capacity;
  }

  #at(id: number): number {
    return (id & (this.#capacity - 1)) * Field.words;
  }

  #matches(offset: number, w0: number, w1: number, w2: number, w3: number): boolean {
    const entries = this.#entries;
    return (
      entries[offset + 3] === w3 &&
      entries[offset + 2] === w2 &&
      entries[offset + 1] === w1 &&
      entries[offset] === w0
    );
  }

  #holds(entry: number, seconds: number): boolean {
    return (
      seconds >= (this.#entries[entry + Field.firstSecond] ?? 0) &&
      seconds <= (this.#entries[entry + Field.expiry] ?? 0)
    );
  }

  /** Puts a mapping in front of its two chains. */
  #link(id: number): void {
    const entries = this.#entries;
    const entry = this.#at(id);
    const mask = this.#capacity - 1;
    const server0 = entries[entry + 4] ?? 0;
    const server1 = entries[entry + 5] ?? 0;
    const server2 = entries[entry + 6] ?? 0;
    const server3 = entries[entry + 7] ?? 0;
    const pair =
      mask &
      hash8(
        entries[entry] ?? 0,
        entries[entry + 1] ?? 0,
        entries[entry + 2] ?? 0,
        entries[entry + 3] ?? 0,
        server0,
        server1,
        server2,
        server3,
      );
    const server = mask & hash8(0, 0, 0, 0, server0, server1, server2, server3);
    entries[entry + Field.nextOfPair] = this.#pairBuckets[pair] ?? 0;
    entries[entry + Field.nextOfServer] = this.#serverBuckets[server] ?? 0;
    this.#pairBuckets[pair] = id;
    this.#serverBuckets[server] = id;
  }

  /** Doubles the room; only called while nothing was overwritten yet. */
  #grow(): void {
    const old = this.#entries;
    const oldMask = this.#capacity - 1;
    this.#capacity *= 2;
    this.#entries = new Uint32Array(this.#capacity * Field.words);
    this.#pairBuckets = new Uint32Array(this.#capacity);
    this.#serverBuckets = new Uint32Array(this.#capacity);
    for (let id = 1; id <= this.#count; id++) {
      const from = (id & oldMask) * Field.words;
      this.#entries.set(old.subarray(from, from + Field.words), this.#at(id));
      this.#link(id);
    }
  }
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

/** Mixes eight words into 32 bits (multiply and rotate, as in MurmurHash3's body). */
function hash8(
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
): number {
  let hash = 0x9e3779b9;
  hash = mix(hash, a);
  hash = mix(hash, b);
  hash = mix(hash, c);
  hash = mix(hash, d);
  hash = mix(hash, e);
  hash = mix(hash, f);
  hash = mix(hash, g);
  hash = mix(hash, h);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function mix(hash: number, word: number): number {
  const value = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((value << 15) | (value >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
