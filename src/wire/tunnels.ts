import { IpProtocol } from "./ip-protocol.ts";
import { Tunnel } from "./packet.ts";
import { Layer, type Walk } from "./walk.ts";

const ETHERIP_HEADER_LENGTH = 2;
const ETHERIP_VERSION_3 = 0x3000;

/** An IP packet directly inside another: RFC 2003, RFC 4213, RFC 2473. */
export function ipInIp(walk: Walk): Layer {
  const { packet } = walk;
  const six = packet.protocol === IpProtocol.ipv6;
  walk.enter(six && packet.ipVersion === 4 ? Tunnel.sixInFour : Tunnel.ipip);
  return six ? Layer.ipv6 : Layer.ipv4;
}

/** EtherIP, RFC 3378: version 3 in the first nibble, then a frame. */
export function etherIp(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < ETHERIP_HEADER_LENGTH || view.getUint16(start) !== ETHERIP_VERSION_3) {
    return walk.odd("tunnel-content-unreadable");
  }
  walk.start = start + ETHERIP_HEADER_LENGTH;
  walk.enter(Tunnel.etherip);
  return Layer.ethernet;
}

/** MPLS directly inside IP, RFC 4023. */
export function mplsInIp(walk: Walk): Layer {
  walk.enter(Tunnel.mplsInIp);
  return Layer.mpls;
}

/** Encapsulating Security Payload, RFC 4303: opaque. */
export function esp(walk: Walk): Layer {
  return walk.odd("esp-encrypted");
}
