import type { Moment } from "../path/symmetry.ts";
import type { Leg } from "./leg.ts";

/**
 * A Wireshark display filter that selects the packets of a flow: addresses and ports of every leg, and its time span
 * where the 5-tuple was used again.
 */
export function wiresharkFilter(legs: readonly Leg[], start: Moment, end: Moment): string {
  const tuples = legs.map((leg) => {
    const ip = leg.ipVersion === 4 ? "ip" : "ipv6";
    const { transport } = leg;
    return `${ip}.addr==${leg.client.text} && ${ip}.addr==${leg.server.text} && ${transport}.port==${leg.client.port} && ${transport}.port==${leg.server.port}`;
  });
  const select = tuples.length === 1 ? (tuples[0] ?? "") : tuples.map((tuple) => `(${tuple})`).join(" || ");
  if (!legs.some((leg) => leg.reused)) return select;
  const bounds = `frame.time_epoch>=${epoch(start)} && frame.time_epoch<=${epoch(end)}`;
  return tuples.length === 1 ? `${select} && ${bounds}` : `(${select}) && ${bounds}`;
}

function epoch(moment: Moment): string {
  return `${moment.seconds}.${moment.nanoseconds.toString().padStart(9, "0")}`;
}
