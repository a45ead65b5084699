import type { ExpectedPath } from "../words.ts";
import { type CallFlow, farOf, nearOf } from "./call-flow.ts";
import type { CallLeg } from "./call.ts";
import { type LegKind, legKind } from "./leg-kind.ts";
import { documentedPath, type Scenario, type ScenarioLeg } from "./scenarios.ts";

/** What the site says that changes what is documented for its calls. */
export interface CallSite {
  readonly hasExpressRoute: boolean;
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

/** The path documented for a flow in its call by the rows that fit; by a principle where they have no such leg. */
export function documentedLeg(
  flow: CallFlow,
  partOfCall: CallLeg["part"],
  scenarios: readonly Scenario[],
  site: CallSite,
): DocumentedLeg {
  // Connectivity checks try the ways that media may take.
  const part = partOfCall === "signaling" ? "signaling" : "media";
  const kind = legKind(flow);
  // A proxy of ours fetches the stream: where that comes from, its own flow shows.
  if (kind === "broadcast-stream" && isInside(flow)) return general(flow, kind, part);
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
  if (isInside(flow)) return leg("local", "both ends are inside");
  if (part === "signaling" && kind === "inside-online")
    return leg("expressroute", "principle signaling-at-home");
  if (kind === "outside-online") return leg("internet", "the client is outside");
  return leg(flow.expected, "what is expected of the flow by its address");
}

function isInside({ client, server }: CallFlow): boolean {
  return [client, server].every(({ zone }) => zone === "internal" || zone === "on-premises-server");
}

/** Without ExpressRoute everything outside is the Internet; so is a destination that is not listed for it. */
function adapted(leg: DocumentedLeg, flow: CallFlow, site: CallSite): DocumentedLeg {
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
