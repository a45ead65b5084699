import { MAPPED_PREFIX } from "../address/address.ts";
import { isNat64 } from "../address/nat64.ts";
import { mix } from "../hash/murmur.ts";

/** Most mappings that are remembered; the oldest are forgotten first. A power of two. */
export const MOST_DNS_MAPPINGS: number = 1 << 17;

/** Buckets for pairs by mappings: mostly a bucket alone says that there is no mapping yet. */
const PAIR_BUCKETS = 4;

/** Most mappings of one chain that a look-up goes through. */
const MOST_STEPS = 64;

/** Given as the time of a look-up: whether a mapping held then is not asked. */
export const ANY_TIME = -1;

const IPV4_SEED = 0x9e3779b9;
const IPV6_SEED = 0x85ebca6b;

/** 32-bit words of one mapping. */
const Field = {
  client: 0,
  server: 4,
  firstSecond: 8,
  firstNanosecond: 9,
  expiry: 10,
  namePosition: 11,
  nameLength: 12,
  words: 13,
} as const;

/**
 * Which client was told which server's address, when, until when, and by which name. Addresses are four words each. A
 * ring of records, chained by the pair and by the server alone; memory grows with use to about 10 MB. A mapping is known
 * by its offset, which is good until the next `add`.
 */
export class DnsMappings {
  #capacity = 16; // few, as in FlowIndex
  #words: Uint32Array = new Uint32Array(this.#capacity * Field.words);
  #pairBuckets: Uint32Array = new Uint32Array(PAIR_BUCKETS * this.#capacity);
  #serverBuckets: Uint32Array = new Uint32Array(this.#capacity);
  // Hash and next mapping, apart from the records: a chain is mostly gone through to find that a mapping is not there.
  #pairChains: Uint32Array = new Uint32Array(2 * this.#capacity);
  #nextOfServer: Uint32Array = new Uint32Array(this.#capacity);
  /** Mappings ever written; mapping n (from 1) lies at n modulo capacity. */
  #count = 0;
  // What `ofPair` looked for: the two addresses as a record has them, its hashes, and where the server's chain begins.
  readonly #pair: Uint32Array = new Uint32Array(8);
  #pairHash = 0;
  #serverHash = 0;
  #serverHead = 0;

  /** Sets the client that the next calls are about. */
  setClient(w0: number, w1: number, w2: number, w3: number): void {
    this.#setWords(Field.client, w0, w1, w2, w3);
  }

  /**
   * Sets the server that the next calls are about. An address of NAT64 is the IPv4 address behind it: a host on an
   * IPv6-only network may have been told that one, too (464XLAT, RFC 6877).
   */
  setServer(w0: number, w1: number, w2: number, w3: number): void {
    if (isNat64(w0, w1, w2)) this.#setWords(Field.server, 0, 0, MAPPED_PREFIX, w3);
    else this.#setWords(Field.server, w0, w1, w2, w3);
  }

  /** The newest mapping of the client and the server that held at a time (or at any), or -1. */
  ofPair(seconds: number, nanoseconds: number): number {
    const server = hashAt(this.#pair, Field.server);
    const hash = spread(mix(hashAt(this.#pair, Field.client), server));
    const mask = this.#capacity - 1;
    let id = this.#pairBuckets[hash & (PAIR_BUCKETS * this.#capacity - 1)] ?? 0;
    this.#pairHash = hash;
    this.#serverHash = spread(server);
    // `add` wants it next; asked for here, it comes from memory while the pair's chain does.
    this.#serverHead = this.#serverBuckets[this.#serverHash & mask] ?? 0;
    for (let steps = 0; this.#isAlive(id) && steps < MOST_STEPS; steps++) {
      const at = this.#at(id);
      if (
        this.#pairChains[2 * (id & mask)] === hash &&
        this.#matches(at, Field.client) &&
        this.#matches(at, Field.server) &&
        this.heldAt(at, seconds, nanoseconds)
      )
        return at;
      id = this.#pairChains[2 * (id & mask) + 1] ?? 0;
    }
    return -1;
  }

  /** Shows every mapping of the server that held at a time, the newest first, until `use` answers false. */
  eachOfServer(seconds: number, nanoseconds: number, use: (mapping: number) => boolean): void {
    const hash = spread(hashAt(this.#pair, Field.server));
    let id = this.#serverBuckets[hash & (this.#capacity - 1)] ?? 0;
    for (let steps = 0; this.#isAlive(id) && steps < MOST_STEPS; steps++) {
      const at = this.#at(id);
      const isOne = this.#matches(at, Field.server) && this.heldAt(at, seconds, nanoseconds);
      if (isOne && !use(at)) return;
      id = this.#nextOfServer[id & (this.#capacity - 1)] ?? 0;
    }
  }

  /** Adds a mapping of what `ofPair` looked for last, from a moment to a second; its name is told later. */
  add(firstSecond: number, firstNanosecond: number, expiry: number, nameLength: number): number {
    if (this.#count >= this.#capacity && this.#capacity < MOST_DNS_MAPPINGS) {
      this.#grow();
      this.#serverHead = this.#serverBuckets[this.#serverHash & (this.#capacity - 1)] ?? 0;
    }
    const id = ++this.#count;
    const at = this.#at(id);
    const words = this.#words;
    words.set(this.#pair, at);
    words[at + Field.firstSecond] = firstSecond;
    words[at + Field.firstNanosecond] = firstNanosecond;
    words[at + Field.expiry] = expiry;
    words[at + Field.nameLength] = nameLength;
    this.#link(id, this.#pairHash, this.#serverHash, this.#serverHead);
    return at;
  }

  /** Lets a mapping hold until `expiry`, if that is later than it did. */
  prolong(mapping: number, expiry: number): void {
    if (expiry > (this.#words[mapping + Field.expiry] ?? 0)) this.#words[mapping + Field.expiry] = expiry;
  }

  /** Whether a mapping held at a time. */
  heldAt(mapping: number, seconds: number, nanoseconds: number): boolean {
    if (seconds === ANY_TIME) return true;
    const words = this.#words;
    const first = words[mapping + Field.firstSecond] ?? 0;
    // An answer in the same second as a flow may still be later than it.
    const isLater = seconds === first && nanoseconds < (words[mapping + Field.firstNanosecond] ?? 0);
    return seconds >= first && !isLater && seconds <= (words[mapping + Field.expiry] ?? 0);
  }

  nameLength(mapping: number): number {
    return this.#words[mapping + Field.nameLength] ?? 0;
  }

  namePosition(mapping: number): number {
    return this.#words[mapping + Field.namePosition] ?? 0;
  }

  setNamePosition(mapping: number, position: number): void {
    this.#words[mapping + Field.namePosition] = position;
  }

  #isAlive(id: number): boolean {
    return id > 0 && id > this.#count - this.#capacity;
  }

  #at(id: number): number {
    return (id & (this.#capacity - 1)) * Field.words;
  }

  #setWords(field: number, w0: number, w1: number, w2: number, w3: number): void {
    const pair = this.#pair;
    pair[field] = w0;
    pair[field + 1] = w1;
    pair[field + 2] = w2;
    pair[field + 3] = w3;
  }

  /** Whether the mapping at an offset is of the client, or the server. */
  #matches(at: number, field: number): boolean {
    const words = this.#words;
    const pair = this.#pair;
    return (
      words[at + field + 3] === pair[field + 3] &&
      words[at + field + 2] === pair[field + 2] &&
      words[at + field + 1] === pair[field + 1] &&
      words[at + field] === pair[field]
    );
  }

  /** Puts a mapping in front of its two chains; `serverHead` is what the server's begins with. */
  #link(id: number, pairHash: number, serverHash: number, serverHead: number): void {
    const mask = this.#capacity - 1;
    const chain = 2 * (id & mask);
    const bucket = pairHash & (PAIR_BUCKETS * this.#capacity - 1);
    this.#pairChains[chain] = pairHash;
    this.#pairChains[chain + 1] = this.#pairBuckets[bucket] ?? 0;
    this.#nextOfServer[id & mask] = serverHead;
    this.#pairBuckets[bucket] = id;
    this.#serverBuckets[serverHash & mask] = id;
  }

  /** Doubles the room; only called while nothing was overwritten yet. */
  #grow(): void {
    const old = this.#words;
    const oldMask = this.#capacity - 1;
    this.#capacity *= 2;
    const mask = this.#capacity - 1;
    this.#words = new Uint32Array(this.#capacity * Field.words);
    this.#pairBuckets = new Uint32Array(PAIR_BUCKETS * this.#capacity);
    this.#serverBuckets = new Uint32Array(this.#capacity);
    this.#pairChains = new Uint32Array(2 * this.#capacity);
    this.#nextOfServer = new Uint32Array(this.#capacity);
    for (let id = 1; id <= this.#count; id++) {
      const from = (id & oldMask) * Field.words;
      const at = this.#at(id);
      this.#words.set(old.subarray(from, from + Field.words), at);
      const server = hashAt(this.#words, at + Field.server);
      const pair = spread(mix(hashAt(this.#words, at + Field.client), server));
      const serverHash = spread(server);
      this.#link(id, pair, serverHash, this.#serverBuckets[serverHash & mask] ?? 0);
    }
  }
}

function hashAt(words: Uint32Array, offset: number): number {
  return hash4(words[offset] ?? 0, words[offset + 1] ?? 0, words[offset + 2] ?? 0, words[offset + 3] ?? 0);
}

/** Hash of an address; of IPv4, whose other words are always the same, the last word decides. */
function hash4(w0: number, w1: number, w2: number, w3: number): number {
  if (w2 === MAPPED_PREFIX && w1 === 0 && w0 === 0) return mix(IPV4_SEED, w3);
  return mix(mix(mix(mix(IPV6_SEED, w0), w1), w2), w3);
}

/** Spreads a hash over all its bits, of which a bucket takes the lowest. */
function spread(hash: number): number {
  const value = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
