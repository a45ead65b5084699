import { describe, expect, it } from "vitest";
import { type WatchedPath, absenceEvidence } from "../../src/path/absence.ts";

function watched(kind: WatchedPath["kind"], completeThen: boolean, index = 0): WatchedPath {
  return { index, name: `${kind}-${index}`, kind, completeThen };
}

describe("a direction that exists but is not where every packet is captured", () => {
  it("went by the Internet when the only ExpressRoute path is complete", () => {
    const evidence = absenceEvidence(
      "back",
      [watched("expressroute", true, 0), watched("internet", false, 1)],
      true,
    );
    expect(evidence).toMatchObject({ kind: "absence", direction: "back", says: "internet", pathIndex: 1 });
  });

  it("went by the Internet even when no Internet path is declared", () => {
    expect(absenceEvidence("out", [watched("expressroute", true)], true)).toMatchObject({
      says: "internet",
      pathIndex: -1,
    });
  });

  it("says nothing when one of two ExpressRoute links is not complete", () => {
    expect(
      absenceEvidence("out", [watched("expressroute", true, 0), watched("expressroute", false, 1)], true),
    ).toBeUndefined();
  });

  it("says nothing when another declared kind is left besides the Internet", () => {
    expect(
      absenceEvidence("out", [watched("expressroute", true), watched("other", false, 1)], true),
    ).toBeUndefined();
  });

  it("says nothing when every path is complete: then the direction is a riddle", () => {
    expect(
      absenceEvidence("out", [watched("expressroute", true), watched("internet", true, 1)], true),
    ).toBeUndefined();
  });
});
