import { firstWhere } from "../first-where.ts";
import { join } from "node:path";
import { MOST_HOLD_S } from "../callflow/flows-by-key.ts";
import * as layout from "../flows/layout.ts";
import { Spill } from "./spill.ts";

/** A leg as it is stored: its facts, and the file whose links they speak of. */
export interface StoredLeg {
  /** Good until the next leg is asked for. */
  readonly facts: Uint8Array;
  readonly file: number;
  /** The 5-tuple was used by another flow of the audit, too. */
  readonly reused: boolean;
}

/** A leg on its way into the file; `start` and `end` are whole seconds. */
export interface PlacedLeg extends StoredLeg {
  readonly start: number;
  readonly end: number;
  readonly tcp: boolean;
  readonly call: boolean;
}

/** Which legs are asked for. */
type Going = "any" | "tcp";

/** Words of an entry. */
const W = { start: 0, end: 1, file: 2, flags: 3, lowA: 4, lowB: 5, length: 6, at: 8 } as const;
const WORDS = 10;
const BYTES = WORDS * 4;
const F = { tcp: 1, call: 2, reused: 4, settled: 8 } as const;
/** Entries of a block: read at once backwards, and passed over together where none of its legs goes on. */
const BLOCK = 1024;

/**
 * Legs in the order of their ends, in two files: an entry of one size each, and their facts. In memory are the blocks
 * that are just read, and a number for each block.
 */
export class OrderedLegs {
  readonly #entries: Spill;
  readonly #facts: Spill;
  readonly #words: Uint32Array = new Uint32Array(WORDS);
  readonly #bytes: Uint8Array = new Uint8Array(this.#words.buffer);
  readonly #at: Float64Array = new Float64Array(this.#words.buffer, W.at * 4, 1);
  #loaded = -1;
  /** When the earliest leg of each block begins, and the earliest TCP leg, seconds. */
  readonly #earliest: Readonly<Record<Going, number[]>> = { any: [], tcp: [] };
  count = 0;

  /** `scratch`: a folder that somebody else removes. */
  constructor(scratch: string) {
    this.#entries = new Spill(join(scratch, "leg-entries"));
    this.#facts = new Spill(join(scratch, "leg-facts"));
  }

  /** Takes the next leg. */
  add({ facts, file, start, end, tcp, call, reused }: PlacedLeg): void {
    const words = this.#words;
    const view = new DataView(facts.buffer, facts.byteOffset, facts.byteLength);
    const isSettled = (view.getUint32(layout.META * 4, true) & layout.META_SETTLED) !== 0;
    this.#loaded = -1;
    words[W.start] = start;
    words[W.end] = end;
    words[W.file] = file;
    words[W.flags] =
      (tcp ? F.tcp : 0) | (call ? F.call : 0) | (reused ? F.reused : 0) | (isSettled ? F.settled : 0);
    words[W.lowA] = view.getUint32((layout.ADDRESS_A + 3) * 4, true);
    words[W.lowB] = view.getUint32((layout.ADDRESS_B + 3) * 4, true);
    words[W.length] = facts.length;
    this.#at[0] = this.#facts.add(facts);
    this.#entries.add(this.#bytes);
    const block = Math.floor(this.count / BLOCK);
    const { any, tcp: ofTcp } = this.#earliest;
    any[block] = Math.min(any[block] ?? Infinity, start);
    ofTcp[block] = Math.min(ofTcp[block] ?? Infinity, tcp ? start : Infinity);
    this.count += 1;
  }

  /** Seconds of its last packet. */
  endOf(leg: number): number {
    return this.#entry(leg)[W.end] ?? 0;
  }

  /** The first leg that ends at a moment or later, seconds; `count` when none does. */
  firstEndingFrom(moment: number): number {
    return firstWhere(this.count, (leg) => this.endOf(leg) >= moment);
  }

  leg(leg: number): StoredLeg {
    const words = this.#entry(leg);
    return {
      facts: this.#facts.read(this.#at[0] ?? 0, words[W.length] ?? 0),
      file: words[W.file] ?? 0,
      reused: ((words[W.flags] ?? 0) & F.reused) !== 0,
    };
  }

  /**
   * Start and end of every leg that may be of a call, seconds, the last to end first. One that goes on where another ended may be
   * of a call that was on hold: it starts when that one ended.
   */
  *callSpans(): Generator<readonly [start: number, end: number]> {
    const held = this.#heldSince();
    for (let to = this.count; to > 0; to -= BLOCK) {
      const from = Math.max(0, to - BLOCK);
      const words = this.#wordsOf(from, to);
      for (let at = words.length - WORDS; at >= 0; at -= WORDS) {
        if (((words[at + W.flags] ?? 0) & F.call) === 0) continue;
        const start = words[at + W.start] ?? 0;
        yield [Math.min(start, held.get(from + at / WORDS) ?? start), words[at + W.end] ?? 0];
      }
    }
  }

  /**
   * For legs of calls whose tuple was used by another one: when the one before between two addresses that end alike was over, seconds,
   * unless that is longer ago than a hold lasts.
   */
  #heldSince(): ReadonlyMap<number, number> {
    const since = new Map<number, number>();
    const latest = new Map<number, number>();
    for (let from = 0; from < this.count; from += BLOCK) {
      const words = this.#wordsOf(from, Math.min(this.count, from + BLOCK));
      for (let at = 0; at < words.length; at += WORDS) {
        const flags = words[at + W.flags] ?? 0;
        if ((flags & F.tcp) !== 0 || (flags & F.call) === 0 || (flags & F.reused) === 0) continue;
        const ends = (words[at + W.lowA] ?? 0) * 2 ** 20 + ((words[at + W.lowB] ?? 0) % 2 ** 20);
        const before = latest.get(ends);
        const start = words[at + W.start] ?? 0;
        if (before !== undefined && before < start && start - before <= MOST_HOLD_S)
          since.set(from + at / WORDS, before);
        latest.set(ends, words[at + W.end] ?? 0);
      }
    }
    return since;
  }

  #wordsOf(from: number, to: number): Uint32Array {
    const block = Buffer.from(this.#entries.read(from * BYTES, (to - from) * BYTES));
    return new Uint32Array(block.buffer, block.byteOffset, block.length / 4);
  }

  /** The first legs from `from` on that go on at a moment, seconds: `most` of them. */
  goingOn(moment: number, from: number, most: number, which: Going): Uint32Array {
    const earliest = this.#earliest[which];
    const found: number[] = [];
    let leg = from;
    while (leg < this.count && found.length < most) {
      const block = Math.floor(leg / BLOCK);
      if ((earliest[block] ?? Infinity) >= moment) {
        leg = (block + 1) * BLOCK;
        continue;
      }
      const words = this.#entry(leg);
      const isOn = (words[W.end] ?? 0) >= moment && (words[W.start] ?? 0) < moment;
      if (isOn && (which === "any" || ((words[W.flags] ?? 0) & F.tcp) !== 0)) found.push(leg);
      leg += 1;
    }
    return Uint32Array.from(found);
  }

  /** True for a leg with nothing more to tell, one of whose addresses ends in one of these words. */
  isSettledOf(leg: number, lowWords: ReadonlySet<number>): boolean {
    const words = this.#entry(leg);
    if (((words[W.flags] ?? 0) & F.settled) === 0) return false;
    return lowWords.has(words[W.lowA] ?? 0) || lowWords.has(words[W.lowB] ?? 0);
  }

  close(): void {
    this.#entries.close();
    this.#facts.close();
  }

  #entry(leg: number): Uint32Array {
    if (leg !== this.#loaded) this.#bytes.set(this.#entries.read(leg * BYTES, BYTES));
    this.#loaded = leg;
    return this.#words;
  }
}
