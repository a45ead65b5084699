import type { Moment } from "../path/moment.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import type { Leg } from "./leg.ts";

/** RTP's own port (RFC 3551, section 8). Two ports from here on may be used the other way round, too, as media's are. */
const FIRST_MEDIA_PORT = 5004;

/**
 * A Wireshark display filter that selects the packets of a flow: addresses and ports of every leg, and its time span
 * where the 5-tuple was used again.
 *
 * Wireshark gives ports to one fragment of a datagram alone, so that of a flow with fragments all that went between its
 * ends meanwhile are selected.
 */
export function wiresharkFilter(legs: readonly Leg[], start: Moment, end: Moment): string {
  const [only] = legs;
  // Nearly all flows have one leg, and no list is made for them.
  const isPlain = legs.length === 1 && only?.fragmented === false;
  const select = isPlain ? tupleFilter(only) : anyOf(legs, start, end);
  // Packets without a time lie within no bounds.
  if (!legs.some((leg) => leg.reused) || legs.some((leg) => !leg.timed)) return select;
  return `${isPlain ? select : `(${select})`} && ${bounds(start, end)}`;
}

/** Filters of several legs, or of one with fragments. */
function anyOf(legs: readonly Leg[], start: Moment, end: Moment): string {
  const parts = legs.map(tupleFilter);
  for (const leg of legs) {
    if (!leg.fragmented) continue;
    parts.push(leg.timed ? `${fragmentFilter(leg)} && ${bounds(start, end)}` : fragmentFilter(leg));
  }
  return parts.map((part) => `(${part})`).join(" || ");
}

/** "port" is either port: it does not tell 53 to 53 from 40000 to 53, nor A's 50002 to B's 50006 from 50006 to 50002. */
function tupleFilter({ ipVersion, transport, client, server }: Leg): string {
  const ip = ipVersion === 4 ? "ip" : "ipv6";
  const hosts = `${ip}.addr==${client.text} && ${ip}.addr==${server.text}`;
  const [source, destination] = [`${transport}.srcport`, `${transport}.dstport`];
  if (client.port === server.port)
    return `${hosts} && ${source}==${client.port} && ${destination}==${server.port}`;
  const ports = `${transport}.port==${client.port} && ${transport}.port==${server.port}`;
  if (Math.min(client.port, server.port) < FIRST_MEDIA_PORT || client.text === server.text)
    return `${hosts} && ${ports}`;
  const there = `${ip}.src==${client.text} && ${source}==${client.port}`;
  const return_ = `${ip}.dst==${client.text} && ${destination}==${client.port}`;
  return `${hosts} && ${ports} && ((${there}) || (${return_}))`;
}

function fragmentFilter({ ipVersion, transport, client, server }: Leg): string {
  if (ipVersion === 6) return `ipv6.addr==${client.text} && ipv6.addr==${server.text} && ipv6.fraghdr`;
  const protocol = transport === "tcp" ? IpProtocol.tcp : IpProtocol.udp;
  const hosts = `ip.addr==${client.text} && ip.addr==${server.text}`;
  return `${hosts} && ip.proto==${protocol} && (ip.flags.mf==1 || ip.frag_offset>0)`;
}

function bounds(start: Moment, end: Moment): string {
  return `frame.time_epoch>=${epoch(start)} && frame.time_epoch<=${epoch(end)}`;
}

function epoch(moment: Moment): string {
  return `${moment.seconds}.${moment.nanoseconds.toString().padStart(9, "0")}`;
}
