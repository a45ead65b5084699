import { isBefore } from "../path/moment.ts";
import type { Markers } from "../site/markers.ts";
import { NO_PATH, defaultSite } from "../site/site.ts";
import type { Leg } from "./leg.ts";

/**
 * Whether two legs may be one flow on the two sides of source NAT: same transport and far end, another address or port of ours, at
 * the same time, and no relay of ours between them. `what` they have in common: media, or a session of a proxy.
 */
export function mayBeOne(x: Leg, y: Leg, what: "media" | "session", markers: Markers): boolean {
  return areAtOneTime(x, y) && !isSameNear(x, y) && mayBeOfOne(x, y, what, markers);
}

/**
 * The same of two legs that a third one joins: a flow that moved has one after the other outside, perhaps with the same
 * address and port again.
 */
export function mayBeOfOne(x: Leg, y: Leg, what: "media" | "session", markers: Markers): boolean {
  if (x.protocol !== y.protocol || x.far.reachedText !== y.far.reachedText || x.far.port !== y.far.port)
    return false;
  return !(isSameNear(x, y) && areAtOneTime(x, y)) && !isRelayed(x, y, what, markers);
}

function isSameNear(x: Leg, y: Leg): boolean {
  return x.near.text === y.near.text && x.near.port === y.near.port;
}

function areAtOneTime(x: Leg, y: Leg): boolean {
  return x.start.seconds <= y.end.seconds + 1 && y.start.seconds <= x.end.seconds + 1;
}

/** True where a declared server stands between the legs: it is the outer end of what a client inside sent it. */
function isRelayed(x: Leg, y: Leg, what: "media" | "session", markers: Markers): boolean {
  const servers = [x, y].filter((leg) => leg.near.zone === "on-premises-server");
  if (servers.length === 0) return false;
  const [inner, outer] = outsideRank(x, markers) < outsideRank(y, markers) ? [x, y] : [y, x];
  if (servers.length === 2)
    return what === "media" ? !isOneServer(inner, outer, markers) : outer.near.site.role === "proxy";
  // A server's own traffic behind source NAT, as anybody's.
  return servers[0] !== inner || outsideRank(inner, markers) === outsideRank(outer, markers);
}

/**
 * True for a server declared by its inside and its public address. Its NAT keeps its ports: an Edge tells others at which of
 * them its media is to be had. A relay has another far end on its other side.
 */
function isOneServer(inner: Leg, outer: Leg, markers: Markers): boolean {
  return (
    inner.near.site.role === outer.near.site.role &&
    inner.near.port === outer.near.port &&
    outsideRank(inner, markers) === 0 &&
    outsideRank(outer, markers) > 0
  );
}

/** 0 for inside addresses, 1 for a declared NAT pool's, 2 for others. */
export function outsideRank({ near }: Leg, markers: Markers): number {
  if (markers.natPathOf(...near.words) !== NO_PATH) return 1;
  if (near.zone === "on-premises-server") return PRIVATE.zoneOf(...near.words).zone === "internal" ? 0 : 2;
  return near.zone === "internal" ? 0 : 2;
}

/**
 * True for legs of two users, one after the other, whom source NAT gave the same address and port towards one server, which makes
 * one flow of them outside. What moves has several legs outside, never inside.
 */
export function areOfTwoUsers(x: Leg, y: Leg, markers: Markers): boolean {
  if (isOutside(x, markers) || isOutside(y, markers)) return false;
  return isBefore(x.end, y.start) || isBefore(y.end, x.start);
}

/** True for an address that others see, declared as ours or not. */
export function isOutside(leg: Leg, markers: Markers): boolean {
  return outsideRank(leg, markers) > 0 || PRIVATE.zoneOf(...leg.near.words).zone !== "internal";
}

/** Servers are declared by their inside address, their public one, or both. */
const PRIVATE = defaultSite();
