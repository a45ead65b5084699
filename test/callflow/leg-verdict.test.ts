import { describe, expect, it } from "vitest";
import { judgeLeg } from "../../src/callflow/leg-verdict.ts";

describe("how a leg deviates", () => {
  it.each([
    ["expressroute", "expressroute", "asymmetric: both directions took ExpressRoute, on different circuits"],
    ["expressroute", "internet", "asymmetric: out took ExpressRoute, back took the Internet"],
    ["mixed", "expressroute", "asymmetric: out moved between paths, back took ExpressRoute"],
  ] as const)("out %s and back %s, asymmetric", (pathOut, pathBack, how) => {
    const taken = { pathOut, pathBack, symmetry: "asymmetric" } as const;
    expect(judgeLeg(taken, "expressroute", false)).toEqual({ verdict: "deviates", how });
  });

  it.each([
    ["mixed", "mixed", "moved between paths"],
    ["mixed", "expressroute", "out moved between paths"],
    ["expressroute", "mixed", "back moved between paths"],
  ] as const)("out %s and back %s, symmetric", (pathOut, pathBack, how) => {
    const taken = { pathOut, pathBack, symmetry: "symmetric" } as const;
    expect(judgeLeg(taken, "expressroute", false)).toEqual({ verdict: "deviates", how });
  });
});
