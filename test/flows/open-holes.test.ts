import { describe, expect, it } from "vitest";
import { MAX_OLDER_HOLES, MOST_HOLES, OpenHoles } from "../../src/flows/open-holes.ts";

/** Longest reordering, tenths of a millisecond. */
const LONGEST = 30;

describe("the holes of a direction besides its newest one", () => {
  it("fill each once, with the time at which they opened, across the wrap of sequence numbers", () => {
    const holes = new OpenHoles();
    holes.add(7, 1, 0xffff_fff0, 0x10, 5, 5, LONGEST);
    holes.add(7, 1, 0x20, 0x30, 6, 6, LONGEST);
    expect(holes.fill(7, 1, 0xffff_fff8, 0x8, 9, LONGEST)).toBe(5); // the middle
    expect(holes.fill(7, 1, 0xffff_fff8, 0x8, 9, LONGEST)).toBe(-1);
    expect(holes.fill(7, 1, 0xffff_fff0, 0xffff_fff8, 9, LONGEST)).toBe(5);
    expect(holes.fill(7, 1, 0x8, 0x10, 9, LONGEST)).toBe(5);
    expect(holes.fill(7, 1, 0x20, 0x30, 9, LONGEST)).toBe(6);
    expect(holes.fill(7, 1, 0x20, 0x30, 9, LONGEST)).toBe(-1);
  });

  it("are of one flow and direction, until the flow is over", () => {
    const holes = new OpenHoles();
    holes.add(7, 1, 10, 20, 5, 5, LONGEST);
    holes.add(8, 0, 10, 20, 6, 6, LONGEST);
    expect(holes.fill(7, 0, 10, 20, 9, LONGEST)).toBe(-1);
    holes.forget(7);
    expect(holes.fill(7, 1, 10, 20, 9, LONGEST)).toBe(-1);
    expect(holes.fill(8, 0, 10, 20, 9, LONGEST)).toBe(6);
  });

  it("go, the oldest first, when they are old or too many", () => {
    const holes = new OpenHoles();
    for (let i = 0; i <= MAX_OLDER_HOLES; i++) holes.add(1, 0, 20 * i, 20 * i + 10, 5, 5, LONGEST);
    expect(holes.fill(1, 0, 0, 10, 5, LONGEST)).toBe(-1);
    expect(holes.fill(1, 0, 20, 30, 5, LONGEST)).toBe(5);
    holes.add(1, 0, 10_000, 10_010, 40, 40, LONGEST);
    expect(holes.fill(1, 0, 40, 50, 40, LONGEST)).toBe(-1);
    expect(holes.fill(1, 0, 10_000, 10_010, 40, LONGEST)).toBe(40);
  });

  it("go when there are more than a million, which directions that had some and no more have left", () => {
    const holes = new OpenHoles();
    for (let flow = 0; flow < MOST_HOLES; flow++) holes.add(flow, 0, 10, 20, 5, 5, LONGEST);
    expect(holes.fill(3, 0, 10, 12, 5, LONGEST)).toBe(5);
    holes.add(MOST_HOLES, 0, 10, 20, 6, 6, LONGEST);
    expect(holes.fill(3, 0, 12, 20, 6, LONGEST)).toBe(-1);
    expect(holes.fill(MOST_HOLES, 0, 10, 20, 6, LONGEST)).toBe(6);
    holes.forget(4);
    holes.add(4, 0, 30, 40, 7, 7, LONGEST);
    expect(holes.fill(4, 0, 30, 40, 7, LONGEST)).toBe(7);
  });
});
