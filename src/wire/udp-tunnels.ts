import { followEtherType } from "./ether-type.ts";
import { Tunnel } from "./packet.ts";
import { Layer, type Walk } from "./walk.ts";

/*
 * Tunnels that a UDP port announces. A port proves nothing, so each checks its own header, and the tunnel counts
 * only when an IP header inside makes sense too. Until then the packet is the UDP flow that it looks like.
 */

const VXLAN_HEADER_LENGTH = 8;
const VXLAN_HAS_IDENTIFIER = 0x08;

/** VXLAN, RFC 7348: a flag says that the network identifier counts; then a frame. */
export function vxlan(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < VXLAN_HEADER_LENGTH) return walk.odd("tunnel-content-unreadable");
  if ((view.getUint8(start) & VXLAN_HAS_IDENTIFIER) === 0) return walk.odd("tunnel-content-unreadable");
  walk.start = start + VXLAN_HEADER_LENGTH;
  walk.enter(Tunnel.vxlan);
  // A tap and an overlay look alike; of either, the frame inside is the traffic's own, the outer one is not.
  walk.pendingMirrors = true;
  walk.copiedFrame = walk.start;
  return Layer.ethernet;
}

const GENEVE_HEADER_LENGTH = 8;

/** Geneve, RFC 8926: version, length of the options in words, EtherType of the content. */
export function geneve(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < GENEVE_HEADER_LENGTH) return walk.odd("tunnel-content-unreadable");
  const first = view.getUint8(start);
  if (first >>> 6 !== 0) return walk.odd("tunnel-content-unreadable");
  const length = GENEVE_HEADER_LENGTH + (first & 63) * 4;
  if (start + length > walk.end) return walk.odd("tunnel-content-unreadable");
  const type = view.getUint16(start + 2);
  walk.start = start + length;
  walk.enter(Tunnel.geneve);
  return type < 1536 ? walk.odd("tunnel-content-unreadable") : followEtherType(walk, type);
}

const GTPU_HEADER_LENGTH = 8;
const GTPU_VERSION_1 = 0x30;
const GTPU_VERSION_AND_TYPE = 0xf0;
const GTPU_HAS_MORE = 0x07;
const GTPU_HAS_EXTENSION = 0x04;
const GTPU_USER_DATA = 255;
const MAX_GTPU_EXTENSIONS = 8;

/** GTP-U version 1, 3GPP TS 29.281: only user data (type 255) holds a packet. */
export function gtpu(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < GTPU_HEADER_LENGTH) return walk.odd("tunnel-content-unreadable");
  const flags = view.getUint8(start);
  if ((flags & GTPU_VERSION_AND_TYPE) !== GTPU_VERSION_1) return walk.odd("tunnel-content-unreadable");
  if (view.getUint8(start + 1) !== GTPU_USER_DATA) return Layer.done;
  const payloadEnd = start + GTPU_HEADER_LENGTH + view.getUint16(start + 2);
  if (payloadEnd > walk.wireEnd) return walk.odd("tunnel-content-unreadable");
  walk.wireEnd = payloadEnd;
  walk.end = Math.min(walk.end, payloadEnd);
  let at = start + GTPU_HEADER_LENGTH;
  if ((flags & GTPU_HAS_MORE) !== 0) {
    // Sequence number, N-PDU number and next extension are there together, whichever of them counts.
    if (walk.end - at < 4) return walk.odd("tunnel-content-unreadable");
    let next = (flags & GTPU_HAS_EXTENSION) === 0 ? 0 : view.getUint8(at + 3);
    at += 4;
    for (let i = 0; next !== 0; i++) {
      const length = at < walk.end ? view.getUint8(at) * 4 : 0;
      if (length === 0 || at + length > walk.end || i === MAX_GTPU_EXTENSIONS) {
        return walk.odd("tunnel-content-unreadable");
      }
      at += length;
      next = view.getUint8(at - 1);
    }
  }
  walk.start = at;
  walk.enter(Tunnel.gtpu);
  return Layer.ip;
}

const TEREDO_AUTHENTICATION = 1;
const TEREDO_ORIGIN = 0;
const TEREDO_ORIGIN_LENGTH = 8;
const TEREDO_AUTHENTICATION_LENGTH = 13;

/** Teredo, RFC 4380, section 5.1.1: an authentication and an origin header may come before the IPv6 packet. */
export function teredo(walk: Walk): Layer {
  const { view, end } = walk;
  let at = walk.start;
  if (end - at >= 4 && view.getUint16(at) === TEREDO_AUTHENTICATION) {
    at += TEREDO_AUTHENTICATION_LENGTH + view.getUint8(at + 2) + view.getUint8(at + 3);
  }
  if (end - at >= TEREDO_ORIGIN_LENGTH && view.getUint16(at) === TEREDO_ORIGIN) at += TEREDO_ORIGIN_LENGTH;
  if (at >= end) return walk.odd("tunnel-content-unreadable");
  walk.start = at;
  walk.enter(Tunnel.teredo);
  return Layer.ipv6;
}

const L2TP_CONTROL = 0x8000;
const L2TP_HAS_LENGTH = 0x4000;
const L2TP_HAS_SEQUENCE = 0x0800;
const L2TP_HAS_OFFSET = 0x0200;
const L2TP_VERSION = 0x000f;

/** L2TP version 2, RFC 2661, section 3.1: data messages hold PPP. */
export function l2tp(walk: Walk): Layer {
  const { view, start, end } = walk;
  if (end - start < 6) return walk.odd("tunnel-content-unreadable");
  const flags = view.getUint16(start);
  if ((flags & L2TP_VERSION) !== 2) return walk.odd("tunnel-content-unreadable");
  if ((flags & L2TP_CONTROL) !== 0) return Layer.done;
  let length = 6;
  if ((flags & L2TP_HAS_LENGTH) !== 0) length += 2;
  if ((flags & L2TP_HAS_SEQUENCE) !== 0) length += 4;
  if ((flags & L2TP_HAS_OFFSET) !== 0) {
    if (start + length + 2 > end) return walk.odd("tunnel-content-unreadable");
    length += 2 + view.getUint16(start + length);
  }
  if (start + length > end) return walk.odd("tunnel-content-unreadable");
  walk.start = start + length;
  walk.enter(Tunnel.l2tp);
  return Layer.ppp;
}

const CAPWAP_FIXED_LENGTH = 8;
const CAPWAP_NATIVE_FRAME = 0x100;
const CAPWAP_FRAGMENT = 0x80;

/** CAPWAP data, RFC 5415, section 4.3: an 802.3 or 802.11 frame, unless it is encrypted or in fragments. */
export function capwap(walk: Walk): Layer {
  const { view, start } = walk;
  if (walk.end - start < CAPWAP_FIXED_LENGTH) return walk.odd("tunnel-content-unreadable");
  const first = view.getUint32(start);
  const length = ((first >>> 19) & 31) * 4;
  // The first byte, version and type, is 0 where the header is not encrypted.
  if (first >>> 24 !== 0 || (first & CAPWAP_FRAGMENT) !== 0 || length < CAPWAP_FIXED_LENGTH) {
    return walk.odd("tunnel-content-unreadable");
  }
  if (start + length > walk.end) return walk.odd("tunnel-content-unreadable");
  walk.start = start + length;
  walk.code = 0;
  walk.enter(Tunnel.capwap);
  return (first & CAPWAP_NATIVE_FRAME) === 0 ? Layer.ethernet : Layer.wifi;
}

/** ESP inside UDP, RFC 3948: four zero bytes are IKE, one byte keeps a NAT binding alive, the rest is opaque. */
export function espInUdp(walk: Walk): Layer {
  const { view, start } = walk;
  walk.guess = false;
  if (walk.end - start < 8 || view.getUint32(start) === 0) return Layer.done;
  return walk.odd("esp-encrypted");
}

/** WireGuard's messages start with a type of 1 to 4 and three zero bytes, and three of them have a fixed size. */
export function wireguard(walk: Walk): Layer {
  const { view, start } = walk;
  walk.guess = false;
  if (walk.end - start < 4) return Layer.done;
  const size = walk.wireEnd - start;
  switch (view.getUint32(start)) {
    case 0x01000000:
      return size === 148 ? walk.odd("wireguard-encrypted") : Layer.done;
    case 0x02000000:
      return size === 92 ? walk.odd("wireguard-encrypted") : Layer.done;
    case 0x03000000:
      return size === 64 ? walk.odd("wireguard-encrypted") : Layer.done;
    case 0x04000000:
      return size >= 32 && size % 16 === 0 ? walk.odd("wireguard-encrypted") : Layer.done;
    default:
      return Layer.done;
  }
}
