import { describe, expect, it } from "vitest";
import { overlaps } from "../../src/path/overlaps.ts";

function use(context: number, packets: number, copies: number) {
  return { context, packets, copies, evidence: [] };
}

describe("packets seen in two link contexts", () => {
  it("are those of two copies of one packet, too", () => {
    const uses = [use(1, 100, 0), use(2, 0, 100), use(3, 0, 60)];
    const seen = [
      { one: 1, other: 2, packets: 100 },
      { one: 1, other: 3, packets: 60 },
    ];
    expect(overlaps(uses, seen)).toContainEqual({ one: 2, other: 3, packets: 60 });
  });

  it("are none where one context's copies follow the other's", () => {
    const uses = [use(1, 100, 0), use(2, 0, 40), use(3, 0, 60)];
    const seen = [
      { one: 1, other: 2, packets: 40 },
      { one: 1, other: 3, packets: 60 },
    ];
    expect(overlaps(uses, seen)).toEqual(seen);
  });

  it("are not more than either context has, whichever copy came first", () => {
    const uses = [use(1, 50, 50), use(2, 50, 50), use(3, 0, 100)];
    const seen = [
      { one: 1, other: 2, packets: 100 },
      { one: 1, other: 3, packets: 50 },
      { one: 2, other: 3, packets: 50 },
    ];
    expect(overlaps(uses, seen)).toEqual([
      { one: 1, other: 2, packets: 100 },
      { one: 1, other: 3, packets: 100 },
      { one: 2, other: 3, packets: 100 },
    ]);
  });
});
