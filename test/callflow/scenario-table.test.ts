import { describe, expect, it } from "vitest";
import { isLegKind } from "../../src/callflow/leg-kind.ts";
import { scenarioTable } from "../../src/callflow/scenarios.ts";
import { SHARED, sharedJson } from "../support/shared.ts";

describe("data/scenarios.json", () => {
  const table = scenarioTable();

  it("names only places, principles and contradictions that there are", () => {
    const principles = new Set(table.principles.map(({ id }) => id));
    const contradictions = new Set(table.contradictions.map(({ id }) => id));
    for (const scenario of table.scenarios) {
      for (const leg of [...scenario.signaling, ...scenario.media]) {
        expect(leg.between.filter((kind) => !isLegKind(kind))).toEqual([]);
        expect((leg.expected === undefined) !== (leg.either === undefined)).toBe(true);
      }
      for (const fit of scenario.fits)
        expect([...(fit.has ?? []), ...(fit.only ?? [])].filter((kind) => !isLegKind(kind))).toEqual([]);
      expect(scenario.principles.filter((id) => !principles.has(id))).toEqual([]);
      if (scenario.contradiction !== undefined) expect(contradictions.has(scenario.contradiction)).toBe(true);
    }
    expect(table.principles.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(contradictions.size).toBe(2);
  });

  it.skipIf(SHARED === undefined)("documents the article's paths for every row", () => {
    interface Fact {
      readonly id: string;
      readonly deployment: string;
      readonly usage: string;
      readonly signaling?: readonly { readonly expected?: string; readonly either?: readonly string[] }[];
      readonly media: readonly { readonly expected?: string; readonly either?: readonly string[] }[];
    }
    const facts = sharedJson<{ readonly scenarios: readonly Fact[] }>(
      "facts",
      "call-flow-scenarios.json",
    ).scenarios;
    expect(table.scenarios.map(({ id, deployment, usage }) => ({ id, deployment, usage }))).toEqual(
      facts.map(({ id, deployment, usage }) => ({ id, deployment, usage })),
    );
    for (const fact of facts) {
      const scenario = table.scenarios.find(({ id }) => id === fact.id);
      for (const part of ["signaling", "media"] as const) {
        const ours = new Set(scenario?.[part].flatMap((leg) => leg.expected ?? leg.either ?? []));
        for (const leg of fact[part] ?? [])
          for (const path of leg.expected === undefined ? (leg.either ?? []) : [leg.expected])
            // The federated user signals on another company's network: no leg of ours.
            if (!(fact.id === "hybrid-p2p-federated" && part === "signaling" && path === "expressroute"))
              expect([...ours], `${fact.id} ${part}`).toContain(path);
      }
    }
  });
});
