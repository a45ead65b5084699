import { followEtherType } from "./ether-type.ts";
import { Layer, type Walk } from "./walk.ts";

const PPPOE_HEADER_LENGTH = 6;
const PPPOE_VERSION_AND_TYPE = 0x11;
const PPPOE_SESSION_CODE = 0;

const PPP_ADDRESS_AND_CONTROL = 0xff03;
const CISCO_UNICAST = 0x0f00;
const CISCO_MULTICAST = 0x8f00;

/** PPP protocol numbers (IANA, PPP DLL Protocol Numbers). */
const PppProtocol = {
  ipv4: 0x0021,
  compressedTcp: 0x002d,
  uncompressedTcp: 0x002f,
  multilink: 0x003d,
  encrypted: 0x0053,
  ipv6: 0x0057,
  compressed: 0x00fd,
  mpls: 0x0281,
  mplsMulticast: 0x0283,
} as const;

/** PPP over Ethernet, session stage, RFC 2516. */
export function pppoe(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < PPPOE_HEADER_LENGTH) return walk.odd("pppoe-header-cut");
  if (view.getUint8(start) !== PPPOE_VERSION_AND_TYPE) return walk.odd("pppoe-header-invalid");
  if (view.getUint8(start + 1) !== PPPOE_SESSION_CODE) return walk.odd("pppoe-header-invalid");
  const length = view.getUint16(start + 4);
  walk.start = start + PPPOE_HEADER_LENGTH;
  walk.endLink(walk.start + length);
  return length === 0 ? Layer.done : Layer.ppp;
}

/** Point-to-Point Protocol, RFC 1661, with or without HDLC-like framing (RFC 1662) and compressed protocol field. */
export function ppp(walk: Walk): Layer {
  const { view, end } = walk;
  let at = walk.start;
  if (end - at < 2) return walk.odd("ppp-header-cut");
  const first = view.getUint16(at);
  if (first === CISCO_UNICAST || first === CISCO_MULTICAST) return Layer.ciscoHdlc;
  if (first === PPP_ADDRESS_AND_CONTROL) at += 2;
  if (end - at < 2) return walk.odd("ppp-header-cut");
  // A protocol number ends in an odd byte, so an odd first byte is all of it.
  const compressed = (view.getUint8(at) & 1) === 1;
  const protocol = compressed ? view.getUint8(at) : view.getUint16(at);
  walk.start = at + (compressed ? 1 : 2);
  switch (protocol) {
    case PppProtocol.ipv4:
      return Layer.ipv4;
    case PppProtocol.ipv6:
      return Layer.ipv6;
    case PppProtocol.mpls:
    case PppProtocol.mplsMulticast:
      return Layer.mpls;
    case PppProtocol.compressedTcp:
    case PppProtocol.uncompressedTcp:
    case PppProtocol.multilink:
    case PppProtocol.encrypted:
    case PppProtocol.compressed:
      return walk.odd("ppp-payload-unreadable");
    default:
      return Layer.done;
  }
}

/** LINKTYPE_PPP_WITH_DIR and LINKTYPE_PPP_PPPD: a direction byte, in the latter's case in the address byte's place. */
export function pppWithDirection(walk: Walk): Layer {
  const { view, start, end } = walk;
  if (end - start < 2) return walk.odd("ppp-header-cut");
  walk.start = start + (view.getUint8(start + 1) === 0x03 ? 2 : 1);
  return Layer.ppp;
}

/** Cisco HDLC: address, control, EtherType. */
export function ciscoHdlc(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < 4) return walk.odd("link-header-cut");
  const type = view.getUint16(start + 2);
  walk.start = start + 4;
  return type < 1536 ? Layer.done : followEtherType(walk, type);
}

/** LINKTYPE_C_HDLC_WITH_DIR: a direction byte before it. */
export function ciscoHdlcWithDirection(walk: Walk): Layer {
  walk.start = Math.min(walk.start + 1, walk.end);
  return Layer.ciscoHdlc;
}
