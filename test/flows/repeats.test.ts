import { describe, expect, it } from "vitest";
import { Repeats } from "../../src/flows/repeats.ts";

describe("packets sent again where several points see them", () => {
  it("are new where no other point saw more, else copies", () => {
    const repeats = new Repeats();
    // Two by point 0, of which the first was seen by both.
    repeats.add(77, 10, 20, 0b11, 0);
    expect(repeats.isMatched(77, 20, 1, false)).toBe(true);
    expect(repeats.isMatched(77, 20, 1, true)).toBe(false);
    repeats.add(77, 20, 30, 0b01, 1);
    expect(repeats.isMatched(77, 30, 0, false)).toBe(true);
    expect(repeats.isMatched(77, 30, 0, false)).toBe(false);
    // The highest point has a bit of its own, too: it may see three, as many as point 0, and no fourth.
    const byTheLast = [1, 2, 3, 4].map(() => repeats.isMatched(77, 30, 31, false));
    expect(byTheLast).toEqual([true, true, true, false]);
  });

  it("are not known by another hash, another time, or before any is", () => {
    const repeats = new Repeats();
    expect(repeats.isMatched(77, 20, 1, true)).toBe(true);
    repeats.add(77, 10, 20, 1, 0);
    expect(repeats.isMatched(78, 20, 1, true)).toBe(true);
    expect(repeats.isMatched(77, 21, 1, false)).toBe(false);
    expect(repeats.isMatched(77, 20, 1, false)).toBe(true);
  });

  it("are counted anew after 65,000", () => {
    const repeats = new Repeats();
    for (let i = 0; i < 70_000; i++) repeats.add(77, i, i + 1, 1, 0);
    expect(repeats.isMatched(77, 70_000, 1, false)).toBe(true);
  });
});
