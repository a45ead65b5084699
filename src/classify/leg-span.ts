import { isBefore, type Moment } from "../path/moment.ts";
import type { OutBack } from "../words.ts";
import type { Leg } from "./leg.ts";

/** Moment of the first packet of several legs. */
export function earliest(legs: readonly [Leg, ...Leg[]]): Moment {
  if (legs.length === 1) return legs[0].start;
  return legs.map((leg) => leg.start).reduce((x, y) => (isBefore(y, x) ? y : x));
}

/** Moment of the last packet of several legs. */
export function latest(legs: readonly [Leg, ...Leg[]]): Moment {
  if (legs.length === 1) return legs[0].end;
  return legs.map((leg) => leg.end).reduce((x, y) => (isBefore(x, y) ? y : x));
}

/** Moment of the last packet of one direction; of the flow's, where nobody captured the direction. */
export function lastOf(legs: readonly [Leg, ...Leg[]], direction: OutBack): Moment {
  const seen = legs.filter((leg) => leg.packetsOf(leg[direction]) > 0);
  const moments = seen.map((leg) => leg.lastOf(leg[direction]));
  return moments.length === 0 ? latest(legs) : moments.reduce((x, y) => (isBefore(x, y) ? y : x));
}

/** The leg that saw most packets of a direction. */
export function widest(legs: readonly [Leg, ...Leg[]], direction: OutBack): Leg {
  let best: Leg = legs[0];
  for (const other of legs) {
    if (other.packetsOf(other[direction]) > best.packetsOf(best[direction])) best = other;
  }
  return best;
}
