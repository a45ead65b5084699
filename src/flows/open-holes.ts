import type { Direction } from "../words.ts";

/** Most holes kept of one direction besides its newest one: the oldest is given up. */
export const MAX_OLDER_HOLES = 64;
/** Most holes kept of all directions: 16 MB. So many are not young at a time, unless somebody made them up. */
export const MOST_HOLES: number = 1 << 20;
/** What comes before a hole opened is as young, unless it is an hour: then the clock, which is modulo 2^32, went round. */
const EARLIEST_TENTHS = 36_000_000;
/** Words of a hole: from, to, when it opened (tenths of a millisecond modulo 2^32), and the next hole of its direction plus one. */
const WORDS = 4;
const TO = 1;
const SINCE = 2;
const NEXT = 3;
const FIRST_HOLES = 64;

/**
 * Holes in what a direction sent besides its newest one, which is in the flow's record: packets that took several ways, or
 * came by several queues, leave many open at a time. Only of directions that have such holes, and only while a segment in one
 * may still be late rather than sent again.
 */
export class OpenHoles {
  /** First hole plus one of each direction, by twice the flow's number plus the direction. */
  readonly #first = new Map<number, number>();
  #words: Uint32Array = new Uint32Array(FIRST_HOLES * WORDS);
  #used = 0;
  #free = 0;

  /** Adds a hole; those that opened `longest` tenths before `now` or earlier go. All do when there is no room for more. */
  add(
    flow: number,
    d: Direction,
    from: number,
    to: number,
    since: number,
    now: number,
    longest: number,
  ): void {
    if (this.#free === 0 && this.#used === MOST_HOLES) this.#clear();
    const key = 2 * flow + d;
    let kept = 1;
    let before = 0;
    let first = this.#first.get(key) ?? 0;
    for (let hole = first; hole !== 0;) {
      const at = (hole - 1) * WORDS;
      const next = this.#words[at + NEXT] ?? 0;
      if (kept < MAX_OLDER_HOLES && isYoung(this.#words[at + SINCE] ?? 0, now, longest)) {
        kept += 1;
        before = hole;
      } else {
        if (before === 0) first = next;
        else this.#words[(before - 1) * WORDS + NEXT] = next;
        this.#giveBack(hole);
      }
      hole = next;
    }
    this.#first.set(key, this.#take(from, to, since, first));
  }

  /**
   * Takes a segment's bytes out of the hole that has them all; answers with when that one opened, or with -1 where there is
   * none.
   */
  fill(flow: number, d: Direction, sequence: number, end: number, now: number, longest: number): number {
    const key = 2 * flow + d;
    let before = 0;
    for (let hole = this.#first.get(key) ?? 0; hole !== 0;) {
      const words = this.#words;
      const at = (hole - 1) * WORDS;
      const [from, to, since, next] = [
        words[at] ?? 0,
        words[at + TO] ?? 0,
        words[at + SINCE] ?? 0,
        words[at + NEXT] ?? 0,
      ];
      if (((sequence - from) | 0) < 0 || ((end - to) | 0) > 0) {
        before = hole;
        hole = next;
        continue;
      }
      if (sequence !== from) {
        words[at + TO] = sequence;
        if (end !== to) this.add(flow, d, end, to, since, now, longest);
      } else if (end !== to) words[at] = end;
      else {
        if (before !== 0) words[(before - 1) * WORDS + NEXT] = next;
        else if (next !== 0) this.#first.set(key, next);
        else this.#first.delete(key);
        this.#giveBack(hole);
      }
      return since;
    }
    return -1;
  }

  /** Forgets the holes of a flow that is over. */
  forget(flow: number): void {
    if (this.#first.size === 0) return;
    for (const key of [2 * flow, 2 * flow + 1]) {
      for (let hole = this.#first.get(key) ?? 0; hole !== 0;) {
        const next = this.#words[(hole - 1) * WORDS + NEXT] ?? 0;
        this.#giveBack(hole);
        hole = next;
      }
      this.#first.delete(key);
    }
  }

  /** Those of flows that go on without further holes stay until they end, though nothing in them is late any more. */
  #clear(): void {
    this.#first.clear();
    this.#used = 0;
  }

  #take(from: number, to: number, since: number, next: number): number {
    let hole = this.#free;
    if (hole !== 0) this.#free = this.#words[(hole - 1) * WORDS + NEXT] ?? 0;
    else {
      if ((this.#used + 1) * WORDS > this.#words.length) {
        const larger = new Uint32Array(this.#words.length * 2);
        larger.set(this.#words);
        this.#words = larger;
      }
      this.#used += 1;
      hole = this.#used;
    }
    const at = (hole - 1) * WORDS;
    this.#words[at] = from;
    this.#words[at + TO] = to;
    this.#words[at + SINCE] = since;
    this.#words[at + NEXT] = next;
    return hole;
  }

  #giveBack(hole: number): void {
    this.#words[(hole - 1) * WORDS + NEXT] = this.#free;
    this.#free = hole;
  }
}

/** Whether a hole that opened at `since` is younger than `longest`: tenths of a millisecond modulo 2^32. */
export function isYoung(since: number, now: number, longest: number): boolean {
  const age = (now - since) | 0;
  return age < longest && age > -EARLIEST_TENTHS;
}
