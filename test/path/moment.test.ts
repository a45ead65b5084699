import { describe, expect, it } from "vitest";
import { compareMoments, isBefore, secondsBetween } from "../../src/path/moment.ts";

const moment = (seconds: number, nanoseconds: number) => ({ seconds, nanoseconds });

describe("two moments", () => {
  it.each([
    ["a nanosecond apart", moment(1, 5), moment(1, 6), -1],
    ["the same", moment(1, 6), moment(1, 6), 0],
    ["by seconds, whatever the nanoseconds", moment(1, 9), moment(2, 0), -1],
    ["the later one first", moment(2, 0), moment(1, 9), 1],
    ["a nanosecond apart in the last second of 32 bits", moment(0xffffffff, 0), moment(0xffffffff, 1), -1],
  ] as const)("are in order: %s", (_, x, y, order) => {
    expect(Math.sign(compareMoments(x, y))).toBe(order);
    expect(isBefore(x, y)).toBe(order < 0);
    expect(isBefore(y, x)).toBe(order > 0);
  });

  it("lie so many seconds apart", () => {
    expect(secondsBetween(moment(1, 900_000_000), moment(3, 400_000_000))).toBe(1.5);
  });
});
