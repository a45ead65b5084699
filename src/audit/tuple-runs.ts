import { type FileHandle, open } from "node:fs/promises";
import type { ClockLine } from "../capture/clock-line.ts";
import { readAt } from "./read-at.ts";
import { TUPLE_WORDS } from "./tuple-table.ts";

const ENTRY_BYTES = TUPLE_WORDS * 4;
/** Entries read at a time. */
const CHUNK_ENTRIES = 16_384;

type Visit = (high: number, low: number, first: number, last: number) => void;

/** The runs of sorted entries in a `.tuples` file. `clock`: what its times are off by. */
export async function tupleRuns(path: string, clock: ClockLine): Promise<TupleRun[]> {
  const runs: TupleRun[] = [];
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    for (let at = 0; at + 4 <= size;) {
      const count = (await wordsAt(file, at, 4))[0] ?? 0;
      const end = Math.min(at + 4 + count * ENTRY_BYTES, size);
      runs.push(new TupleRun(path, clock, at + 4, end));
      at += 4 + count * ENTRY_BYTES;
    }
  } finally {
    await file.close();
  }
  return runs;
}

/** A run of entries sorted by key, read range by range. */
export class TupleRun {
  readonly #path: string;
  readonly #clock: ClockLine;
  readonly #end: number;
  #at: number;
  #next: number;

  constructor(path: string, clock: ClockLine, from: number, end: number) {
    this.#path = path;
    this.#clock = clock;
    this.#at = from;
    this.#next = from;
    this.#end = end;
  }

  /** Shows the entries that follow, up to those whose key's first word is `bound`; times by the reference's clock, rather too wide. */
  async look(bound: number, visit: Visit): Promise<void> {
    if (this.#at >= this.#end) return;
    const clock = this.#clock;
    const file = await open(this.#path, "r");
    try {
      for (let at = this.#at; at < this.#end;) {
        const words = await wordsAt(file, at, Math.min(CHUNK_ENTRIES * ENTRY_BYTES, this.#end - at));
        for (let i = 0; i + TUPLE_WORDS <= words.length; i += TUPLE_WORDS) {
          const high = words[i] ?? 0;
          this.#next = at + i * 4;
          if (high >= bound) return;
          const [first, last] = [words[i + 2] ?? 0, words[i + 3] ?? 0];
          visit(
            high,
            words[i + 1] ?? 0,
            Math.max(0, first + Math.floor(clock.at(first) / 1e9)),
            Math.max(0, last + Math.ceil(clock.at(last) / 1e9)),
          );
        }
        at += Math.max(words.length * 4, ENTRY_BYTES);
        this.#next = at;
      }
    } finally {
      await file.close();
    }
  }

  /** What was looked at lies behind. */
  advance(): void {
    this.#at = this.#next;
  }
}

async function wordsAt(file: FileHandle, offset: number, length: number): Promise<Uint32Array> {
  const { buffer, byteLength } = await readAt(file, offset, length);
  return new Uint32Array(buffer, 0, byteLength >>> 2);
}
