import type { ExpectedPath } from "../words.ts";
import { type CallFlow, farOf, nearOf } from "./call-flow.ts";
import { type LegKind, legKind } from "./leg-kind.ts";
import {
  type CallFact,
  documentedPath,
  type Fit,
  type Scenario,
  type ScenarioLeg,
  type ScenarioTable,
} from "./scenarios.ts";

/** What the engine looks at: between which places media ran, and what is known of the call. */
export interface CallPicture {
  readonly media: ReadonlySet<LegKind>;
  readonly facts: ReadonlySet<CallFact>;
}

/** What the site says that changes what is documented for it. */
export interface EngineSite {
  readonly hasExpressRoute: boolean;
}

/** Rows of the table that fit, in its order, and what is still open. */
export interface FittingRows {
  readonly scenarios: readonly Scenario[];
  /** What would decide, or why nothing fits; empty where one row fits. */
  readonly open: string;
}

/**
 * Which rows of the article a call can be: those that know every kind of media leg seen and whose conditions hold.
 * Where no single row knows them all (a call that became a conference), the rows that fit some of them.
 */
export function fittingRows(picture: CallPicture, table: ScenarioTable): FittingRows {
  const key = `${[...picture.media].toSorted().join(" ")}|${[...picture.facts].toSorted().join(" ")}`;
  let answers = remembered.get(table);
  if (answers === undefined) remembered.set(table, (answers = new Map()));
  let answer = answers.get(key);
  if (answer === undefined) {
    answer = findRows(picture, table);
    if (answers.size < MAX_REMEMBERED) answers.set(key, answer);
  }
  return answer;
}

/** Most calls look like one that was looked up before. */
const remembered: WeakMap<ScenarioTable, Map<string, FittingRows>> = new WeakMap();
const MAX_REMEMBERED = 1024;

function findRows(picture: CallPicture, table: ScenarioTable): FittingRows {
  const whole = table.scenarios.filter((scenario) => fits(scenario, picture));
  if (whole.length === 1) return { scenarios: whole, open: "" };
  if (whole.length > 1) return { scenarios: whole, open: openText(whole) };
  const some = table.scenarios.filter((scenario) =>
    [...picture.media].some((kind) => fits(scenario, { ...picture, media: new Set([kind]) })),
  );
  if (some.length > 0)
    return {
      scenarios: some,
      open: `media of several kinds (${[...picture.media].toSorted().join(", ")}): the call changed, or was relayed for a time`,
    };
  const hasUser = picture.facts.has("homed-on-premises") || picture.facts.has("homed-online");
  if (!hasUser && table.scenarios.some((scenario) => knowsAll(scenario, picture)))
    return {
      scenarios: [],
      open: `media ${[...picture.media].toSorted().join(", ")} without its user's side: no row can be told`,
    };
  const homed = picture.facts.has("homed-on-premises")
    ? "on-premises"
    : picture.facts.has("homed-online")
      ? "Online"
      : undefined;
  const homing =
    homed === undefined
      ? ""
      : ` of a user homed ${homed} (users.on-premises in the site description decides that)`;
  return {
    scenarios: [],
    open: `no row of the article has media ${[...picture.media].toSorted().join(", ")}${homing}`,
  };
}

function openText(scenarios: readonly Scenario[]): string {
  return `fit alike; what would show each: ${scenarios.map(({ id, shownBy }) => `${id}: ${shownBy}`).join("; ")}`;
}

function fits(scenario: Scenario, picture: CallPicture): boolean {
  return (
    picture.media.size > 0 && knowsAll(scenario, picture) && scenario.fits.some((fit) => holds(fit, picture))
  );
}

function knowsAll(scenario: Scenario, { media }: CallPicture): boolean {
  const known = new Set(scenario.media.flatMap((leg) => leg.between));
  return [...media].every((kind) => known.has(kind));
}

function holds(fit: Fit, { media, facts }: CallPicture): boolean {
  return (
    (fit.needs ?? []).every((fact) => facts.has(fact)) &&
    !(fit.unless ?? []).some((fact) => facts.has(fact)) &&
    (fit.has === undefined || fit.has.some((kind) => media.has(kind))) &&
    (fit.only === undefined || [...media].every((kind) => fit.only?.includes(kind)))
  );
}

/** What the article documents for one leg. */
export interface DocumentedLeg {
  readonly path: ExpectedPath;
  readonly whose: string;
  /** Scenario, principle or assumption. */
  readonly by: string;
  /** One row fits, and it has this leg. */
  readonly certain: boolean;
}

/** The path documented for a leg by the rows that fit; by a principle where they have no such leg. */
export function documentedLeg(
  flow: CallFlow,
  part: "media" | "signaling",
  scenarios: readonly Scenario[],
  site: EngineSite,
): DocumentedLeg {
  const kind = legKind(flow);
  const home = homeOf(flow);
  const found: { scenario: Scenario; leg: ScenarioLeg }[] = [];
  for (const scenario of scenarios) {
    const leg = scenario[part].find(
      (item) =>
        item.between.includes(kind) && (item.home === undefined || home === undefined || item.home === home),
    );
    if (leg !== undefined) found.push({ scenario, leg });
  }
  const first = found[0];
  if (first === undefined) return adapted(general(flow, kind, part), flow, site);
  const paths = new Set(found.map(({ leg }) => documentedPath(leg)));
  const decidedBy = found.find(({ leg }) => leg.decidedBy !== undefined)?.leg.decidedBy;
  const ids = found.map(({ scenario }) => scenario.id).join(";");
  return adapted(
    {
      path: united(paths),
      whose: first.leg.leg,
      by: decidedBy === undefined ? ids : `${ids}: ${decidedBy}`,
      certain: scenarios.length === 1,
    },
    flow,
    site,
  );
}

/** One word for what several rows document. */
function united(paths: ReadonlySet<ExpectedPath>): ExpectedPath {
  const [first] = paths;
  if (paths.size === 1 && first !== undefined) return first;
  return paths.has("local") || paths.has("unknown") ? "unknown" : "either";
}

/** For legs that no fitting row has: what the principles say, else what is expected of the flow anyway. */
function general(flow: CallFlow, kind: LegKind, part: "media" | "signaling"): DocumentedLeg {
  const leg = (path: ExpectedPath, by: string): DocumentedLeg => ({ path, whose: "", by, certain: false });
  const inside = ["internal", "on-premises-server"];
  if (inside.includes(flow.client.zone) && inside.includes(flow.server.zone))
    return leg("local", "both ends are inside");
  if (part === "signaling" && kind === "inside-online")
    return leg("expressroute", "principle signaling-at-home");
  if (kind === "outside-online") return leg("internet", "the client is outside");
  return leg(flow.expected, "what is expected of the flow by its address");
}

/** Without ExpressRoute everything outside is the Internet; so is a destination that is not listed for it. */
function adapted(leg: DocumentedLeg, flow: CallFlow, site: EngineSite): DocumentedLeg {
  if (leg.path !== "expressroute" && leg.path !== "either") return leg;
  if (!site.hasExpressRoute) return { ...leg, path: "internet", by: "the site has no ExpressRoute" };
  if (flow.office365 && flow.eligible === false)
    return { ...leg, path: "internet", by: "assumption listed-is-routable-both-ways: not eligible" };
  return leg;
}

/** Where the inside user of a flow is homed; undefined without one. */
function homeOf(flow: CallFlow): "online" | "on-premises" | undefined {
  const user = [nearOf(flow), farOf(flow)].find((end) => end.zone === "internal" && !end.translated);
  if (user === undefined) return undefined;
  return user.homedOnPremises ? "on-premises" : "online";
}
