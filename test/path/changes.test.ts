import { describe, expect, it } from "vitest";
import { changesOf } from "../../src/path/changes.ts";
import type { Stretch } from "../../src/path/evidence.ts";

/** A direction on ExpressRoute that changes its path to and fro at these milliseconds. */
function stretches(...moments: readonly number[]): Stretch[] {
  return [-10_000, ...moments].map((ms, i) => {
    const says = i % 2 === 0 ? "expressroute" : "internet";
    return {
      says,
      lane: says,
      seconds: Math.floor(ms / 1000),
      nanoseconds: (ms - Math.floor(ms / 1000) * 1000) * 1e6,
    };
  });
}

function changes(out: readonly number[], back: readonly number[], isOneCapture = true): number[] {
  return changesOf(stretches(...out), stretches(...back), () => isOneCapture).map(
    ({ seconds, nanoseconds }) => seconds * 1000 + nanoseconds / 1e6,
  );
}

describe("moments at which a direction changed its path", () => {
  it.each([
    ["a direction that stayed", [], [], []],
    ["both directions within a second", [0], [1000], [0]],
    ["both directions further apart", [0], [1001], [0, 1001]],
    ["one direction to and fro within a second", [0, 300, 600, 900], [], [0, 300, 600, 900]],
    [
      "both directions to and fro, the way back half a second later",
      [0, 300, 600],
      [500, 800, 1100],
      [0, 300, 600],
    ],
    ["one that follows once while the other moves on", [0, 400, 2000], [420], [0, 400, 2000]],
    ["the last packets of a longer way between the first ones of the shorter", [0, 20, 40, 60], [30], [0]],
    ["the way back first", [200], [0, 5000], [0, 5000]],
  ])("%s", (_name, out, back, wanted) => {
    expect(changes(out, back)).toEqual(wanted);
  });

  it("are one within a second where clocks of several captures tell them", () => {
    expect(changes([0, 300, 600, 900, 1200], [10], false)).toEqual([0, 1200]);
  });
});
