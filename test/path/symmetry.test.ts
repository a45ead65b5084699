import { describe, expect, it } from "vitest";
import type { DirectionPath, Stretch } from "../../src/path/evidence.ts";
import { type SymmetryFacts, decideSymmetry } from "../../src/path/symmetry.ts";

function stretch(says: Stretch["says"], seconds: number, lane: string = says): Stretch {
  return { says, lane, seconds, nanoseconds: 0 };
}

/** The same, shown for the last time at a moment. */
function until(shown: Stretch, seconds: number): Stretch {
  return { ...shown, until: { seconds, nanoseconds: 0 } };
}

function path(...stretches: Stretch[]): DirectionPath {
  const kinds = new Set(stretches.map((item) => item.says));
  const only = stretches[0]?.says ?? "unknown";
  return {
    path: kinds.size > 1 ? "mixed" : only,
    names: [],
    basis: stretches.length > 0 ? ["vlan"] : [],
    evidence: [],
    against: [],
    stretches,
    circuits: [],
  };
}

const UNSEEN: DirectionPath = { ...path(), path: "none" };

function facts(out: DirectionPath, back: DirectionPath, more: Partial<SymmetryFacts> = {}): SymmetryFacts {
  return {
    out,
    back,
    packetsOut: out.path === "none" ? 0 : 10,
    packetsBack: back.path === "none" ? 0 : 10,
    end: { seconds: 1000, nanoseconds: 0 },
    symptom: undefined,
    isOneClock: () => true,
    showInOneCapture: () => true,
    convergeSeconds: 200,
    ...more,
  };
}

describe("symmetry of a flow that does not move", () => {
  const er = path(stretch("expressroute", 0));
  const internet = path(stretch("internet", 0));

  it.each([
    ["the same path both ways", er, er, "symmetric"],
    ["ExpressRoute out, Internet back", er, internet, "asymmetric"],
    ["Internet out, ExpressRoute back", internet, er, "asymmetric"],
    ["one way unknown", er, path(), "unknown"],
    ["one way not captured", er, UNSEEN, "one-way"],
    ["nothing known", path(), path(), "unknown"],
    [
      "two declared circuits",
      path(stretch("expressroute", 0, "expressroute a")),
      path(stretch("expressroute", 0, "expressroute b")),
      "asymmetric",
    ],
    [
      "one circuit, and a link of no named circuit",
      path(stretch("expressroute", 0, "expressroute a")),
      er,
      "symmetric",
    ],
    ["a local link one way says nothing of the uplink", path(stretch("local", 0)), er, "unknown"],
    ["local both ways", path(stretch("local", 0)), path(stretch("local", 0)), "symmetric"],
  ])("%s", (_name, out, back, wanted) => {
    expect(decideSymmetry(facts(out, back)).symmetry).toBe(wanted);
  });

  it("counts how long the directions lay apart from the moment both were seen", () => {
    const later = path({ ...stretch("internet", 0), nanoseconds: 50_000_000 });
    expect(decideSymmetry(facts(er, later)).differSeconds).toBe(999.95);
  });

  it("calls a failing way back suspect when paths agree, and when they are not known", () => {
    expect(decideSymmetry(facts(er, er, { symptom: "silent-while-retransmitting" })).symmetry).toBe(
      "suspect",
    );
    expect(decideSymmetry(facts(er, UNSEEN, { symptom: "syn-retransmitted" })).symmetry).toBe("suspect");
  });

  it("keeps asymmetric before suspect", () => {
    expect(decideSymmetry(facts(er, internet, { symptom: "reset-of-syn-ack" })).symmetry).toBe("asymmetric");
  });
});

describe("symmetry of directions that were never seen together", () => {
  const seen = (says: Stretch["says"], from: number, to: number): DirectionPath =>
    path(until(stretch(says, from), to));
  const decide = (out: DirectionPath, back: DirectionPath, more?: Partial<SymmetryFacts>) =>
    decideSymmetry(
      facts(out, back, { lastOut: out.stretches[0]?.until, lastBack: back.stretches[0]?.until, ...more }),
    );

  it("is not known where each was seen for a while, before or after the other", () => {
    expect(decide(seen("internet", 0, 58), seen("expressroute", 60, 1000))).toEqual({
      symmetry: "unknown",
      changes: [],
      differSeconds: undefined,
      doubt: "the directions were seen at different times, so they are not compared",
    });
    expect(decide(seen("expressroute", 60, 1000), seen("internet", 0, 58)).symmetry).toBe("unknown");
    expect(decide(seen("internet", 0, 1), seen("expressroute", 700, 700)).symmetry).toBe("unknown");
  });

  it("is asymmetric where one answers the other, or by clocks that nobody compared", () => {
    expect(decide(seen("internet", 0, 0), seen("expressroute", 3, 3))).toMatchObject({
      symmetry: "asymmetric",
      differSeconds: 0,
    });
    expect(decide(seen("internet", 0, 1), seen("expressroute", 2, 1000)).symmetry).toBe("asymmetric");
    expect(decide(seen("internet", 0, 100), seen("expressroute", 99, 1000)).symmetry).toBe("asymmetric");
    expect(decide(seen("internet", 0, 1000), seen("expressroute", 3, 3)).symmetry).toBe("asymmetric");
    const clocks = { isOneClock: () => false };
    expect(decide(seen("internet", 0, 58), seen("expressroute", 60, 1000), clocks)).toMatchObject({
      symmetry: "asymmetric",
      differSeconds: undefined,
    });
  });

  it("is not known where packets of one were seen for most of the time that showed no path", () => {
    const lastBack = { seconds: 1000, nanoseconds: 0 };
    const decision = decide(seen("internet", 0, 1000), seen("expressroute", 3, 3), { lastBack });
    expect(decision.symmetry).toBe("unknown");
    expect(decision.doubt).toBe(
      "the way back was seen on no path for most of the time, so they are not compared",
    );
    // Not where both were shown for most of the time of either, or for the time to converge.
    const some = decide(seen("internet", 0, 1000), seen("expressroute", 3, 204), { lastBack });
    expect(some.symmetry).toBe("asymmetric");
    expect(decide(seen("internet", 0, 90), seen("expressroute", 0, 80), { lastBack }).symmetry).toBe(
      "asymmetric",
    );
    const early = stretch("expressroute", 0);
    const gaps = [{ from: { seconds: 50, nanoseconds: 0 }, to: { seconds: 980, nanoseconds: 0 } }];
    const hidden = path({ ...until(early, 1000), gaps });
    expect(decide(seen("internet", 0, 1000), hidden).symmetry).toBe("unknown");
    const apart = path(until(stretch("expressroute", 0), 100), until(stretch("internet", 101), 990));
    // It is where they were shown apart in the end.
    expect(decide(apart, hidden, { lastBack }).symmetry).toBe("asymmetric");
  });

  it("keeps what tells that the way back fails", () => {
    const silent = { symptom: "silent-while-retransmitting" } as const;
    expect(decide(seen("internet", 0, 58), seen("expressroute", 60, 1000), silent).symmetry).toBe("suspect");
  });
});

describe("symmetry of a flow that moves", () => {
  const moved = (at: number): DirectionPath => path(stretch("expressroute", 0), stretch("internet", at));

  it("is not known where both directions were soon seen on no path any more, and went on", () => {
    const out = path(until(stretch("expressroute", 0), 800), until(stretch("internet", 800), 802));
    const back = path(until(stretch("expressroute", 0), 802));
    expect(decideSymmetry(facts(out, back)).symmetry).toBe("unknown");
    // It is where they were apart for longer than that, or nothing came any more.
    const end = { seconds: 802, nanoseconds: 0 };
    expect(decideSymmetry(facts(out, back, { end })).symmetry).toBe("asymmetric");
    const long = path(until(stretch("expressroute", 0), 600), until(stretch("internet", 600), 802));
    expect(decideSymmetry(facts(long, back)).symmetry).toBe("asymmetric");
  });

  it("is symmetric when both directions move within the time to converge", () => {
    const decision = decideSymmetry(facts(moved(100), moved(160)));
    expect(decision).toEqual({
      symmetry: "symmetric",
      changes: [
        { seconds: 100, nanoseconds: 0 },
        { seconds: 160, nanoseconds: 0 },
      ],
      differSeconds: 60,
    });
  });

  it("is asymmetric when they differ for as long as the time to converge", () => {
    expect(decideSymmetry(facts(moved(100), moved(300))).symmetry).toBe("asymmetric");
    expect(decideSymmetry(facts(moved(100), moved(299))).symmetry).toBe("symmetric");
  });

  it("is asymmetric when they end apart, however short a time that was", () => {
    const decision = decideSymmetry(facts(moved(990), path(stretch("expressroute", 0))));
    expect(decision.symmetry).toBe("asymmetric");
    expect(decision.differSeconds).toBe(10);
  });

  it("is not known where the other direction was not seen for longer than they were seen apart", () => {
    const er = path(stretch("expressroute", 0));
    const doubt = "the way back was seen on no path for long after the other moved, so they are not compared";
    const lossy = {
      lastOut: { seconds: 1000, nanoseconds: 0 },
      lastBack: { seconds: 100, nanoseconds: 30_000_000 },
    };
    const decision = decideSymmetry(facts(moved(100), er, lossy));
    expect(decision).toEqual({
      symmetry: "unknown",
      changes: [{ seconds: 100, nanoseconds: 0 }],
      differSeconds: undefined,
      doubt,
    });
    const silent = { ...lossy, symptom: "silent-while-retransmitting" } as const;
    expect(decideSymmetry(facts(moved(100), er, silent)).symmetry).toBe("suspect");
    const other = { lastOut: { seconds: 90, nanoseconds: 0 } };
    expect(decideSymmetry(facts(er, moved(100), other)).doubt).toContain("the way out was seen on no path");
    // There was no time to be seen elsewhere.
    const soon = { lastBack: { seconds: 999, nanoseconds: 200_000_000 } };
    expect(decideSymmetry(facts(moved(999), er, soon)).doubt).toBe(
      "a direction moved just before the end, so they are not compared",
    );
    // It came to ExpressRoute for nearly as long as the other went to the Internet, or for the time to converge.
    expect(
      decideSymmetry(facts(moved(900), er, { lastBack: { seconds: 951, nanoseconds: 0 } })),
    ).toMatchObject({
      symmetry: "asymmetric",
      differSeconds: 100,
    });
    expect(
      decideSymmetry(facts(moved(100), er, { lastBack: { seconds: 301, nanoseconds: 0 } })).symmetry,
    ).toBe("asymmetric");
    // Its packets came on, but over a link that shows nothing.
    const unmarked = path(until(stretch("expressroute", 0), 100));
    expect(decideSymmetry(facts(moved(100), unmarked)).symmetry).toBe("unknown");
    const longer = path(until(stretch("expressroute", 0), 300));
    expect(decideSymmetry(facts(moved(100), longer)).symmetry).toBe("asymmetric");
    // A flow that did not move lies apart however its packets came.
    const internet = path(stretch("internet", 0));
    expect(decideSymmetry(facts(internet, er, lossy)).symmetry).toBe("asymmetric");
  });

  it("is not known where what was seen of both did not last the time to converge, though they end alike", () => {
    const late = (last: number): DirectionPath =>
      path(until(stretch("expressroute", 0), last), stretch("internet", 400));
    const decision = decideSymmetry(facts(moved(100), late(110)));
    expect(decision).toMatchObject({ symmetry: "unknown", differSeconds: undefined });
    expect(decision.doubt).toContain("the way back was seen on no path");
    expect(decideSymmetry(facts(late(110), moved(100))).doubt).toContain("the way out");
    // It was seen there for most of that time, or for the time to converge.
    expect(decideSymmetry(facts(moved(100), late(260))).symmetry).toBe("asymmetric");
    const longest = path(until(stretch("expressroute", 0), 300), stretch("internet", 900));
    // Where it was from 300 to 900 is not known.
    expect(decideSymmetry(facts(moved(100), longest))).toMatchObject({
      symmetry: "asymmetric",
      differSeconds: 200,
    });
    // Too short to be asymmetric, whatever it did meanwhile.
    const soon = path(until(stretch("expressroute", 0), 110), stretch("internet", 290));
    expect(decideSymmetry(facts(moved(100), soon)).symmetry).toBe("symmetric");
  });

  it("does not hold what is not known yet of one direction against the other", () => {
    const shownLate = path(stretch("internet", 120));
    expect(decideSymmetry(facts(shownLate, moved(100), { convergeSeconds: 50 }))).toMatchObject({
      symmetry: "symmetric",
      differSeconds: undefined,
    });
  });

  it("tells both directions' moves within a second as one", () => {
    expect(decideSymmetry(facts(moved(100), moved(101))).changes).toEqual([{ seconds: 100, nanoseconds: 0 }]);
  });
});
