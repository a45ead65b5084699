import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideDirection, type DirectionFacts } from "../../src/path/direction-path.ts";
import type { Evidence } from "../../src/path/evidence.ts";
import { EVIDENCE_KINDS } from "../../src/words.ts";
import type { NamedPath } from "../../src/path/lanes.ts";

const PATHS: readonly NamedPath[] = [
  { name: "circuit", kind: "expressroute", circuit: "one" },
  { name: "uplink", kind: "internet", circuit: undefined },
  { name: "site", kind: "local", circuit: undefined },
  { name: "backbone", kind: "other", circuit: undefined },
];

const moment = { seconds: fc.nat(9), nanoseconds: fc.nat(3) };
const evidence = fc
  .record({
    kind: fc.constantFrom(...EVIDENCE_KINDS),
    path: fc.nat(PATHS.length),
    packets: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ kind, path, packets }): Evidence => ({
    kind,
    direction: "out",
    says: PATHS[path]?.kind ?? "internet",
    pathIndex: path < PATHS.length ? path : -1,
    packets,
    firstPacket: 1,
    capture: "a.pcap",
    shown: kind,
  }));
const run = fc.record({
  context: fc.nat(1),
  firstPacket: fc.constant(1),
  ...moment,
  untilSeconds: fc.nat(9),
  untilNanoseconds: fc.nat(3),
});
const facts: fc.Arbitrary<DirectionFacts> = fc.record({
  packets: fc.nat(9),
  uses: fc
    .array(evidence, { maxLength: 2 })
    .map((items) => [{ context: 0, packets: 3, copies: 0, evidence: items }]),
  seenTwice: fc.array(fc.record({ one: fc.nat(1), other: fc.nat(1), packets: fc.nat(3) }), { maxLength: 2 }),
  runs: fc.array(run, { maxLength: 3 }),
  weaker: fc.array(evidence, { maxLength: 1 }),
  start: fc.record(moment),
  bothInternal: fc.boolean(),
});

describe("the path of one direction", () => {
  it("is the same when a link context that shows nothing is there, too", () => {
    fc.assert(
      fc.property(facts, (some) => {
        const nothing = { context: 7, packets: 0, copies: 0, evidence: [] };
        const more = { ...some, uses: [...some.uses, nothing] };
        expect(decideDirection(some, PATHS)).toEqual(decideDirection(more, PATHS));
      }),
      { numRuns: 5000 },
    );
  });

  it("has the moments at which evidence of the flow itself changed", () => {
    const seen = (pathIndex: number, kind: Evidence["kind"] = "hop"): Evidence => ({
      kind,
      direction: "out",
      says: PATHS[pathIndex]?.kind ?? "internet",
      pathIndex,
      packets: 1,
      firstPacket: 1,
      capture: "a.pcap",
      shown: kind,
    });
    const [er, other, internet] = [seen(0), seen(0), seen(1)];
    const pool = seen(1, "nat-pool");
    const path = decideDirection(
      {
        packets: 9,
        uses: [],
        runs: [],
        weaker: [er, other, internet, pool],
        sightings: [pool, er, other, internet, er].map((item, seconds) => ({
          item,
          seconds,
          nanoseconds: 5,
        })),
        start: { seconds: 0, nanoseconds: 0 },
        bothInternal: false,
      },
      PATHS,
    );
    expect(path).toMatchObject({ path: "mixed", basis: ["hop"], names: ["circuit", "uplink"] });
    expect(path.stretches.map(({ says, seconds }) => [says, seconds])).toEqual([
      ["expressroute", 1],
      ["internet", 3],
      ["expressroute", 4],
    ]);
  });

  describe("where one link has the marks of two paths", () => {
    const item = (pathIndex: number, kind: Evidence["kind"], packets: number): Evidence => ({
      kind,
      direction: "out",
      says: PATHS[pathIndex]?.kind ?? "internet",
      pathIndex,
      packets,
      firstPacket: 1,
      capture: "a.pcap",
      shown: kind,
    });
    /** Packets on a VLAN of the Internet, and packets of a mirror session whose interface says another path. */
    const decide = (
      [onVlan, mirrored]: readonly [number, number],
      more: Partial<DirectionFacts> = {},
    ): ReturnType<typeof decideDirection> =>
      decideDirection(
        {
          packets: onVlan + mirrored,
          uses: [
            { context: 1, packets: onVlan, copies: 0, evidence: [item(1, "vlan", onVlan)] },
            {
              context: 2,
              packets: mirrored,
              copies: 0,
              evidence: [item(1, "interface", mirrored), item(0, "erspan-session", mirrored)],
            },
          ],
          runs: [],
          weaker: [],
          start: { seconds: 0, nanoseconds: 0 },
          bothInternal: false,
          ...more,
        },
        PATHS,
      );

    it("other packets did not move there, and most of them leave the path unknown", () => {
      const path = decide([2, 3]);
      expect(path).toMatchObject({ path: "unknown", basis: [], stretches: [] });
      expect(path.contradiction).toMatchObject({ packets: 3 });
    });

    it("a few of them undo nothing", () => {
      expect(decide([5, 3])).toMatchObject({ path: "internet", basis: ["vlan"], names: ["uplink"] });
    });

    it("stronger marks of the same packets decide", () => {
      const path = decide([5, 5], { packets: 5, seenTwice: [{ one: 1, other: 2, packets: 5 }] });
      expect(path).toMatchObject({ path: "internet", basis: ["vlan"], names: ["uplink"] });
      expect(path.against.map(({ kind }) => kind)).toEqual(["erspan-session"]);
    });
  });
});
