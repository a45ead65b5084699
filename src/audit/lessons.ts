import { BGP_PORT } from "../protocols/bgp-sessions.ts";
import { type Packet, PacketKind } from "../wire/packet.ts";

const DNS_PORT = 53;
const SIP_PORT = 5060;

/**
 * True for packets that tell of other flows than their own: answers of DNS name their servers, SIP announces codecs of
 * media, BGP tells which links are ExpressRoute. Every stage that judges or recognises flows learns from all that came
 * before them.
 */
export function isLesson({ kind, sourcePort, destinationPort, fragment }: Packet): boolean {
  // A fragment that came before its first one may turn out to be one.
  if (fragment && kind === PacketKind.otherIp) return true;
  if (kind !== PacketKind.udp && kind !== PacketKind.tcp) return false;
  return isTeaching(sourcePort) || isTeaching(destinationPort);
}

function isTeaching(port: number): boolean {
  return port === DNS_PORT || port === SIP_PORT || port === BGP_PORT;
}
