import { describe, expect, it } from "vitest";
import { TimeSpans } from "../../src/report/time-spans.ts";

describe("times in which something was", () => {
  it("are found whatever their order, overlapping or not, with both ends", () => {
    const spans = new TimeSpans();
    expect(spans.holds(0)).toBe(false);
    for (const [from, to] of [
      [50, 60],
      [10, 40],
      [12, 13],
      [55, 58],
      [70, 70],
    ] as const)
      spans.add(from, to);
    const held = Array.from({ length: 80 }, (_, i) => i).filter((time) => spans.holds(time));
    const wanted = Array.from({ length: 80 }, (_, i) => i).filter(
      (time) => (time >= 10 && time <= 40) || (time >= 50 && time <= 60) || time === 70,
    );
    expect(held).toEqual(wanted);
    spans.add(0, Number.POSITIVE_INFINITY);
    expect(spans.holds(65)).toBe(true);
  });

  it("are not gone through one by one", () => {
    const spans = new TimeSpans();
    const count = 200_000;
    for (let i = 0; i < count; i++) spans.add(3 * i, 3 * i + 1);
    let held = 0;
    // One by one these would be forty thousand million comparisons.
    for (let time = 0; time < 2 * count; time++) if (spans.holds(time)) held += 1;
    expect(held).toBe(Math.ceil((2 * count) / 3) * 2 - 1);
  });
});
