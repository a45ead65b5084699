import { listedName } from "../files/shown-name.ts";
import * as layout from "../flows/layout.ts";
import { CLIENT_TARGETS, EDGE_TARGETS, type Quality, judgeQuality } from "../protocols/stream-quality.ts";
import { NO_ITEMS } from "../no-items.ts";
import { isBefore, type Moment, secondsBetween } from "../path/moment.ts";
import type { Direction } from "../words.ts";
import { contextShares } from "./context-shares.ts";
import { mappedAddresses } from "./flow-evidence.ts";
import { isPublic } from "./public-address.ts";
import type { FlowDecision } from "./flow-decision.ts";
import type { ContextShare, Leg } from "./leg.ts";
import type { Links } from "./links.ts";

/** What measuring needs besides the flow. */
export interface MeasureSurroundings {
  readonly links: Links;
  /** True when times of the two captures can be subtracted from each other. */
  comparableClocks(x: number, y: number): boolean;
}

/** What calls and rows both want to know of a flow, and what costs too much to find out twice. */
export interface FlowMeasures {
  /** Directions are those of the first leg. */
  readonly quality: Quality;
  readonly rttMs: number | undefined;
  /** Our side's address behind source NAT. */
  readonly nat: { readonly text: string; readonly port: number } | undefined;
  /** In which link contexts the packets of each direction came. */
  readonly outShares: readonly ContextShare[];
  readonly backShares: readonly ContextShare[];
  /** Captures that have packets of it, by index. */
  readonly captures: readonly { readonly index: number; readonly name: string }[];
}

export function measureFlow(decision: FlowDecision, surroundings: MeasureSurroundings): FlowMeasures {
  const { legs, leg, carried } = decision;
  const rttMs = roundTripOf(legs, surroundings);
  const ofServer = leg.near.zone === "on-premises-server" && leg.far.zone !== "remote";
  const targets = ofServer ? EDGE_TARGETS : CLIENT_TARGETS;
  const outShares = sharesOf(legs, (item) => item.out);
  const backShares = sharesOf(legs, (item) => item.back);
  return {
    quality: judgeQuality(carried.streams ?? NO_ITEMS, rttMs, targets),
    rttMs,
    nat: natOf(legs),
    outShares,
    backShares,
    captures: capturesOf(outShares, backShares, surroundings.links),
  };
}

function sharesOf(
  legs: readonly [Leg, ...Leg[]],
  directionOf: (leg: Leg) => Direction,
): readonly ContextShare[] {
  if (legs.length === 1) return contextShares(legs[0], directionOf(legs[0]));
  return legs.flatMap((item) => contextShares(item, directionOf(item)));
}

/** By the first leg that has both ways of one: that inside, where it is there. */
function roundTripOf(legs: readonly Leg[], surroundings: MeasureSurroundings): number | undefined {
  for (const leg of legs) {
    const rttMs = roundTrip(leg, surroundings);
    if (rttMs !== undefined) return rttMs;
  }
  return undefined;
}

/** Times of two clocks that were not compared do not measure a round trip. */
function roundTrip(leg: Leg, { links, comparableClocks }: MeasureSurroundings): number | undefined {
  const handshakeUs = leg.tcpWord(layout.HANDSHAKE_US);
  const rttMs = leg.recognition.rttMs ?? (handshakeUs === 0 ? undefined : handshakeUs / 1000);
  if (rttMs === undefined) return undefined;
  const first = links.pointOf(leg.contextOf(leg.firstDirection))?.capture ?? -1;
  // What captures saw of a connection later, as the next files of a rotation, did not measure its handshake.
  const until = leg.recognition.rttMs === undefined ? handshakeEnd(leg, handshakeUs) : undefined;
  const isOneClock = (share: ContextShare, i: number): boolean => {
    if (i > 0 && until !== undefined && secondsBetween(until, share) > 0) return true;
    const other = links.pointOf(share.context)?.capture ?? -1;
    return other === first || comparableClocks(first, other);
  };
  return contextShares(leg, 0).every(isOneClock) && contextShares(leg, 1).every(isOneClock)
    ? rttMs
    : undefined;
}

/** No packet of the handshake came after this moment: its SYN was the first one of either direction. */
function handshakeEnd(leg: Leg, handshakeUs: number): Moment {
  const [one, other] = [leg.firstOf(0), leg.firstOf(1)];
  const { seconds, nanoseconds } = isBefore(one, other) ? other : one;
  return { seconds, nanoseconds: nanoseconds + handshakeUs * 1000 };
}

/** Our side's address behind source NAT: that of an outer leg, behind the last of several NATs, else what the far end reported. */
function natOf(legs: readonly [Leg, ...Leg[]]): { text: string; port: number } | undefined {
  const inner = legs[0];
  const others = legs.length === 1 ? NO_ITEMS : legs.slice(1);
  const outer = others.find(({ near }) => isPublic(near.words)) ?? others[0];
  if (outer !== undefined) return { text: outer.near.text, port: outer.near.port };
  if (!inner.ends.openedByUs) return undefined;
  return mappedAddresses(inner).find((item) => item.text !== inner.near.text);
}

/** Base names of captures, as one cell. */
export function captureNames(captures: FlowMeasures["captures"]): string {
  let names: string | undefined;
  for (const capture of captures) {
    const name = listedName(capture.name);
    names = names === undefined ? name : `${names};${name}`;
  }
  return names ?? "";
}

function capturesOf(
  outShares: readonly ContextShare[],
  backShares: readonly ContextShare[],
  links: Links,
): { index: number; name: string }[] {
  const found: { index: number; name: string }[] = [];
  for (const shares of [outShares, backShares]) {
    for (const share of shares) {
      const point = links.pointOf(share.context);
      if (point === undefined || found.some(({ index }) => index === point.capture)) continue;
      found.push({ index: point.capture, name: point.captureName });
    }
  }
  return found.length < 2 ? found : found.sort((x, y) => x.index - y.index);
}
