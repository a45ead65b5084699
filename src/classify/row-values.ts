import * as layout from "../flows/layout.ts";
import type { DirectionPath } from "../path/evidence.ts";
import type { Leg } from "./leg.ts";

/** Names of the site's paths that a direction took, as one cell. */
export function nameText(path: DirectionPath): string | undefined {
  return path.names.length === 0 ? undefined : path.names.join(";");
}

/** TCP segments sent again, both directions; undefined for UDP. */
export function retransmissionsOf(legs: readonly [Leg, ...Leg[]]): number | undefined {
  if (legs[0].protocol !== 6) return undefined;
  return Math.max(...legs.map((leg) => leg.tcpWord(layout.RETRANSMISSIONS)));
}
