import { Layer, type Walk } from "./walk.ts";

/** EtherTypes that are followed (IEEE registration authority's list). */
export const EtherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  ciscoMetadata: 0x8909,
  transparentBridging: 0x6558,
  vlan: 0x8100,
  serviceVlan: 0x88a8,
  oldServiceVlan: 0x9100,
  olderServiceVlan: 0x9200,
  ipv6: 0x86dd,
  ppp: 0x880b,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoeDiscovery: 0x8863,
  pppoeSession: 0x8864,
  jumboLlc: 0x8870,
  macsec: 0x88e5,
  pbb: 0x88e7,
  vnTag: 0x8926,
  eTag: 0x893f,
  redundancyTag: 0xf1c1,
} as const;

/** The largest value that is the length of an 802.3 frame, and the smallest that is a type (IEEE 802.3, 3.2.6). */
const LARGEST_LENGTH = 1500;
const SMALLEST_TYPE = 1536;

/** What follows an EtherType; `walk.start` is behind it. Protocols that hold no IP end the walk, which is not odd. */
export function followEtherType(walk: Walk, etherType: number): Layer {
  switch (etherType) {
    case EtherType.ipv4:
      return Layer.ipv4;
    case EtherType.ipv6:
      return Layer.ipv6;
    case EtherType.vlan:
    case EtherType.serviceVlan:
    case EtherType.oldServiceVlan:
    case EtherType.olderServiceVlan:
      return Layer.vlan;
    case EtherType.mpls:
    case EtherType.mplsMulticast:
      return Layer.mpls;
    case EtherType.pppoeSession:
      return Layer.pppoe;
    case EtherType.ppp:
      return Layer.ppp;
    case EtherType.transparentBridging:
      return Layer.ethernet;
    case EtherType.pbb:
      return Layer.pbb;
    case EtherType.macsec:
      return Layer.macsec;
    case EtherType.jumboLlc:
      return Layer.llc;
    case EtherType.ciscoMetadata:
      walk.code = 6;
      return Layer.shim;
    case EtherType.vnTag:
    case EtherType.redundancyTag:
      walk.code = 4;
      return Layer.shim;
    case EtherType.eTag:
      walk.code = 6;
      return Layer.shim;
    default:
      return followLength(walk, etherType);
  }
}

function followLength(walk: Walk, length: number): Layer {
  if (length >= SMALLEST_TYPE) return Layer.done;
  if (length > LARGEST_LENGTH) return walk.odd("ethernet-type-undefined");
  walk.endLink(walk.start + length); // an 802.3 frame
  return Layer.llc;
}

/** A short tag of `walk.code` bytes that carries nothing for us, followed by an EtherType. */
export function shim(walk: Walk): Layer {
  const next = walk.start + walk.code;
  if (next + 2 > walk.end) return walk.odd("link-header-cut");
  walk.start = next + 2;
  return followEtherType(walk, walk.view.getUint16(next));
}

/**
 * Whether an Ethernet frame may start here, for places where nothing announces one: its type is one that is
 * followed and what comes next agrees with it.
 */
export function looksLikeEthernet(view: DataView, start: number, end: number, wireEnd: number): boolean {
  if (end - start < 14) return false;
  const type = view.getUint16(start + 12);
  if (type <= LARGEST_LENGTH) return type >= 3 && start + 14 + type <= wireEnd;
  return looksLikeEthernetII(view, start, end);
}

/** The same of a frame that has a type: a length that happens to fit is a weaker sign. */
export function looksLikeEthernetII(view: DataView, start: number, end: number): boolean {
  if (end - start < 14) return false;
  const type = view.getUint16(start + 12);
  const first = start + 14 < end ? view.getUint8(start + 14) >>> 4 : -1;
  switch (type) {
    case EtherType.ipv4:
      return first === 4;
    case EtherType.ipv6:
      return first === 6;
    case EtherType.arp:
    case EtherType.vlan:
    case EtherType.serviceVlan:
    case EtherType.oldServiceVlan:
    case EtherType.olderServiceVlan:
    case EtherType.mpls:
    case EtherType.mplsMulticast:
    case EtherType.pppoeDiscovery:
    case EtherType.pppoeSession:
    case EtherType.macsec:
    case EtherType.pbb:
      return true;
    default:
      return false;
  }
}
