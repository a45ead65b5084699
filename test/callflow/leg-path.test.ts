import { describe, expect, it } from "vitest";
import { pathDuring } from "../../src/callflow/leg-path.ts";
import type { Stretch } from "../../src/path/evidence.ts";

const stretch = (says: Stretch["says"], seconds: number, until: number): Stretch => ({
  says,
  lane: says,
  seconds,
  nanoseconds: 0,
  until: { seconds: until, nanoseconds: 0 },
});

describe("the path of a flow while a call lasted", () => {
  // Both directions moved; packets of the way back were lost from 58 to 180.
  const flow = {
    pathOut: "mixed",
    pathBack: "mixed",
    symmetry: "symmetric",
    course: {
      out: [stretch("internet", 0, 59), stretch("expressroute", 60, 300)],
      back: [stretch("internet", 0, 58), stretch("expressroute", 180, 300)],
    },
  } as const;

  it.each([
    ["before the move", 10, 50, "internet", "internet", "symmetric"],
    ["after it", 190, 250, "expressroute", "expressroute", "symmetric"],
    ["while the way back was not seen", 100, 150, "expressroute", "internet", "unknown"],
    ["while one was still seen where it was", 56, 57, "internet", "internet", "symmetric"],
    ["over the move", 50, 250, "mixed", "mixed", "symmetric"],
  ])("%s", (_name, from, to, pathOut, pathBack, symmetry) => {
    expect(pathDuring(flow, from * 1e6, to * 1e6)).toEqual({ pathOut, pathBack, symmetry });
  });

  it("is asymmetric where both were seen apart then", () => {
    const [first, then] = [stretch("internet", 0, 179), stretch("expressroute", 180, 300)];
    const apart = { ...flow, course: { ...flow.course, back: [first, then] } };
    expect(pathDuring(apart, 100e6, 150e6)).toMatchObject({ pathBack: "internet", symmetry: "asymmetric" });
  });
});
