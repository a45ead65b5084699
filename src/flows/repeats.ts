import { POINTS } from "./point-numbers.ts";

/** Packets kept at a time; where another takes its place, only the last one sent is known. */
const SLOTS = 1 << 12;
const MOST = 0xfff0;

/**
 * Equal packets sent one after the other (duplicate acknowledgements, segments sent again without an IP identification) where
 * several capture points see each: how many there were, and how many of them each point saw. That point saw fewer says that
 * what it sees next is a copy, in whatever order the points' packets come.
 */
export class Repeats {
  // By slot: the packet's hash, when it was sent last, how often, and how often a point saw it.
  #hashes: Int32Array = new Int32Array(0);
  #since: Int32Array = new Int32Array(0);
  #totals: Uint16Array = new Uint16Array(0);
  #seen: Uint16Array = new Uint16Array(0);

  /** True when a point is about to see what others saw before; `otherwise` where a packet is not known to be sent again. */
  isMatched(hash: number, since: number, point: number, otherwise: boolean): boolean {
    const slot = hash & (SLOTS - 1);
    if (!this.#isAt(slot, hash, since)) return otherwise;
    const at = slot * POINTS + point;
    const seen = this.#seen[at] ?? 0;
    if (seen >= (this.#totals[slot] ?? 0)) return false;
    this.#seen[at] = seen + 1;
    return true;
  }

  /** Counts a packet sent again and seen by `point`; `points` saw the one before, a bit each, if it was the first. */
  add(hash: number, since: number, micros: number, points: number, point: number): void {
    if (this.#hashes.length === 0) this.#makeRoom();
    const slot = hash & (SLOTS - 1);
    const first = slot * POINTS;
    if (!this.#isAt(slot, hash, since)) {
      for (let other = 0; other < POINTS; other++) this.#seen[first + other] = (points >>> other) & 1;
      this.#totals[slot] = 1;
    }
    const seen = (this.#seen[first + point] ?? 0) + 1;
    this.#seen[first + point] = seen;
    if (seen > (this.#totals[slot] ?? 0)) this.#totals[slot] = seen;
    this.#hashes[slot] = seen < MOST ? hash : 0;
    this.#since[slot] = micros;
  }

  #isAt(slot: number, hash: number, since: number): boolean {
    return this.#hashes[slot] === hash && this.#since[slot] === since;
  }

  #makeRoom(): void {
    this.#hashes = new Int32Array(SLOTS);
    this.#since = new Int32Array(SLOTS);
    this.#totals = new Uint16Array(SLOTS);
    this.#seen = new Uint16Array(SLOTS * POINTS);
  }
}
