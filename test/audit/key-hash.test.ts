import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyHash } from "../../src/audit/key-hash.ts";
import { KeySet } from "../../src/audit/key-set.ts";
import { TUPLE_WORDS, TupleTable } from "../../src/audit/tuple-table.ts";

const COUNT = 100_000;

/** All in one place of a table that goes by `high ^ low * 0x9e3779b1`. */
const MADE_UP = Uint32Array.from({ length: COUNT * 2 }, (_, i) =>
  i % 2 === 0 ? Math.imul(i >>> 1, 0x9e3779b1) : i >>> 1,
);

describe("keys that were made up to lie in one place of a table", () => {
  it("spread over it", () => {
    const places = new Uint32Array(1 << 18);
    for (let i = 0; i < MADE_UP.length; i += 2) {
      const place = keyHash(MADE_UP[i] ?? 0, MADE_UP[i + 1] ?? 0) & (places.length - 1);
      places[place] = (places[place] ?? 0) + 1;
    }
    // As many as if they were thrown: one in five shares a place, hardly one with more than a dozen.
    expect(places.reduce((taken, keys) => taken + Number(keys > 0), 0)).toBeGreaterThan(COUNT * 0.75);
    expect(places.reduce((most, keys) => Math.max(most, keys), 0)).toBeLessThan(16);
  });

  it("are found in a set, and no others", () => {
    const set = new KeySet(MADE_UP);
    let found = 0;
    for (let i = 0; i < MADE_UP.length; i += 2) {
      const [high = 0, low = 0] = MADE_UP.subarray(i, i + 2);
      found += Number(set.has(high, low)) - Number(set.has(high ^ 1, low));
    }
    expect(found).toBe(COUNT);
  });

  it("come out of a table sorted, each once", () => {
    const table = new TupleTable();
    for (const seconds of [7, 5, 9])
      for (let i = 0; i < MADE_UP.length; i += 2)
        table.note(MADE_UP[i] ?? 0, MADE_UP[i + 1] ?? 0, seconds + i);
    const wanted = Array.from({ length: COUNT }, (_, i) => [
      MADE_UP[i * 2] ?? 0,
      i,
      i * 2 + 5,
      i * 2 + 9,
    ]).sort(([x = 0], [y = 0]) => x - y);
    expect(table.size).toBe(COUNT);
    expect(Buffer.compare(Buffer.from(table.takeSorted().buffer), bytesOf(wanted))).toBe(0);
    expect(table.size).toBe(0);
  });
});

it("a table of any keys says what a Map says", () => {
  const key = fc.tuple(fc.constantFrom(0, 1, 2, 2 ** 31, 2 ** 32 - 1), fc.nat(40), fc.nat(1000));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 200 }), (packets) => {
      const table = new TupleTable();
      const plain = new Map<string, number[]>();
      for (const [high, low, seconds] of packets) {
        table.note(high, low, seconds);
        const [, , first = seconds, last = seconds] = plain.get(`${high} ${low}`) ?? [];
        plain.set(`${high} ${low}`, [high, low, Math.min(first, seconds), Math.max(last, seconds)]);
      }
      const wanted = [...plain.values()].sort(([x = 0, a = 0], [y = 0, b = 0]) => x - y || a - b);
      expect(Buffer.compare(Buffer.from(table.takeSorted().buffer), bytesOf(wanted))).toBe(0);
    }),
  );
});

function bytesOf(entries: readonly (readonly number[])[]): Uint8Array {
  const words = new Uint32Array(entries.length * TUPLE_WORDS);
  for (const [i, entry] of entries.entries()) words.set(entry, i * TUPLE_WORDS);
  return new Uint8Array(words.buffer);
}
