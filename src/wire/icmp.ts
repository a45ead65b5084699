import { MAPPED_PREFIX } from "../address/address.ts";
import { PacketKind } from "./packet.ts";
import { TransportFinder } from "./transport-finder.ts";
import { Layer, type Walk } from "./walk.ts";

// Offsets in bytes from the start of the header.
const TYPE = 0;
const CODE = 1;
const QUOTE = 8;
const SHORTEST = 4;

const finder = new TransportFinder();

/** ICMP, RFC 792. Errors quote the packet that they are about. */
export function icmp(walk: Walk): Layer {
  const type = readHeader(walk);
  switch (type) {
    case 3: // destination unreachable
    case 4: // source quench
    case 5: // redirect
    case 11: // time exceeded
    case 12: // parameter problem
      return quoteIpv4(walk);
    default:
      return Layer.done;
  }
}

/** ICMPv6, RFC 4443. The errors are types 1 to 4: unreachable, too big, time exceeded, parameter problem. */
export function icmpv6(walk: Walk): Layer {
  const type = readHeader(walk);
  return type >= 1 && type <= 4 ? quoteIpv6(walk) : Layer.done;
}

/** The message's type, or -1 when the header is cut. */
function readHeader(walk: Walk): number {
  const { view, start, packet } = walk;
  if (walk.end - start < SHORTEST) {
    walk.odd("icmp-header-cut");
    return -1;
  }
  const type = view.getUint8(start + TYPE);
  packet.kind = PacketKind.icmp;
  packet.icmpType = type;
  packet.icmpCode = view.getUint8(start + CODE);
  packet.view = view;
  packet.payloadStart = Math.min(start + QUOTE, walk.end);
  packet.payloadEnd = walk.end;
  packet.payloadLength = Math.max(0, walk.wireEnd - start - QUOTE);
  return type;
}

function quoteIpv4(walk: Walk): Layer {
  const { view, end } = walk;
  const at = walk.start + QUOTE;
  const { quoted } = walk.packet;
  if (end - at < 20 || view.getUint8(at) >>> 4 !== 4) return walk.odd("icmp-quote-cut");
  const headerLength = (view.getUint8(at) & 15) << 2;
  if (headerLength < 20) return walk.odd("icmp-quote-cut");
  const protocol = view.getUint8(at + 9);
  quoted.present = true;
  quoted.ipVersion = 4;
  quoted.source0 = 0;
  quoted.source1 = 0;
  quoted.source2 = MAPPED_PREFIX;
  quoted.source3 = view.getUint32(at + 12);
  quoted.destination0 = 0;
  quoted.destination1 = 0;
  quoted.destination2 = MAPPED_PREFIX;
  quoted.destination3 = view.getUint32(at + 16);
  const laterFragment = (view.getUint16(at + 6) & 0x1fff) !== 0;
  // An empty range finds no ports, which is right for all but the first fragment.
  finder.find(view, at + headerLength, laterFragment ? at : end, protocol);
  quoted.protocol = protocol;
  quoted.sourcePort = finder.sourcePort;
  quoted.destinationPort = finder.destinationPort;
  return Layer.done;
}

function quoteIpv6(walk: Walk): Layer {
  const { view, end } = walk;
  const at = walk.start + QUOTE;
  const { quoted } = walk.packet;
  if (end - at < 40 || view.getUint8(at) >>> 4 !== 6) return walk.odd("icmp-quote-cut");
  quoted.present = true;
  quoted.ipVersion = 6;
  quoted.source0 = view.getUint32(at + 8);
  quoted.source1 = view.getUint32(at + 12);
  quoted.source2 = view.getUint32(at + 16);
  quoted.source3 = view.getUint32(at + 20);
  quoted.destination0 = view.getUint32(at + 24);
  quoted.destination1 = view.getUint32(at + 28);
  quoted.destination2 = view.getUint32(at + 32);
  quoted.destination3 = view.getUint32(at + 36);
  finder.find(view, at + 40, end, view.getUint8(at + 6));
  quoted.protocol = finder.protocol;
  quoted.sourcePort = finder.sourcePort;
  quoted.destinationPort = finder.destinationPort;
  return Layer.done;
}
