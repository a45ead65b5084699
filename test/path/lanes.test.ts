import { expect, it } from "vitest";
import { causeOf } from "../../src/path/cause.ts";
import type { DirectionPath, Stretch } from "../../src/path/evidence.ts";
import { movesOf } from "../../src/path/lanes.ts";
import { decideSymmetry } from "../../src/path/symmetry.ts";

/** A direction on these lanes, one every 10 s: "er a" is circuit a of ExpressRoute, "er" names none. */
function path(...lanes: string[]): DirectionPath {
  const stretches = lanes.map((lane, i): Stretch => {
    const says = lane.startsWith("er") ? "expressroute" : "internet";
    return { says, lane: lane.replace(/^er/, "expressroute"), seconds: 10 * i, nanoseconds: 0 };
  });
  const kinds = new Set(stretches.map(({ says }) => says));
  const [first] = kinds;
  return {
    path: kinds.size === 1 && first !== undefined ? first : "mixed",
    names: [],
    basis: ["vlan"],
    evidence: [],
    against: [],
    stretches,
    circuits: [],
  };
}

function symmetryOf(out: DirectionPath, back: DirectionPath): ReturnType<typeof decideSymmetry> {
  return decideSymmetry({
    out,
    back,
    packetsOut: 9,
    packetsBack: 9,
    end: { seconds: 1000, nanoseconds: 0 },
    symptom: undefined,
    isOneClock: () => true,
    showInOneCapture: () => true,
    convergeSeconds: 200,
  });
}

it.each<[string, string[], number[]]>([
  ["one path", ["er a"], []],
  ["another kind and back", ["er a", "internet", "er a"], [10, 20]],
  ["another declared circuit", ["er a", "er b"], [10]],
  ["a path of the kind that names no circuit, and from it", ["er a", "er", "er a"], []],
  ["from one that names none to a declared circuit", ["er", "er a"], []],
  ["another declared circuit past one that names none", ["er a", "er", "er b"], [20]],
  ["none, a declared circuit, another", ["er", "er a", "er b"], [20]],
  ["another kind past one that names none", ["er a", "er", "internet", "er"], [20, 30]],
])("is a change of path: %s", (_name, lanes, wanted) => {
  const direction = path(...lanes);
  expect(movesOf(direction.stretches).map(({ seconds }) => seconds)).toEqual(wanted);
  expect(symmetryOf(direction, direction).changes.map(({ seconds }) => seconds)).toEqual(wanted);
});

it("a move is what symmetry calls different, whichever two paths it is between", () => {
  const lanes = ["er", "er a", "er b", "internet"];
  for (const one of lanes)
    for (const other of lanes) {
      const isMove = one !== other && movesOf(path(one, other).stretches).length > 0;
      expect(isMove, `${one} ${other}`).toBe(symmetryOf(path(one), path(other)).symmetry === "asymmetric");
    }
});

it("a direction that only went on to a path without a circuit did not move when the cause is named", () => {
  const facts = { openedByUs: true, openedByMicrosoft: false, eligible: true };
  expect(causeOf({ ...facts, out: path("er a", "er"), back: path("internet") })?.id).toBe("A");
});
