import type { ExpectedPath } from "../words.ts";

/** What accepted communities carry: the area of an eligible set, else the prefix of the address. */
export type Accepted = "area" | "prefix" | "none";

/** What the declared route tables say of an address. */
export interface RouteAnswer {
  /** `either`: they changed while the flow lasted. */
  readonly path: "expressroute" | "internet" | "either";
  readonly prefix: string | undefined;
  /** The IP version of the address, where the tables have no route of it. */
  readonly lacks?: 4 | 6 | undefined;
}

/** What is known when a flow's expected path is decided. */
export interface ExpectedFacts {
  /** Both ends inside the customer's network. */
  readonly local: boolean;
  readonly openedByMicrosoft: boolean;
  /** The client is a VPN or home user. */
  readonly remoteClient: boolean;
  /** The site has ExpressRoute at all. */
  readonly siteHasExpressRoute: boolean;
  /** Answer of the declared ExpressRoute route tables; undefined where none is declared. */
  readonly routes: RouteAnswer | undefined;
  /** A row of a route table that could not be read and may be a route to the address: "line 7 of er.txt". */
  readonly unread?: string | undefined;
  /** Path of the documented scenario, when the scenario is certain. */
  readonly scenario: ExpectedPath | undefined;
  /** Undefined: no communities are declared. */
  readonly accepted: Accepted | undefined;
  /** The flow matches the endpoint list. */
  readonly office365: boolean;
  readonly eligible: boolean | undefined;
}

export interface ExpectedDecision {
  readonly expected: ExpectedPath;
  /** Short, in words, for `reason`. */
  readonly why: string;
}

/** The path that the documentation and the site expect: the first rule that applies (docs/evidence.md, What is expected). */
export function decideExpected(facts: ExpectedFacts): ExpectedDecision {
  if (facts.local) return { expected: "local", why: "both ends are inside" };
  if (!facts.siteHasExpressRoute) return { expected: "internet", why: "the site has no ExpressRoute" };
  if (facts.remoteClient) return { expected: "internet", why: "the client is outside the site (remote)" };
  if (facts.openedByMicrosoft) return { expected: "either", why: "Microsoft opened the flow" };
  if (facts.routes !== undefined) return decideByRoutes(facts.routes, facts.eligible);
  const decided = decideWithoutRoutes(facts);
  if (facts.unread === undefined) return decided;
  return { ...decided, why: `${decided.why}; ${facts.unread} could not be read and may be a route to it` };
}

function decideByRoutes(
  { path, prefix, lacks }: RouteAnswer,
  eligible: boolean | undefined,
): ExpectedDecision {
  if (path === "either")
    return {
      expected: "either",
      why: `route ${prefix ?? "?"} came or went in the ExpressRoute table meanwhile`,
    };
  if (path === "expressroute")
    return { expected: "expressroute", why: `route ${prefix ?? "?"} in the ExpressRoute table` };
  if (prefix !== undefined)
    return { expected: "internet", why: `route ${prefix} in the Internet table is the longest` };
  const missing = eligible === true ? "eligible, but " : "";
  const none = lacks === undefined ? "" : `, which has none of IPv${lacks}`;
  return { expected: "internet", why: `${missing}no route in the ExpressRoute table${none}` };
}

function decideWithoutRoutes(facts: ExpectedFacts): ExpectedDecision {
  if (facts.scenario !== undefined && facts.scenario !== "unknown") {
    return { expected: facts.scenario, why: "the documented call flow" };
  }
  if (
    facts.office365 &&
    facts.eligible === true &&
    facts.accepted !== undefined &&
    facts.accepted !== "area"
  ) {
    const also = facts.accepted === "prefix" ? "; its prefix is advertised with an accepted one, too" : "";
    return { expected: "internet", why: `eligible, but its community is not accepted${also}` };
  }
  if (facts.office365 && facts.eligible !== true && facts.accepted === "prefix") {
    return { expected: "either", why: "not eligible, on a prefix of an accepted community" };
  }
  if (!facts.office365) return { expected: "internet", why: "not in the endpoint list" };
  return facts.eligible === true
    ? { expected: "expressroute", why: "eligible" }
    : { expected: "internet", why: "not eligible for ExpressRoute" };
}
