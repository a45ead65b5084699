import { connState } from "../flows/conn-state.ts";
import * as layout from "../flows/layout.ts";
import type { DirectionPath } from "../path/evidence.ts";
import type { Leg } from "./leg.ts";

/** Names of the site's paths that a direction took, as one cell. */
export function nameText(path: DirectionPath): string | undefined {
  return path.names.length === 0 ? undefined : path.names.join(";");
}

/** TCP segments sent again, both directions; undefined for UDP. */
export function retransmissionsOf(legs: readonly [Leg, ...Leg[]]): number | undefined {
  if (legs[0].transport !== "tcp") return undefined;
  return Math.max(...legs.map((leg) => leg.tcpWord(layout.RETRANSMISSIONS)));
}

/** How a connection went, by the first leg that has both directions; undefined for UDP. */
export function tcpStateOf(legs: readonly [Leg, ...Leg[]]): string | undefined {
  if (legs[0].transport !== "tcp") return undefined;
  const leg = legs.find((item) => item.packetsOf(0) > 0 && item.packetsOf(1) > 0) ?? legs[0];
  return connState(leg.tcpState, leg.ends.client);
}
