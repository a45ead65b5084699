import { describe, expect, it } from "vitest";
import { OrderedLegs } from "../../src/audit/ordered-legs.ts";
import * as layout from "../../src/flows/layout.ts";
import { folder } from "./stage-work.ts";

/** Facts of a leg that has nothing more to tell, with the last words of its addresses, and text behind the record. */
function facts(lowA: number, lowB: number, text: string): Uint8Array {
  const words = new Uint32Array(layout.WORDS);
  words[layout.META] = layout.META_SETTLED;
  words[layout.ADDRESS_A + 3] = lowA;
  words[layout.ADDRESS_B + 3] = lowB;
  return Buffer.concat([new Uint8Array(words.buffer), Buffer.from(text)]);
}

/** Legs that end one a second, from 0 on; every other one is of TCP. Each lasts 5 s, but one from the beginning on. */
const COUNT = 5000;
const LONG = 2501;
const spanOf = (leg: number): readonly [start: number, end: number] => [
  leg === LONG ? 0 : Math.max(0, leg - 5),
  leg,
];

function filled(): OrderedLegs {
  const legs = new OrderedLegs(folder());
  for (let leg = 0; leg < COUNT; leg++) {
    const [start, end] = spanOf(leg);
    legs.add({
      facts: facts(leg, 7, "x".repeat(leg % 300)),
      file: leg % 3,
      start,
      end,
      tcp: leg % 2 === 1,
      call: leg % 4 === 0,
      reused: leg % 5 === 0,
    });
  }
  return legs;
}

describe("legs in their order", () => {
  it("come back as they were put in, in any order", () => {
    const legs = filled();
    for (const leg of [0, COUNT - 1, 1, 1024, 1023, 2047, 2048, 4999, 3]) {
      expect(legs.endOf(leg)).toBe(leg);
      const { facts: bytes, file, reused } = legs.leg(leg);
      expect(Buffer.from(bytes).equals(facts(leg, 7, "x".repeat(leg % 300)))).toBe(true);
      expect([file, reused]).toEqual([leg % 3, leg % 5 === 0]);
    }
    legs.close();
  });

  it("show the spans of those that may be of a call, the last to end first", () => {
    const legs = filled();
    const wanted = Array.from({ length: COUNT / 4 }, (_, i) => spanOf(COUNT - 4 - i * 4));
    expect([...legs.callSpans()]).toEqual(wanted);
    legs.close();
  });

  it("reach back to the one before at the same addresses, which may have been on hold, for an hour", () => {
    const legs = new OrderedLegs(folder());
    const add = (
      start: number,
      end: number,
      making: { tcp?: boolean; reused?: boolean; low?: number } = {},
    ): void =>
      legs.add({
        facts: facts(making.low ?? 5, 7, ""),
        file: 0,
        start,
        end,
        tcp: making.tcp ?? false,
        call: true,
        reused: making.reused ?? true,
      });
    add(0, 60);
    add(400, 460, { low: 6 });
    add(450, 500, { reused: false });
    add(460, 520, { tcp: true });
    add(500, 560);
    add(555, 600);
    add(4300, 4400);
    expect([...legs.callSpans()]).toEqual([
      [4300, 4400],
      [555, 600],
      [60, 560],
      [460, 520],
      [450, 500],
      [400, 460],
      [0, 60],
    ]);
    legs.close();
  });

  it("tell those that go on at a moment, a long one far behind among them, and no more than are wanted", () => {
    const legs = filled();
    expect([...legs.goingOn(100, 100, 10, "tcp")]).toEqual([101, 103, LONG]);
    expect([...legs.goingOn(100, 100, 2, "tcp")]).toEqual([101, 103]);
    expect([...legs.goingOn(100, 100, 10, "any")]).toEqual([100, 101, 102, 103, 104, LONG]);
    expect([...legs.goingOn(LONG + 1, LONG + 1, 10, "tcp")]).toEqual([2503, 2505]);
    expect([...legs.goingOn(COUNT, COUNT, 10, "tcp")]).toEqual([]);
    legs.close();
  });

  it("know a settled one by the last word of either address", () => {
    const legs = filled();
    expect(legs.isSettledOf(40, new Set([40]))).toBe(true);
    expect(legs.isSettledOf(40, new Set([7]))).toBe(true);
    expect(legs.isSettledOf(40, new Set([41]))).toBe(false);
    legs.close();
  });
});
