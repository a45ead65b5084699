import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { Counter } from "../src/compare/counter.ts";
import { CsvReader } from "../src/endpoints/csv-reader.ts";
import { ownText } from "../src/own-text.ts";

it.each([
  "",
  "short",
  "a text of some length",
  "M\u00fcnchen, Stra\u00dfe 1",
  "\u6771\u4eac\u6771\u4eac\u6771\u4eac\u6771\u4eac \ud83d\ude00 \ud800",
])("is the same text: %j", (text) => {
  expect(ownText(text)).toBe(text);
});

it("a cell that is kept does not keep all that was read with it", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const reader = new CsvReader(",");
  const kept: (string | undefined)[] = [];
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let piece = 0; piece < 40; piece++) {
    const lines = Array.from(
      { length: 10_000 },
      (_, i) => `a cell of piece ${piece}, row ${i},${"x".repeat(80)}\n`,
    );
    kept.push(reader.push(lines.join(""))[5_000]?.[0]);
  }
  collect();
  expect(kept[39]).toBe("a cell of piece 39");
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(10e6);
});

it("counters that begin empty count apart", () => {
  const [one, other] = [new Counter(), new Counter()];
  for (const word of ["internet-instead", "ok", "internet-instead"]) one.add(word);
  other.add("ok");
  expect(one.ranked()).toEqual([
    ["internet-instead", 2],
    ["ok", 1],
  ]);
  expect(other.ranked()).toEqual([["ok", 1]]);
  expect(new Counter().ranked()).toEqual([]);
  expect(one.mapped((word) => word.slice(0, 1)).ranked()).toEqual([
    ["i", 2],
    ["o", 1],
  ]);
});
