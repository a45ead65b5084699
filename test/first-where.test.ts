import fc from "fast-check";
import { expect, it } from "vitest";
import { firstWhere } from "../src/first-where.ts";

it("finds what looking at each place in turn finds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 })),
      fc.integer({ min: -1, max: 10 }),
      (list, wanted) => {
        const sorted = list.toSorted((x, y) => x - y);
        const found = sorted.findIndex((item) => item >= wanted);
        expect(firstWhere(sorted.length, (place) => (sorted[place] ?? 0) >= wanted)).toBe(
          found < 0 ? sorted.length : found,
        );
      },
    ),
  );
});
