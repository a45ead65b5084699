import { describe, expect, it } from "vitest";
import { balanceOf, type Way } from "../../src/path/balance.ts";
import { Chance } from "../support/chance.ts";

type Link = "expressroute" | "internet";

/** Packets every 20 ms from a moment on, each on the link that `linkOf` says. */
function way(count: number, fromMs: number, linkOf: (n: number) => Link, everyMs = 20): Way {
  const at = (n: number): { seconds: number; nanoseconds: number } => {
    const ms = fromMs + n * everyMs;
    return { seconds: Math.floor(ms / 1000), nanoseconds: (ms % 1000) * 1e6 };
  };
  const starts = Array.from({ length: count }, (_, n) => n).filter(
    (n) => n === 0 || linkOf(n) !== linkOf(n - 1),
  );
  const stretches = starts.map((n, i) => {
    const until = at((starts[i + 1] ?? count) - 1);
    return { says: linkOf(n), lane: linkOf(n), ...at(n), until };
  });
  return { stretches, packets: count, last: at(count - 1) };
}

const alternating = (n: number): Link => (n % 2 === 0 ? "expressroute" : "internet");
const flapping = (n: number): Link => alternating(Math.floor(n / 50));
const staying = (): Link => "internet";
const moving = (n: number): Link => (n < 200 ? "expressroute" : "internet");

function balanced(seed: number, count: number): (n: number) => Link {
  const chance = new Chance(seed);
  const links = Array.from({ length: count }, () => alternating(chance.below(2)));
  return (n) => links[n] ?? "internet";
}

const yes = (): boolean => true;

describe("a flow whose packets go by several paths in turn", () => {
  it.each([400, 401, 402, 403])(
    "is apart where each direction does so for itself, whatever its last of %d packets",
    (count) => {
      const [out, back] = [way(count, 0, balanced(1, count)), way(count, 7, balanced(2, count))];
      expect(balanceOf(out, back, yes, yes)).toBe("apart");
    },
  );

  it.each([400, 401])("is apart where the other direction stays: %d packets", (count) => {
    expect(balanceOf(way(count, 0, alternating), way(count, 7, staying), yes, yes)).toBe("apart");
    expect(balanceOf(way(count, 0, staying), way(count, 7, alternating), yes, yes)).toBe("apart");
  });

  it("is alike where a route flaps that takes both directions along", () => {
    expect(balanceOf(way(800, 0, flapping), way(800, 7, flapping), yes, yes)).toBe("alike");
  });

  it("is unclear where the other direction has few packets, which may have followed", () => {
    expect(balanceOf(way(800, 0, flapping), way(4, 7, alternating, 4000), yes, yes)).toBe("unclear");
  });

  it("is unclear where clocks do not tell which packets belong together", () => {
    const [out, back] = [way(400, 0, balanced(1, 400)), way(400, 7, balanced(2, 400))];
    expect(balanceOf(out, back, () => false, yes)).toBe("unclear");
  });

  it("is none whose clocks make one move look so", () => {
    const twoClocks = (n: number): Link => (n < 200 ? "expressroute" : n < 220 ? alternating(n) : "internet");
    for (const count of [220, 240])
      expect(balanceOf(way(count, 0, twoClocks), way(count, 7, staying), yes, () => false)).toBeUndefined();
  });

  it("is none of those that move, or that come to rest", () => {
    expect(balanceOf(way(400, 0, moving), way(400, 7, staying), yes, yes)).toBeUndefined();
    const settling = (n: number): Link => (n < 100 ? alternating(n) : "internet");
    expect(balanceOf(way(400, 0, settling), way(400, 7, staying), yes, yes)).toBeUndefined();
  });
});
