import { MAPPED_PREFIX } from "../address/address.ts";
import { followProtocol } from "./ip-protocol.ts";
import { PacketKind } from "./packet.ts";
import { Layer, type Walk } from "./walk.ts";

// Offsets in bytes from the start of the header.
const VERSION_AND_LENGTH = 0;
const TYPE_OF_SERVICE = 1;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FRAGMENT = 6;
const TIME_TO_LIVE = 8;
const PROTOCOL = 9;
const SOURCE = 12;
const DESTINATION = 16;

export const IPV4_HEADER_LENGTH = 20;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

/** Internet Protocol version 4, RFC 791. */
export function ipv4(walk: Walk): Layer {
  const { view, start, packet } = walk;
  if (walk.end - start < IPV4_HEADER_LENGTH) return walk.odd("ipv4-header-cut");
  const first = view.getUint8(start + VERSION_AND_LENGTH);
  if (first >>> 4 !== 4) return walk.odd("ip-version-wrong");
  const headerLength = (first & 15) << 2;
  if (headerLength < IPV4_HEADER_LENGTH) return walk.odd("ipv4-header-length-below-20");
  if (start + headerLength > walk.end) return walk.odd("ipv4-header-cut");
  let length = view.getUint16(start + TOTAL_LENGTH);
  const onWire = walk.wireEnd - start;
  if (length < headerLength) {
    if (length !== 0 || walk.guess) return walk.odd("ipv4-total-length-below-header");
    walk.odd("ipv4-total-length-zero");
    length = onWire;
  } else if (length > onWire) {
    walk.odd("ipv4-total-length-above-frame");
    if (walk.guess) return Layer.done;
  }
  if (!walk.enterIp()) return Layer.done;

  packet.kind = PacketKind.otherIp;
  packet.ipVersion = 4;
  packet.source0 = 0;
  packet.source1 = 0;
  packet.source2 = MAPPED_PREFIX;
  packet.source3 = view.getUint32(start + SOURCE);
  packet.destination0 = 0;
  packet.destination1 = 0;
  packet.destination2 = MAPPED_PREFIX;
  packet.destination3 = view.getUint32(start + DESTINATION);
  packet.ipLength = length;
  packet.timeToLive = view.getUint8(start + TIME_TO_LIVE);
  packet.dscp = view.getUint8(start + TYPE_OF_SERVICE) >>> 2;
  packet.ipId = view.getUint16(start + IDENTIFICATION);

  walk.start = start + headerLength;
  walk.endIp(start + length);
  const protocol = view.getUint8(start + PROTOCOL);
  const fragment = view.getUint16(start + FRAGMENT);
  if ((fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) === 0) return followProtocol(walk, protocol);
  packet.protocol = protocol;
  walk.fragmentOffset = (fragment & FRAGMENT_OFFSET) << 3;
  walk.fragmentMore = (fragment & MORE_FRAGMENTS) !== 0;
  walk.fragmentId = packet.ipId;
  walk.fragmentProtocol = protocol;
  return Layer.fragment;
}
