import { layerOfLinkType } from "./link-type.ts";
import { Layer, type Walk } from "./walk.ts";

/*
 * Headers that a capture device or an operating system puts before the frame.
 */

// PKTAP (macOS): length of the header, type of what follows, its link type. All little-endian.
const PKTAP_LINK_TYPE = 8;
const PKTAP_FIXED_LENGTH = 12;

/** LINKTYPE_PKTAP: a header that names the link type behind it. */
export function pktap(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < PKTAP_FIXED_LENGTH) return walk.odd("link-header-cut");
  const length = view.getUint32(start, true);
  if (length < PKTAP_FIXED_LENGTH || length > walk.end - start) return walk.odd("link-header-cut");
  const linkType = view.getUint32(start + PKTAP_LINK_TYPE, true);
  walk.start = start + length;
  walk.code = 0;
  return layerOfLinkType(walk, linkType);
}

// Endace's extensible record format: 8 bytes of time, type, flags, record length, losses, wire length.
const ERF_TYPE = 8;
const ERF_WIRE_LENGTH = 14;
const ERF_HEADER_LENGTH = 16;
/** In the type, and in the first byte of each extension header: another extension header follows. */
const ERF_MORE = 0x80;
const ERF_EXTENSION_LENGTH = 8;
const MAX_ERF_EXTENSIONS = 16;
/** Before an Ethernet frame: two bytes of offset and padding. */
const ERF_ETHERNET_PADDING = 2;

/** LINKTYPE_ERF: what Endace's capture cards write, of which Ethernet and IP records are followed. */
export function erf(walk: Walk): Layer {
  const { view, start, end } = walk;
  if (end - start < ERF_HEADER_LENGTH) return walk.odd("link-header-cut");
  const type = view.getUint8(start + ERF_TYPE);
  const wireLength = view.getUint16(start + ERF_WIRE_LENGTH);
  let at = start + ERF_HEADER_LENGTH;
  let more = (type & ERF_MORE) !== 0;
  for (let i = 0; more; i++) {
    if (end - at < ERF_EXTENSION_LENGTH || i === MAX_ERF_EXTENSIONS) return walk.odd("link-header-cut");
    more = (view.getUint8(at) & ERF_MORE) !== 0;
    at += ERF_EXTENSION_LENGTH;
  }
  const layer = layerOfErfType(type & ~ERF_MORE);
  if (layer === Layer.done) return walk.odd("link-type-unsupported");
  if (layer === Layer.ethernet) at += ERF_ETHERNET_PADDING;
  if (at > end) return walk.odd("link-header-cut");
  walk.start = at;
  walk.wireEnd = Math.max(end, at + wireLength);
  return layer;
}

/** Record types with Ethernet: plain, coloured, steered, hashed; then IPv4 and IPv6. */
function layerOfErfType(type: number): Layer {
  switch (type) {
    case 2:
    case 11:
    case 16:
    case 20:
      return Layer.ethernet;
    case 22:
      return Layer.ipv4;
    case 23:
      return Layer.ipv6;
    default:
      return Layer.done;
  }
}
