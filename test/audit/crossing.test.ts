import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crossingKeys } from "../../src/audit/crossing.ts";
import { TupleTable } from "../../src/audit/tuple-table.ts";
import { bordersOf, windowOf } from "../../src/audit/windows.ts";
import { ClockLine } from "../../src/capture/clock-line.ts";

let scratch = "";
let count = 0;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "o365flow-crossing-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A `.tuples` file: runs of sorted entries, each with its length in front. */
function tupleFile(runs: readonly (readonly Seen[])[]): string {
  const path = join(scratch, `${count++}.tuples`);
  const parts: Uint8Array[] = [];
  for (const run of runs) {
    const table = new TupleTable();
    for (const { high, low, first, last } of run) table.stretch(high, low, first, last);
    parts.push(new Uint8Array(Uint32Array.of(table.size).buffer), new Uint8Array(table.takeSorted().buffer));
  }
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

interface Seen {
  readonly high: number;
  readonly low: number;
  readonly first: number;
  readonly last: number;
}

const word = fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff);
const seen = fc
  .tuple(word, word, fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 60 }))
  .map(([high, low, first, length]): Seen => ({ high, low, first, last: first + length }));

/** What is crossing, by going over all pairs of stretches of a key until nothing more joins. */
function plainly(all: readonly Seen[], borders: readonly number[], idle: number): string[] {
  const crossing = new Set<string>();
  const keys = new Map<string, Seen[]>();
  for (const item of all) {
    const key = `${item.high} ${item.low}`;
    keys.set(key, [...(keys.get(key) ?? []), item]);
  }
  for (const [key, stretches] of keys) {
    let groups = stretches.map(({ first, last }) => ({ first, last }));
    for (let joined = true; joined;) {
      joined = false;
      for (const x of groups) {
        const y = groups.find(
          (other) => other !== x && x.first <= other.last + idle && other.first <= x.last + idle,
        );
        if (y === undefined) continue;
        groups = groups.filter((group) => group !== x && group !== y);
        groups.push({ first: Math.min(x.first, y.first), last: Math.max(x.last, y.last) });
        joined = true;
        break;
      }
    }
    for (const { first, last } of groups) {
      const [from, to] = [windowOf(borders, first), windowOf(borders, last)];
      if (from !== to) for (let window = from; window <= to; window++) crossing.add(`${window}: ${key}`);
    }
  }
  return [...crossing].toSorted();
}

describe("crossing keys", () => {
  it("are those of flows with packets in several windows, in however many passes they are found", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.array(seen, { maxLength: 8 }), { maxLength: 3 }), { maxLength: 4 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 10 }),
        async (files, unsorted, idleSeconds, entries) => {
          const borders = unsorted.toSorted((x, y) => x - y);
          // One entry a key in a run, as a survey writes them.
          const runs = files.map((file) =>
            file.map((run) => {
              const table = new TupleTable();
              for (const { high, low, first, last } of run) table.stretch(high, low, first, last);
              const words = table.takeSorted();
              return Array.from({ length: words.length / 4 }, (_, i): Seen => {
                const [high = 0, low = 0, first = 0, last = 0] = words.subarray(i * 4, i * 4 + 4);
                return { high, low, first, last };
              });
            }),
          );
          const all = runs.flat(2);
          const found = await crossingKeys(
            runs.map((file) => ({
              path: tupleFile(file),
              clock: new ClockLine([]),
              tuples: file.reduce((sum, run) => sum + run.length, 0),
            })),
            { borders, idleSeconds, entries },
          );
          const texts = found.flatMap((keys, window) =>
            Array.from({ length: keys.length / 2 }, (_, i) => `${window}: ${keys[i * 2]} ${keys[i * 2 + 1]}`),
          );
          expect(texts.toSorted()).toEqual(plainly(all, borders, idleSeconds));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("allow for a clock that is off", async () => {
    const file = (offsetNs: number): Parameters<typeof crossingKeys>[0][number] => ({
      path: tupleFile([[{ high: 5, low: 7, first: 95, last: 98 }]]),
      clock: ClockLine.constant(offsetNs),
      tuples: 1,
    });
    const options = { borders: [100], idleSeconds: 10 };
    expect(await crossingKeys([file(0)], options)).toEqual([new Uint32Array(), new Uint32Array()]);
    expect(await crossingKeys([file(3_000_000_000)], options)).toEqual([
      Uint32Array.of(5, 7),
      Uint32Array.of(5, 7),
    ]);
  });
});

describe("borders", () => {
  const captures = (
    ...list: readonly (readonly [number, number, number])[]
  ): Parameters<typeof bordersOf>[0] => list.map(([first, last, size]) => ({ first, last, size }));

  it.each([
    ["none where everything fits into one window", captures([0, 10, 4], [10, 20, 4]), 100, []],
    [
      "where a capture begins after a window is full",
      captures([0, 10, 60], [10, 20, 60], [20, 30, 60]),
      100,
      [20],
    ],
    ["none where too much lies across", captures([0, 100, 300], [10, 20, 5], [30, 40, 5]), 100, []],
    [
      "not before captures of two taps that begin together",
      captures([0, 9, 60], [0, 9, 60], [9, 20, 1]),
      100,
      [9],
    ],
  ])("are %s", (_, list, bytes, expected) => {
    expect(bordersOf(list, bytes)).toEqual(expected);
  });

  it("stay where they are when later captures come", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(500), fc.nat(50), fc.nat(40)), { minLength: 1, maxLength: 30 }),
        fc.array(fc.tuple(fc.integer({ min: 501, max: 999 }), fc.nat(50), fc.nat(40)), { maxLength: 10 }),
        (early, late) => {
          const whole = (list: readonly (readonly [number, number, number])[]): number[] =>
            bordersOf(captures(...list.map(([at, length, size]) => [at, at + length, size] as const)), 100);
          const before = whole(early);
          expect(whole([...late, ...early]).slice(0, before.length)).toEqual(before);
        },
      ),
    );
  });
});
