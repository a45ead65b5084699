import { Layer, type Walk } from "./walk.ts";

/** IP protocol numbers that are followed (IANA, Assigned Internet Protocol Numbers). */
export const IpProtocol = {
  hopByHop: 0,
  icmp: 1,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  esp: 50,
  authentication: 51,
  icmpv6: 58,
  none: 59,
  destinationOptions: 60,
  etherIp: 97,
  mpls: 137,
  mobility: 135,
  hostIdentity: 139,
  shim6: 140,
} as const;

/** What follows an IP protocol number; `walk.start` is at its header. The packet's `protocol` is kept. */
export function followProtocol(walk: Walk, protocol: number): Layer {
  walk.packet.protocol = protocol;
  switch (protocol) {
    case IpProtocol.tcp:
      return Layer.tcp;
    case IpProtocol.udp:
      return Layer.udp;
    case IpProtocol.icmp:
      return walk.packet.ipVersion === 4 ? Layer.icmp : Layer.done;
    case IpProtocol.icmpv6:
      return walk.packet.ipVersion === 6 ? Layer.icmpv6 : Layer.done;
    case IpProtocol.hopByHop:
    case IpProtocol.routing:
    case IpProtocol.fragment:
    case IpProtocol.destinationOptions:
    case IpProtocol.mobility:
    case IpProtocol.hostIdentity:
    case IpProtocol.shim6:
      return walk.packet.ipVersion === 6 ? Layer.extension : Layer.done;
    case IpProtocol.ipv4:
    case IpProtocol.ipv6:
      return Layer.ipInIp;
    case IpProtocol.gre:
      return Layer.gre;
    case IpProtocol.authentication:
      return Layer.authentication;
    case IpProtocol.esp:
      return Layer.esp;
    case IpProtocol.etherIp:
      return Layer.etherIp;
    case IpProtocol.mpls:
      return Layer.mplsInIp;
    default:
      return Layer.done;
  }
}
