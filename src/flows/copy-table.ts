import { PlacesInUse } from "./places-in-use.ts";
import { POINTS } from "./point-numbers.ts";

/** Buckets at first and at most. */
const FIRST_BUCKETS = 1 << 11;
const MOST_BUCKETS = 1 << 19;
const GROWTH = 4;
const WAYS = 2;
/** Looked at for every packet: hash, and when it was seen. */
const KEY_WORDS = 2;
/** Looked at where a hash is met again. */
const Fact = { other: 0, points: 1, context: 2, newest: 3, words: 4 } as const;

/**
 * Packets seen not long ago, each at one of two places that its hash leads to: 24 bytes a packet, up to 25 MB in all. A small
 * table stays in the processor's cache. Times are microseconds modulo 2^32, signed.
 */
export class CopyTable {
  #keys: Uint32Array = new Uint32Array(FIRST_BUCKETS * WAYS * KEY_WORDS);
  #facts: Uint32Array = new Uint32Array(FIRST_BUCKETS * WAYS * Fact.words);
  #mask: number = FIRST_BUCKETS - 1;
  readonly #places: PlacesInUse = new PlacesInUse();

  /** True when the table is as large as it gets. */
  get isFull(): boolean {
    return this.#mask + 1 >= MOST_BUCKETS;
  }

  /** The first of the two places for a hash; the second one is the next. */
  firstPlace(hash: number): number {
    return (hash & this.#mask) * WAYS;
  }

  /** Hash of the packet at a place, signed; 0 where there is none. */
  hash(place: number): number {
    return (this.#keys[place * KEY_WORDS] ?? 0) | 0;
  }

  /** When the packet was seen first. */
  since(place: number): number {
    return (this.#keys[place * KEY_WORDS + 1] ?? 0) | 0;
  }

  /** Another hash of the packet, signed. */
  other(place: number): number {
    return (this.#facts[place * Fact.words + Fact.other] ?? 0) | 0;
  }

  /** Capture points that saw the packet, a bit each. */
  points(place: number): number {
    return this.#facts[place * Fact.words + Fact.points] ?? 0;
  }

  /** Link context that the packet was seen in. */
  context(place: number): number {
    return this.#facts[place * Fact.words + Fact.context] ?? 0;
  }

  setContext(place: number, context: number): void {
    this.#facts[place * Fact.words + Fact.context] = context;
  }

  /** For how many microseconds the newest point that saw the packet has seen it, if it is this one; else Infinity. */
  seenFor(place: number, micros: number, point: number): number {
    const newest = this.#facts[place * Fact.words + Fact.newest] ?? 0;
    return (newest & (POINTS - 1)) === point ? Math.abs((micros - newest) | 0) : Infinity;
  }

  /** Another point saw the packet, too. */
  addPoint(place: number, micros: number, point: number): void {
    const facts = place * Fact.words;
    this.#facts[facts + Fact.points] = (this.#facts[facts + Fact.points] ?? 0) | (1 << point);
    this.#facts[facts + Fact.newest] = newestOf(micros, point);
  }

  /** The packet at a place is seen anew. */
  renew(place: number, micros: number, point: number, context: number): void {
    this.#keys[place * KEY_WORDS + 1] = micros;
    const facts = place * Fact.words;
    this.#facts[facts + Fact.points] = 1 << point;
    this.#facts[facts + Fact.context] = context;
    this.#facts[facts + Fact.newest] = newestOf(micros, point);
  }

  /** Puts a packet in a place that `placeFor` gave; `renew` tells the rest. */
  put(place: number, hash: number, other: number): void {
    this.#places.note(place);
    this.#keys[place * KEY_WORDS] = hash;
    this.#facts[place * Fact.words + Fact.other] = other;
  }

  /** The place for a packet of that hash: a free one, else that of the older one of two. */
  placeFor(hash: number, micros: number): number {
    const keys = this.#keys;
    const first = this.firstPlace(hash);
    if (keys[first * KEY_WORDS] === 0) return first;
    const age = (micros - (keys[first * KEY_WORDS + 1] ?? 0)) | 0;
    const otherAge = (micros - (keys[(first + 1) * KEY_WORDS + 1] ?? 0)) | 0;
    return keys[(first + 1) * KEY_WORDS] === 0 || age < otherAge ? first + 1 : first;
  }

  /** Forgets the packet at a place. */
  clear(place: number): void {
    this.#keys[place * KEY_WORDS] = 0;
  }

  /** Asks of every packet whether it stays. */
  sift(stays: (place: number) => boolean): void {
    this.#places.sift(this.#keys.length / KEY_WORDS, (place) => {
      if (this.#keys[place * KEY_WORDS] === 0) return false;
      if (stays(place)) return true;
      this.clear(place);
      return false;
    });
  }

  /** Makes the table larger; all places are others then. */
  grow(micros: number): void {
    const [keys, facts] = [this.#keys, this.#facts];
    const buckets = Math.min((this.#mask + 1) * GROWTH, MOST_BUCKETS);
    this.#keys = new Uint32Array(buckets * WAYS * KEY_WORDS);
    this.#facts = new Uint32Array(buckets * WAYS * Fact.words);
    this.#mask = buckets - 1;
    this.#places.lose();
    for (let from = 0; from * KEY_WORDS < keys.length; from++) {
      const key = keys[from * KEY_WORDS] ?? 0;
      if (key === 0) continue;
      const to = this.placeFor(key, micros);
      this.#keys[to * KEY_WORDS] = key;
      this.#keys[to * KEY_WORDS + 1] = keys[from * KEY_WORDS + 1] ?? 0;
      for (let word = 0; word < Fact.words; word++)
        this.#facts[to * Fact.words + word] = facts[from * Fact.words + word] ?? 0;
    }
  }
}

/** A time whose lower bits are a point's number. */
function newestOf(micros: number, point: number): number {
  return (micros & -POINTS) | point;
}
