import { readFile } from "node:fs/promises";
import type { ClockLine } from "../capture/clock-line.ts";
import { TUPLE_WORDS } from "./tuple-table.ts";
import { windowOf } from "./windows.ts";

/** Entries looked at together; more are looked at range by range of their keys. */
const MOST_ENTRIES = 4_000_000;

/** The tuples of one capture: its `.tuples` file, and what its clock is off by. */
export interface TupleFile {
  readonly path: string;
  readonly clock: ClockLine;
  readonly tuples: number;
}

export interface CrossingOptions {
  readonly borders: readonly number[];
  /** Longest silence inside one flow, seconds. */
  readonly idleSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Keys of the flows that cross borders: for each window those with packets in it and, without a longer silence than a
 * flow may have, in another one; pairs of words, sorted. Rather too many than too few.
 */
export async function crossingKeys(
  files: readonly TupleFile[],
  options: CrossingOptions,
): Promise<Uint32Array[]> {
  const windows = options.borders.length + 1;
  const found: number[][] = Array.from({ length: windows }, () => []);
  if (windows > 1) {
    const total = files.reduce((sum, { tuples }) => sum + tuples, 0);
    const passes = Math.max(1, Math.ceil(total / MOST_ENTRIES));
    for (let pass = 0; pass < passes; pass++) {
      const from = Math.floor((pass * 2 ** 32) / passes);
      const to = Math.floor(((pass + 1) * 2 ** 32) / passes);
      await findInRange(files, from, to, options, found);
    }
  }
  return found.map((keys) => Uint32Array.from(keys));
}

async function findInRange(
  files: readonly TupleFile[],
  from: number,
  to: number,
  options: CrossingOptions,
  found: number[][],
): Promise<void> {
  const { borders, signal } = options;
  const spans = new Map<bigint, { first: number; last: number }>();
  await eachEntry(files, from, to, signal, (key, first, last) => {
    const span = spans.get(key);
    if (span === undefined) spans.set(key, { first, last });
    else {
      if (first < span.first) span.first = first;
      if (last > span.last) span.last = last;
    }
  });
  const candidates = new Map<bigint, (readonly [number, number])[]>();
  for (const [key, { first, last }] of spans)
    if (windowOf(borders, first) !== windowOf(borders, last)) candidates.set(key, []);
  spans.clear();
  if (candidates.size === 0) return;
  await eachEntry(files, from, to, signal, (key, first, last) => candidates.get(key)?.push([first, last]));
  for (const key of [...candidates.keys()].sort((x, y) => (x < y ? -1 : 1))) {
    for (const window of windowsOf(candidates.get(key) ?? [], options)) {
      found[window]?.push(Number(key >> 32n), Number(key & 0xffffffffn));
    }
  }
}

/** Windows in which parts of one flow lie together with parts in others. */
function windowsOf(stretches: (readonly [number, number])[], options: CrossingOptions): Set<number> {
  const { borders, idleSeconds } = options;
  const windows = new Set<number>();
  let chain: [number, number] | undefined;
  const close = (): void => {
    if (chain === undefined) return;
    const [first, last] = [windowOf(borders, chain[0]), windowOf(borders, chain[1])];
    if (first !== last) for (let window = first; window <= last; window++) windows.add(window);
  };
  for (const [first, last] of stretches.sort((x, y) => x[0] - y[0])) {
    if (chain !== undefined && first - chain[1] <= idleSeconds) chain[1] = Math.max(chain[1], last);
    else {
      close();
      chain = [first, last];
    }
  }
  close();
  return windows;
}

/** Shows the entries whose key's first word is in a range, by the clock of the reference, rather too wide. */
async function eachEntry(
  files: readonly TupleFile[],
  from: number,
  to: number,
  signal: AbortSignal | undefined,
  visit: (key: bigint, first: number, last: number) => void,
): Promise<void> {
  for (const { path, clock } of files) {
    signal?.throwIfAborted();
    const bytes = await readFile(path);
    const words = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    for (let run = 0; run < words.length;) {
      const end = run + 1 + (words[run] ?? 0) * TUPLE_WORDS;
      for (let at = lowerBound(words, run + 1, end, from); at < end; at += TUPLE_WORDS) {
        const high = words[at] ?? 0;
        if (high >= to) break;
        const [first, last] = [words[at + 2] ?? 0, words[at + 3] ?? 0];
        visit(
          (BigInt(high) << 32n) | BigInt(words[at + 1] ?? 0),
          Math.max(0, first + Math.floor(clock.at(first) / 1e9)),
          Math.max(0, last + Math.ceil(clock.at(last) / 1e9)),
        );
      }
      run = end;
    }
  }
}

function lowerBound(words: Uint32Array, from: number, end: number, high: number): number {
  let [low, top] = [0, (end - from) / TUPLE_WORDS];
  while (low < top) {
    const middle = (low + top) >>> 1;
    if ((words[from + middle * TUPLE_WORDS] ?? 0) < high) low = middle + 1;
    else top = middle;
  }
  return from + low * TUPLE_WORDS;
}
