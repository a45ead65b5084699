import { describe, expect, it } from "vitest";
import { isLegKind } from "../../src/callflow/leg-kind.ts";
import { documentedPath, scenarioTable } from "../../src/callflow/scenarios.ts";
import { SHARED, sharedJson } from "../support/shared.ts";

/**
 * Cells of the article's three tables, and of its example flows (the last four rows): signaling and media, each leg with
 * its path. A row's one word for all is that of each of its legs.
 */
const CELLS: Readonly<Record<string, readonly [signaling: string, media: string]>> = {
  "online-p2p-internal": ["inside-online expressroute", "inside-inside local"],
  "online-p2p-internal-external": [
    "inside-online expressroute, outside-online internet",
    "inside-online expressroute, outside-online internet",
  ],
  "online-p2p-federated": ["inside-online expressroute", "inside-online expressroute"],
  "online-conference-internal": ["inside-online expressroute", "inside-online expressroute"],
  "online-conference-external": ["outside-online internet", "outside-online internet"],
  "online-conference-third-party": ["inside-partner internet", "inside-partner internet"],
  "online-pstn-internal": ["inside-online expressroute", "inside-online expressroute"],
  "online-pstn-external": ["outside-online internet", "outside-online internet"],
  "hybrid-p2p-onprem": ["inside-front-end local", "inside-inside local"],
  "hybrid-p2p-mixed": ["inside-online expressroute, inside-front-end local", "inside-inside local"],
  "hybrid-p2p-federated": [
    "inside-front-end local, partner-online-online expressroute",
    // "Internet or ExpressRoute", by which Edge relays.
    "inside-online expressroute, outside-edge internet, edge-online either",
  ],
  // Its own principle 4 has the on-premises user's signaling at the Front End.
  "hybrid-conference-online": [
    "inside-online expressroute, inside-front-end local",
    "inside-online expressroute",
  ],
  "hybrid-pstn-onprem": ["inside-front-end local", "inside-mediation local, inside-gateway local"],
  // "Local"; by the example flow, to the cloud over ExpressRoute and from there to the Cloud Connector.
  "cloud-connector-pstn-internal": [
    "inside-cloud-connector local, inside-online expressroute",
    "inside-cloud-connector local",
  ],
  "cloud-connector-pstn-external": [
    "outside-online internet, outside-cloud-connector internet",
    "outside-cloud-connector internet",
  ],
  "hybrid-conference-onprem-hosted": [
    "inside-online expressroute, inside-front-end local",
    "inside-front-end local, outside-edge internet, front-end-online either",
  ],
  "hybrid-conference-onprem-edge-relay": [
    "outside-online internet, outside-edge internet",
    "outside-edge internet, edge-online expressroute",
  ],
  "broadcast-presenter": ["inside-online expressroute", "inside-online expressroute"],
  "broadcast-attendee": ["", "broadcast-stream internet"],
};

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

  it.each(Object.entries(CELLS))("has every cell of %s", (id, [signaling, media]) => {
    const scenario = table.scenarios.find((item) => item.id === id);
    const cellsOf = (part: "signaling" | "media", cells: string): string =>
      cells
        .split(", ")
        .filter((cell) => cell !== "")
        .map((cell) => {
          const [kind = ""] = cell.split(" ");
          const legs = scenario?.[part].filter(({ between }) => between.some((item) => item === kind)) ?? [];
          return `${kind} ${legs.map(documentedPath).join(" and ")}`;
        })
        .join(", ");
    expect(cellsOf("signaling", signaling)).toBe(signaling);
    expect(cellsOf("media", media)).toBe(media);
  });

  it("has no row that the article has not, in its order", () => {
    expect(table.scenarios.map(({ id }) => id)).toEqual(Object.keys(CELLS));
  });

  it("names contradictions on both sides", () => {
    for (const { id, scenarios } of table.contradictions)
      expect(table.scenarios.filter((row) => row.contradiction === id).map((row) => row.id)).toEqual(
        scenarios,
      );
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
            expect([...ours], `${fact.id} ${part}`).toContain(path);
      }
    }
  });
});
