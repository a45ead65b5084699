import { EtherType, followEtherType } from "./ether-type.ts";
import { Tunnel } from "./packet.ts";
import { Layer, type Walk } from "./walk.ts";

// Flags of RFC 2784, 2890 and 2637, in the first 16 bits.
const HAS_CHECKSUM = 0x8000;
const HAS_ROUTING = 0x4000;
const HAS_KEY = 0x2000;
const HAS_SEQUENCE = 0x1000;
const HAS_ACKNOWLEDGEMENT = 0x0080;
const VERSION = 0x0007;

const PROTOCOL = 2;
const BASE_LENGTH = 4;
const WORD = 4;

const ERSPAN_1_OR_2 = 0x88be;
const ERSPAN_3 = 0x22eb;
const WEB_CACHE = 0x883e;
const EOIP_PROTOCOL = 0x6400;

/** Generic Routing Encapsulation, RFC 2784 with key and sequence number (RFC 2890). */
export function gre(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < BASE_LENGTH) return walk.odd("gre-header-cut");
  const flags = view.getUint16(start);
  const protocol = view.getUint16(start + PROTOCOL);
  walk.enter(Tunnel.gre);
  if ((flags & VERSION) === 1) {
    return protocol === EOIP_PROTOCOL ? eoip(walk, flags) : pointToPoint(walk, flags, protocol);
  }
  if ((flags & VERSION) !== 0 || (flags & HAS_ROUTING) !== 0) return walk.odd("gre-version-unsupported");
  let length = BASE_LENGTH;
  if ((flags & HAS_CHECKSUM) !== 0) length += WORD;
  if ((flags & HAS_KEY) !== 0) length += WORD;
  const sequenced = (flags & HAS_SEQUENCE) !== 0;
  if (sequenced) length += WORD;
  if (start + length > walk.end) return walk.odd("gre-header-cut");
  walk.start = start + length;
  if (protocol === ERSPAN_3 || (protocol === ERSPAN_1_OR_2 && sequenced)) return Layer.erspan;
  // ERSPAN type I has neither sequence number nor a header of its own.
  if (protocol === ERSPAN_1_OR_2) return mirroredFrame(walk);
  if (protocol === WEB_CACHE) return webCache(walk);
  return protocol < 1536 ? Layer.done : followEtherType(walk, protocol);
}

/** Enhanced GRE of PPTP, RFC 2637: the key holds payload length and call. */
function pointToPoint(walk: Walk, flags: number, protocol: number): Layer {
  const { view, start } = walk;
  if (protocol !== EtherType.ppp || (flags & HAS_KEY) === 0) return walk.odd("gre-version-unsupported");
  let length = BASE_LENGTH + WORD;
  if ((flags & HAS_SEQUENCE) !== 0) length += WORD;
  if ((flags & HAS_ACKNOWLEDGEMENT) !== 0) length += WORD;
  if (start + length > walk.end) return walk.odd("gre-header-cut");
  const payload = view.getUint16(start + BASE_LENGTH);
  walk.start = start + length;
  // Without a payload it only acknowledges.
  return payload === 0 || walk.start === walk.end ? Layer.done : Layer.ppp;
}

/** MikroTik's Ethernet over IP: version 1, a key of payload length and tunnel number, then a frame. */
function eoip(walk: Walk, flags: number): Layer {
  const { view, start } = walk;
  if (flags !== (HAS_KEY | 1)) return walk.odd("gre-version-unsupported");
  if (walk.end - start < BASE_LENGTH + WORD) return walk.odd("gre-header-cut");
  const payload = view.getUint16(start + BASE_LENGTH);
  walk.start = start + BASE_LENGTH + WORD;
  if (walk.start + payload > walk.wireEnd) return walk.odd("tunnel-content-unreadable");
  if (payload === 0) return Layer.done; // keeps the tunnel alive
  walk.wireEnd = walk.start + payload;
  walk.end = Math.min(walk.end, walk.wireEnd);
  walk.enter(Tunnel.eoip);
  return Layer.ethernet;
}

/** Web Cache Communication Protocol: version 2 puts a redirect header of four bytes before the IP packet. */
function webCache(walk: Walk): Layer {
  const { view, start, end } = walk;
  if (start < end && view.getUint8(start) >>> 4 !== 4) walk.start = Math.min(start + WORD, end);
  return Layer.ip;
}

/** A frame that a switch copied: its addresses and tags are those of the traffic, the mirror's own say nothing. */
export function mirroredFrame(walk: Walk): Layer {
  const { packet } = walk;
  walk.enter(Tunnel.erspan);
  walk.pendingMirrors = true;
  walk.outermost = true;
  packet.hasMac = false;
  packet.vlanCount = 0;
  packet.vlanOuter = 0;
  packet.vlanInner = 0;
  return Layer.ethernet;
}
