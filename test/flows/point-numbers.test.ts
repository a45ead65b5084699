import { describe, expect, it } from "vitest";
import { PointNumbers, POINTS } from "../../src/flows/point-numbers.ts";

describe("numbers of capture points", () => {
  it("are free again when their point was silent, and never those of points that see packets", () => {
    const points = new PointNumbers();
    expect(points.see(0, 0)).toBe(-1);
    const long = points.meet(0, 0);
    // One tap in one file, the other one in a thousand, one after the other.
    for (let file = 1; file <= 1000; file++) {
      const number = points.meet(file, file * 10);
      expect(number).not.toBe(long);
      expect(number).toBeLessThan(POINTS);
      for (let second = 0; second < 10; second++) {
        expect(points.see(file, file * 10 + second)).toBe(number);
        expect(points.see(0, file * 10 + second)).toBe(long);
      }
    }
    expect(points.see(1, 10_010)).toBe(-1);
    expect(points.several).toBe(true);
  });

  it("are shared where more points see packets at a time than there are numbers", () => {
    const points = new PointNumbers();
    for (let point = 0; point < 100; point++) points.meet(point, 5);
    for (let point = 0; point < 100; point++) expect(points.see(point, 5)).toBeGreaterThanOrEqual(0);
  });
});
