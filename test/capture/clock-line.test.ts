import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClockLine, NO_OFFSET } from "../../src/capture/clock-line.ts";

const SECOND = 1e9;

/** A clock that runs off by up to a tenth of a thousandth. */
const drifting = fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -100, max: 100 })).map(
  ([seconds, millionths]) =>
    new ClockLine(
      [0, 5000, 10_000].map((at) => ({
        seconds: 1e9 + at,
        offsetNs: Math.round(seconds * SECOND + at * millionths * 1000),
      })),
    ),
);

describe("what is to be added to a clock's times", () => {
  it("is constant with one anchor, nothing with none", () => {
    expect(ClockLine.constant(5).at(123)).toBe(5);
    expect(NO_OFFSET.at(123)).toBe(0);
    expect(ClockLine.constant(0).isZero).toBe(true);
    expect(ClockLine.constant(-1).isZero).toBe(false);
  });

  it("lies on the line between two anchors, and goes on behind them for half as long", () => {
    const line = new ClockLine([
      { seconds: 1000, offsetNs: 0 },
      { seconds: 2000, offsetNs: 1000 },
    ]);
    expect([0, 500, 1000, 1250, 2000, 2500, 9999].map((at) => line.at(at))).toEqual([
      -500, -500, 0, 250, 1000, 1500, 1500,
    ]);
  });

  it("leads back and forth", () => {
    fc.assert(
      fc.property(drifting, fc.integer({ min: 0, max: 10_000 }), (line, at) => {
        const seconds = 1e9 + at;
        const there = line.at(seconds);
        const back = line.reversed().at(seconds + there / SECOND);
        expect(Math.abs(there + back)).toBeLessThan(1000);
      }),
    );
  });

  it("adds up along the way from one clock over another", () => {
    fc.assert(
      fc.property(drifting, drifting, fc.integer({ min: 50, max: 9_950 }), (line, next, at) => {
        const seconds = 1e9 + at;
        const own = line.at(seconds);
        const whole = own + next.at(seconds + own / SECOND);
        expect(Math.abs(line.then(next).at(seconds) - whole)).toBeLessThan(1000);
        expect(line.then(ClockLine.constant(7)).at(seconds)).toBe(own + 7);
        expect(ClockLine.constant(7).then(line).at(seconds)).toBeCloseTo(7 + line.at(seconds), -1);
      }),
    );
  });
});
