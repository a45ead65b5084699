import { isBefore, secondsBetween } from "../path/moment.ts";
import type { Leg } from "./leg.ts";
import type { Lookup, LookupSighting } from "./lookup-sightings.ts";

/** What deciding needs to know of the places where packets were seen. */
export interface LookupPlaces {
  /** Index of the capture that a link context belongs to. */
  captureOf(context: number): number;
  /** Equal for contexts of one capture point with the same VLAN and the same two Ethernet addresses, in either order. */
  placeOf(context: number): string;
  /** False where the link has no Ethernet addresses that could tell the stages of a firewall apart. */
  hasPlace(context: number): boolean;
  /** True when times of the two captures can be subtracted from each other. */
  comparableClocks(x: number, y: number): boolean;
  /** 0 for an inside address, 1 for a declared NAT pool's, 2 for others. */
  outsideRank(leg: Leg): number;
}

/** A firewall hands a packet on within this time, seconds. */
const TRANSIT_SECONDS = 0.1;
/** Between captures whose clocks agree: the way between them, and what comparing them left open. */
const BETWEEN_CAPTURES_SECONDS = 0.02;
/** Between captures of which no clock offset is known. */
const UNCOMPARED_SECONDS = 1;
const LONGEST_SECONDS = Math.max(TRANSIT_SECONDS, BETWEEN_CAPTURES_SECONDS, UNCOMPARED_SECONDS);

/**
 * False when surely no message of the lookup was handed on from one of its flows to another: most have the same id by
 * chance, at another time. Seen from the sightings alone, so that nothing need be read of those flows.
 */
export function mayJoin({ sightings }: Lookup): boolean {
  for (let i = 1; i < sightings.length; i++)
    for (let j = 0; j < i; j++) if (mayBeOneMessage(sightings[i], sightings[j])) return true;
  return false;
}

function mayBeOneMessage(x: LookupSighting | undefined, y: LookupSighting | undefined): boolean {
  if (x === undefined || y === undefined || x.flow === y.flow) return false;
  if (x.mark !== y.mark || x.response !== y.response) return false;
  return Math.abs(secondsBetween(x, y)) <= LONGEST_SECONDS;
}

/** A lookup as one leg shows it. */
interface Side {
  readonly leg: Leg;
  readonly query: LookupSighting | undefined;
  readonly response: LookupSighting | undefined;
}

/**
 * Pairs of legs that are the two sides of source NAT of one lookup. An id of 16 bits and a name meet by chance, so
 * more has to fit: inside one capture the outer question lies behind the inner one and the outer answer before the inner
 * one, both at once and at another place of the capture, from an address inside to one outside; question and answer are
 * of the same length, flags and counts. Where a lookup could be the other side of two, none is joined.
 */
export function lookupPairs(
  legs: readonly Leg[],
  lookupsOf: (flow: number) => readonly Lookup[],
  places: LookupPlaces,
): [Leg, Leg][] {
  const byFlow = new Map(legs.map((leg) => [leg.flow, leg]));
  const pairs: [Leg, Leg][] = [];
  for (const lookup of new Set(legs.flatMap((leg) => lookupsOf(leg.flow)))) {
    if (!mayJoin(lookup)) continue;
    const sides = sidesOf(lookup, byFlow);
    const next = sides.map((x, i) =>
      sides.flatMap((y, j) => (i !== j && (fits(x, y, places) || fits(y, x, places)) ? [j] : [])),
    );
    const done = new Set<number>();
    for (let i = 0; i < sides.length; i++) {
      if (done.has(i)) continue;
      const group = reachable(i, next);
      for (const member of group) done.add(member);
      // Stages of one way fit each to each; else there is a choice, and the capture does not make it.
      if (!group.every((member) => next[member]?.length === group.length - 1)) continue;
      for (const member of group) {
        const [one, other] = [sides[i], sides[member]];
        if (member !== i && one !== undefined && other !== undefined) pairs.push([one.leg, other.leg]);
      }
    }
  }
  return pairs;
}

function reachable(from: number, next: readonly (readonly number[])[]): number[] {
  const found = [from];
  for (const member of found)
    for (const other of next[member] ?? []) if (!found.includes(other)) found.push(other);
  return found;
}

/** The first question and the first answer in each flow; numbers of flows that were given away meanwhile do not count. */
function sidesOf(lookup: Lookup, byFlow: ReadonlyMap<number, Leg>): Side[] {
  const flows = [...new Set(lookup.sightings.map((sighting) => sighting.flow))];
  return flows.flatMap((flow) => {
    const leg = byFlow.get(flow);
    if (leg === undefined) return [];
    const seen = lookup.sightings.filter(
      (sighting) => sighting.flow === flow && !isBefore(sighting, leg.start) && !isBefore(leg.end, sighting),
    );
    const query = seen.find((sighting) => !sighting.response);
    const response = seen.find((sighting) => sighting.response);
    return query === undefined && response === undefined ? [] : [{ leg, query, response }];
  });
}

/** True when `outer` is what became of `inner` behind source NAT. */
function fits(inner: Side, outer: Side, places: LookupPlaces): boolean {
  if (inner.leg.near.text === outer.leg.near.text) return false; // asked again from another port
  const asked = handedOn(inner.query, outer.query, places);
  const answered = handedOn(outer.response, inner.response, places);
  // Two of us asked the same at about that time more often than one private address becomes another.
  const isLoose = asked === "between-clocks" || answered === "between-clocks";
  if (isLoose && places.outsideRank(inner.leg) >= places.outsideRank(outer.leg)) return false;
  if (asked === "no" || answered === "no" || (asked === "unseen" && answered === "unseen")) return false;
  if (asked !== "nowhere" && answered !== "nowhere" && asked !== "at-a-stage" && answered !== "at-a-stage")
    return true;
  if (places.outsideRank(inner.leg) >= places.outsideRank(outer.leg)) return false;
  // Without Ethernet addresses the order in time is all there is: it has to be seen both ways.
  return (asked !== "nowhere" && answered !== "nowhere") || (asked === "nowhere" && answered === "nowhere");
}

/**
 * How a message that was seen first in one flow and then in the other fits: between two captures, or two that may have other clocks,
 * between two stages in one capture, in one capture that shows no stages; or not at all.
 */
function handedOn(
  first: LookupSighting | undefined,
  then: LookupSighting | undefined,
  places: LookupPlaces,
): "unseen" | "no" | "between-captures" | "between-clocks" | "at-a-stage" | "nowhere" {
  if (first === undefined || then === undefined) return "unseen";
  if (first.mark !== then.mark) return "no";
  const elapsed = secondsBetween(first, then);
  const [x, y] = [places.captureOf(first.context), places.captureOf(then.context)];
  if (x !== y) {
    if (elapsed >= -BETWEEN_CAPTURES_SECONDS && elapsed <= TRANSIT_SECONDS) return "between-captures";
    const isLoose = !places.comparableClocks(x, y) && Math.abs(elapsed) <= UNCOMPARED_SECONDS;
    return isLoose ? "between-clocks" : "no";
  }
  if (elapsed < 0 || elapsed > TRANSIT_SECONDS) return "no";
  if (!places.hasPlace(first.context) && !places.hasPlace(then.context)) return "nowhere";
  return places.placeOf(first.context) === places.placeOf(then.context) ? "no" : "at-a-stage";
}
