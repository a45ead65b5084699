import { readFileSync } from "node:fs";
import type { ExpectedPath } from "../words.ts";
import type { LegKind } from "./leg-kind.ts";

/** What is known of a call as a whole and can decide between rows of the article's tables. */
export type CallFact =
  | "inside-user"
  | "remote-user"
  | "homed-online"
  | "homed-on-premises"
  | "conference-certain"
  | "conference-likely"
  | "pstn-certain"
  | "other-modality";

/** A leg of a scenario: between which places, and the path that the article documents. */
export interface ScenarioLeg {
  /** Whose leg it is, in words. */
  readonly leg: string;
  readonly between: readonly LegKind[];
  /** Holds for users homed there only. */
  readonly home?: "online" | "on-premises";
  readonly expected?: Extract<ExpectedPath, "local" | "internet" | "expressroute">;
  /** Where the article allows several paths. */
  readonly either?: readonly Extract<ExpectedPath, "local" | "internet" | "expressroute">[];
  /** What decides between them. */
  readonly decidedBy?: string;
}

/** When a row fits a call: all of `needs`, none of `unless`, one of the kinds `has`, no media but of the kinds `only`. */
export interface Fit {
  readonly needs?: readonly CallFact[];
  readonly unless?: readonly CallFact[];
  readonly has?: readonly LegKind[];
  readonly only?: readonly LegKind[];
}

/** One row of the article's tables, or one of its example flows. */
export interface Scenario {
  readonly id: string;
  readonly deployment: "online" | "hybrid" | "cloud-connector";
  readonly usage: "peer-to-peer" | "conference" | "pstn" | "broadcast";
  readonly source: "table" | "example flow";
  readonly endpoints: string;
  /** Ids of principles that it follows from. */
  readonly principles: readonly string[];
  /** Any of these will do, where every media leg of the call is one of the scenario's. */
  readonly fits: readonly Fit[];
  readonly signaling: readonly ScenarioLeg[];
  readonly media: readonly ScenarioLeg[];
  /** What would show that a call is this one and none that looks alike. */
  readonly shownBy: string;
  /** Id of a contradiction in the article. */
  readonly contradiction?: string;
}

export interface Principle {
  readonly id: string;
  readonly number: number;
  readonly text: string;
}

/** Two places of the article that say different things, and how both are applied. */
export interface Contradiction {
  readonly id: string;
  readonly scenarios: readonly string[];
  readonly table: string;
  readonly elsewhere: string;
  readonly applied: string;
}

/** The article's tables and principles: data/scenarios.json. */
export interface ScenarioTable {
  readonly source: string;
  readonly assumptions: readonly { readonly id: string; readonly text: string }[];
  readonly principles: readonly Principle[];
  readonly internetOnly: readonly string[];
  readonly contradictions: readonly Contradiction[];
  /** In the article's order, example flows last. */
  readonly scenarios: readonly Scenario[];
}

let table: ScenarioTable | undefined;

/** The table, read when first asked for. */
export function scenarioTable(): ScenarioTable {
  table ??= JSON.parse(
    readFileSync(new URL("../../data/scenarios.json", import.meta.url), "utf8"),
  ) as ScenarioTable;
  return table;
}

/** What a leg's documented path is: one word, or `either` where the article allows ExpressRoute and the Internet. */
export function documentedPath(leg: ScenarioLeg): ExpectedPath {
  return leg.expected ?? (leg.either?.length === 1 ? (leg.either[0] ?? "unknown") : "either");
}
