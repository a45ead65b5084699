import type { ClockLine } from "../capture/clock-line.ts";
import { type TupleRun, tupleRuns } from "./tuple-runs.ts";
import { TUPLE_WORDS, TupleTable } from "./tuple-table.ts";
import { windowOf } from "./windows.ts";

/** Entries looked at together; more are looked at range by range of their keys. */
const MOST_ENTRIES = 2_000_000;

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
  /** Entries looked at together. */
  readonly entries?: number | undefined;
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
    const runs: TupleRun[] = [];
    for (const { path, clock } of files) runs.push(...(await tupleRuns(path, clock)));
    const total = files.reduce((sum, { tuples }) => sum + tuples, 0);
    const passes = Math.max(1, Math.ceil(total / (options.entries ?? MOST_ENTRIES)));
    for (let pass = 0; pass < passes; pass++)
      await findUpTo(runs, Math.floor(((pass + 1) * 2 ** 32) / passes), options, found);
  }
  return found.map((keys) => Uint32Array.from(keys));
}

/** Looks at the entries that follow in each run, whose keys' first words are below a bound. */
async function findUpTo(
  runs: readonly TupleRun[],
  bound: number,
  options: CrossingOptions,
  found: number[][],
): Promise<void> {
  const { borders, signal } = options;
  const table = new TupleTable();
  for (const run of runs) {
    signal?.throwIfAborted();
    await run.look(bound, (high, low, first, last) => table.stretch(high, low, first, last));
  }
  const spans = table.takeSorted();
  const candidates = new Map<number, Map<number, (readonly [number, number])[]>>();
  for (let at = 0; at < spans.length; at += TUPLE_WORDS) {
    const [high = 0, low = 0, first = 0, last = 0] = spans.subarray(at, at + TUPLE_WORDS);
    if (windowOf(borders, first) === windowOf(borders, last)) continue;
    const same = candidates.get(high);
    if (same === undefined) candidates.set(high, new Map([[low, []]]));
    else same.set(low, []);
  }
  for (const run of runs) {
    signal?.throwIfAborted();
    if (candidates.size > 0)
      await run.look(bound, (high, low, first, last) => candidates.get(high)?.get(low)?.push([first, last]));
    run.advance();
  }
  // The table was sorted, and so are the candidates.
  for (const [high, same] of candidates) {
    for (const [low, stretches] of same)
      for (const window of windowsOf(stretches, options)) found[window]?.push(high, low);
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
