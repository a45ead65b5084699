import type { DirectionPath } from "./evidence.ts";
import { movesOf } from "./lanes.ts";

/** What is known when the cause of an asymmetry is named. */
export interface CauseFacts {
  readonly out: DirectionPath;
  readonly back: DirectionPath;
  readonly openedByUs: boolean;
  readonly openedByMicrosoft: boolean;
  /** Whether the flow is Office 365's, and may take ExpressRoute; undefined for other flows. */
  readonly eligible: boolean | undefined;
}

/** A way in which asymmetry arises; the letters are those of docs/evidence.md. */
export interface Cause {
  readonly id: "A" | "B" | "C" | "D" | "E" | "F" | "G";
  /** The likely cause, in words. A capture shows the fact, not the configuration behind it. */
  readonly text: string;
  readonly remedy: string;
}

const CAUSES: Readonly<Record<Cause["id"], Cause>> = {
  A: {
    id: "A",
    text: "the source or NAT prefix is probably not advertised to Microsoft over ExpressRoute",
    remedy: "advertise the NAT pool of the ExpressRoute path over ExpressRoute, or do not take its routes",
  },
  B: {
    id: "B",
    text: "the source address is probably advertised over ExpressRoute and to the Internet alike",
    remedy: "use a NAT pool of its own for each path, advertised on that path only",
  },
  C: {
    id: "C",
    text: "Microsoft's request came by the Internet and the reply followed the more specific ExpressRoute route: source NAT is missing on the way in",
    remedy:
      "translate the source of inbound connections at the Internet edge, or keep ExpressRoute routes out of that segment",
  },
  D: {
    id: "D",
    text: "the request came in on one ExpressRoute circuit and the reply left by another: source NAT is missing on the way in",
    remedy: "translate the source of inbound connections on entry, with a pool for each circuit",
  },
  E: {
    id: "E",
    text: "a Microsoft service that ExpressRoute does not carry reached an address that is advertised over ExpressRoute, and the reply took the Internet",
    remedy: "do not advertise addresses over ExpressRoute that other Microsoft services use too",
  },
  F: {
    id: "F",
    text: "the directions moved at different times: a route or a community filter changed on one side",
    remedy: "compare the routes before and after the moment of the change on both sides",
  },
  G: {
    id: "G",
    text: "one NAT pool is probably advertised on both circuits",
    remedy: "use a NAT pool of its own for each circuit",
  },
};

const ONE_MOVED: Cause = {
  ...CAUSES.F,
  text: "one direction moved and the other did not: a route or a community filter changed on one side",
};

/** The likely cause of an asymmetric flow; undefined where no documented case fits. */
export function causeOf(facts: CauseFacts): Cause | undefined {
  const { out, back } = facts;
  const [outMoved, backMoved] = [movesOf(out.stretches).length > 0, movesOf(back.stretches).length > 0];
  if (outMoved || backMoved) return outMoved && backMoved ? CAUSES.F : ONE_MOVED;
  if (out.path === "mixed" || back.path === "mixed") return undefined;
  // Microsoft peering carries nothing but Microsoft's network, in the endpoint list or not.
  if (facts.openedByMicrosoft || (!facts.openedByUs && back.path === "expressroute")) {
    if (out.path === "expressroute" && back.path === "internet") return CAUSES.C;
    if (out.path === "expressroute" && back.path === "expressroute") return CAUSES.D;
    const uncarried = facts.eligible !== true;
    return uncarried && out.path === "internet" && back.path === "expressroute" ? CAUSES.E : undefined;
  }
  if (!facts.openedByUs) return undefined;
  // What Microsoft is told of our prefixes says nothing of servers elsewhere.
  if (out.path === "expressroute" && back.path === "internet")
    return facts.eligible === undefined ? undefined : CAUSES.A;
  if (out.path === "internet" && back.path === "expressroute") return CAUSES.B;
  return out.path === "expressroute" && back.path === "expressroute" ? CAUSES.G : undefined;
}
