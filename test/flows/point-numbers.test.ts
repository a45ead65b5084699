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
    for (let point = 0; point < 3 * POINTS; point++) points.meet(point, 5);
    const shared = new Map<number, number>();
    for (let point = 0; point < 3 * POINTS; point++) {
      const number = points.see(point, 5);
      shared.set(number, (shared.get(number) ?? 0) + 1);
    }
    expect([...shared.keys()].sort((x, y) => x - y)).toEqual(Array.from({ length: POINTS }, (_, i) => i));
    expect([...shared.values()]).toEqual(Array.from({ length: POINTS }, () => 3));
    // Then those that go on share less.
    for (let point = 0; point < POINTS - 1; point++) points.see(point, 20);
    expect(points.meet(1000, 20)).toBe(POINTS - 1);
    expect(points.see(POINTS - 1, 20)).toBe(-1);
  });
});
