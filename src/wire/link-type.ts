import { Layer, type Walk } from "./walk.ts";

/** LINKTYPE_ values that are followed (tcpdump.org, link-layer header types). */
export const LinkType = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  rawBsd: 12,
  rawOpenBsd: 14,
  pppHdlc: 50,
  pppEther: 51,
  atm: 100,
  raw: 101,
  ciscoHdlc: 104,
  wifi: 105,
  loop: 108,
  enc: 109,
  cooked: 113,
  pflog: 117,
  prism: 119,
  radiotap: 127,
  avs: 163,
  pppPppd: 166,
  ppi: 192,
  erf: 197,
  pppWithDirection: 204,
  ciscoHdlcWithDirection: 205,
  ipv4: 228,
  ipv6: 229,
  nflog: 239,
  pktap: 258,
  mPacket: 274,
  cooked2: 276,
  brcmTag: 281,
  brcmTagPrepended: 282,
  dsaTag: 284,
  edsaTag: 285,
} as const;

const FOLLOWED: ReadonlySet<number> = new Set<number>(Object.values(LinkType));

/** What people call link types that never carry IP, or not so that it is followed. */
const OTHER_LINKS: ReadonlyMap<number, string> = new Map([
  [6, "Token Ring"],
  [10, "FDDI"],
  [143, "DOCSIS"],
  [187, "Bluetooth"],
  [189, "USB"],
  [195, "802.15.4"],
  [201, "Bluetooth"],
  [220, "USB"],
  [227, "CAN"],
  [230, "802.15.4"],
  [247, "InfiniBand"],
  [249, "USB"],
  [251, "Bluetooth"],
  [252, "Wireshark's exported PDUs"],
  [253, "Netlink"],
  [254, "Bluetooth"],
  [256, "Bluetooth"],
  [266, "USB"],
]);

/** False where no packet of this link type can be read. */
export function isFollowed(linkType: number): boolean {
  return FOLLOWED.has(linkType);
}

/** A link type for people: "249 (USB)". */
export function linkTypeText(linkType: number): string {
  const name = OTHER_LINKS.get(linkType);
  return name === undefined ? `${linkType}` : `${linkType} (${name})`;
}

/** The first header of a frame of this link type; a type that cannot be read is counted. */
export function layerOfLinkType(walk: Walk, linkType: number): Layer {
  switch (linkType) {
    case LinkType.ethernet:
      return Layer.ethernet;
    case LinkType.raw:
    case LinkType.rawBsd:
    case LinkType.rawOpenBsd:
      return Layer.ip;
    case LinkType.ipv4:
      return Layer.ipv4;
    case LinkType.ipv6:
      return Layer.ipv6;
    case LinkType.cooked:
      return Layer.cooked;
    case LinkType.cooked2:
      return Layer.cooked2;
    case LinkType.null:
    case LinkType.loop:
      return Layer.loopback;
    case LinkType.ppp:
    case LinkType.pppHdlc:
      return Layer.ppp;
    case LinkType.pppEther:
      return Layer.pppoe;
    case LinkType.pppPppd:
    case LinkType.pppWithDirection:
      return Layer.pppWithDirection;
    case LinkType.ciscoHdlc:
      return Layer.ciscoHdlc;
    case LinkType.ciscoHdlcWithDirection:
      return Layer.ciscoHdlcWithDirection;
    case LinkType.wifi:
      return Layer.wifi;
    case LinkType.radiotap:
      return Layer.radiotap;
    case LinkType.ppi:
      return Layer.ppi;
    case LinkType.prism:
      return Layer.prism;
    case LinkType.avs:
      return Layer.avs;
    case LinkType.nflog:
      return Layer.nflog;
    case LinkType.pflog:
      return Layer.pflog;
    case LinkType.enc:
      return Layer.enc;
    case LinkType.brcmTagPrepended:
      return ethernetBehind(walk, 4);
    case LinkType.mPacket:
      // The frame's preamble.
      return ethernetBehind(walk, 8);
    case LinkType.atm:
      return Layer.llc;
    case LinkType.erf:
      return Layer.erf;
    case LinkType.pktap:
      return Layer.pktap;
    case LinkType.brcmTag:
    case LinkType.dsaTag:
      walk.code = 4;
      return Layer.switchTag;
    case LinkType.edsaTag:
      walk.code = 8;
      return Layer.switchTag;
    default:
      return walk.odd("link-type-unsupported");
  }
}

/** An Ethernet frame behind a header of fixed length that carries nothing for us. */
function ethernetBehind(walk: Walk, length: number): Layer {
  walk.start = Math.min(walk.start + length, walk.end);
  return Layer.ethernet;
}
