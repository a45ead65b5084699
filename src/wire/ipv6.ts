import { followProtocol, IpProtocol } from "./ip-protocol.ts";
import { PacketKind } from "./packet.ts";
import { Layer, type Walk } from "./walk.ts";

// Offsets in bytes from the start of the header.
const VERSION_CLASS_LABEL = 0;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const DESTINATION = 24;

export const IPV6_HEADER_LENGTH = 40;

/** Internet Protocol version 6, RFC 8200. */
export function ipv6(walk: Walk): Layer {
  const { view, start, packet } = walk;
  if (walk.end - start < IPV6_HEADER_LENGTH) return walk.odd("ipv6-header-cut");
  const first = view.getUint32(start + VERSION_CLASS_LABEL);
  if (first >>> 28 !== 6) return walk.odd("ip-version-wrong");
  const nextHeader = view.getUint8(start + NEXT_HEADER);
  let length = IPV6_HEADER_LENGTH + view.getUint16(start + PAYLOAD_LENGTH);
  const onWire = walk.wireEnd - start;
  // Zero may stand for a length too big for the field: then the hop-by-hop header gives it (RFC 2675),
  // or the sender left it to its network card.
  const open = length === IPV6_HEADER_LENGTH && nextHeader !== IpProtocol.none && onWire > IPV6_HEADER_LENGTH;
  if (open) {
    if (walk.guess) return walk.odd("ipv6-payload-length-zero");
    length = onWire;
  } else if (length > onWire) {
    walk.odd("ipv6-payload-length-above-frame");
    if (walk.guess) return Layer.done;
  }
  if (!walk.enterIp()) return Layer.done;

  packet.kind = PacketKind.otherIp;
  packet.ipVersion = 6;
  packet.source0 = view.getUint32(start + SOURCE);
  packet.source1 = view.getUint32(start + SOURCE + 4);
  packet.source2 = view.getUint32(start + SOURCE + 8);
  packet.source3 = view.getUint32(start + SOURCE + 12);
  packet.destination0 = view.getUint32(start + DESTINATION);
  packet.destination1 = view.getUint32(start + DESTINATION + 4);
  packet.destination2 = view.getUint32(start + DESTINATION + 8);
  packet.destination3 = view.getUint32(start + DESTINATION + 12);
  packet.ipLength = length;
  packet.timeToLive = view.getUint8(start + HOP_LIMIT);
  packet.dscp = (first >>> 22) & 63;
  packet.ipId = -1;

  walk.lengthOpen = false;
  if (open) {
    if (nextHeader === IpProtocol.hopByHop) walk.lengthOpen = true;
    else walk.odd("ipv6-payload-length-zero");
  }
  walk.start = start + IPV6_HEADER_LENGTH;
  walk.endIp(start + length);
  return followProtocol(walk, nextHeader);
}

/** IPv4 or IPv6 by the version nibble, where nothing else tells. */
export function ipByVersion(walk: Walk): Layer {
  if (walk.start >= walk.end) return walk.odd("ipv4-header-cut");
  const version = walk.view.getUint8(walk.start) >>> 4;
  if (version === 4) return Layer.ipv4;
  if (version === 6) return Layer.ipv6;
  return walk.odd("ip-version-wrong");
}
