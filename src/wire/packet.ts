const EMPTY = new DataView(new ArrayBuffer(0));

/** What the walk through the headers ended at. */
export const PacketKind = {
  /** No IP header was reached (ARP, spanning tree, a cut frame ...). */
  none: 0,
  tcp: 1,
  udp: 2,
  /** ICMP or ICMPv6. */
  icmp: 3,
  /** IP with another protocol, an unattributable fragment, or a transport header that makes no sense. */
  otherIp: 4,
} as const;
export type PacketKind = (typeof PacketKind)[keyof typeof PacketKind];

/** Outermost tunnel that the flow was found in; 0 is none. The names are those of the `tunnel` column. */
export const TUNNEL_NAMES = [
  "",
  "gre",
  "erspan",
  "vxlan",
  "geneve",
  "ipip",
  "6in4",
  "teredo",
  "gtp-u",
  "capwap",
  "eoip",
  "l2tp",
  "etherip",
  "mpls-in-ip",
] as const;
/** Index into TUNNEL_NAMES. */
export type TunnelKind = number;

/** The indexes of TUNNEL_NAMES, by name. */
export const Tunnel = {
  gre: 1,
  erspan: 2,
  vxlan: 3,
  geneve: 4,
  ipip: 5,
  sixInFour: 6,
  teredo: 7,
  gtpu: 8,
  capwap: 9,
  eoip: 10,
  l2tp: 11,
  etherip: 12,
  mplsInIp: 13,
} as const;

/** Address, protocol and ports of a packet that an ICMP error quotes. Addresses are four 32-bit words. */
export class QuotedPacket {
  present = false;
  ipVersion = 0;
  protocol = 0;
  source0 = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
  sourcePort = 0;
  destinationPort = 0;
}

/** Values of `linkPlace`, 0 included. */
export const LINK_PLACES = 64;

/** In place of the upper half of an Ethernet address that the capture does not have. */
export const NO_ADDRESS = 0x1000000;
/** The lower half beside it, where the host that captured sent the frame itself: the source is one of its own addresses. */
export const SENT_BY_HOST = 1;

/**
 * One decoded packet, reused for every packet in turn. Numbers only; nothing in it outlives the next `decode`.
 *
 * Addresses are four unsigned 32-bit words, most significant first. An IPv4 address a.b.c.d is held as its
 * IPv4-mapped form (0, 0, 0xffff, abcd), so that one table holds both; `ipVersion` says what the wire said.
 * All IP fields are those of the innermost IP header reached; the outermost one is in `outer*`.
 */
export class Packet {
  kind: PacketKind = PacketKind.none;

  // Link layer. The Ethernet addresses are the outermost frame's, as two halves of 24 bits; of a mirrored frame
  // (ERSPAN, VXLAN) they and the tags are the mirrored one's, since the mirror's own say nothing of the path.
  // A cooked capture knows the source only: its destination is `NO_ADDRESS`, and `SENT_BY_HOST` or 0.
  hasMac = false;
  sourceMacHigh = 0;
  sourceMacLow = 0;
  destinationMacHigh = 0;
  destinationMacLow = 0;
  /** Number of 802.1Q/802.1ad tags on the outermost frame. */
  vlanCount = 0;
  /** First (outer) tag's VLAN id, 0 to 4095; meaningful when vlanCount > 0. Of more than two tags those of id 0 are passed over. */
  vlanOuter = 0;
  /** Second tag's VLAN id; meaningful when vlanCount > 1. */
  vlanInner = 0;
  /** True when the frame says that our host sent it (Linux cooked type 4), for what it is worth. */
  linkOutgoing = false;
  /** Of a cooked capture, which is one of several interfaces: a number for the one that saw the packet, and whether that sent it; else 0. */
  linkPlace = 0;
  /** Of a Linux cooked capture, version 2: the index that the kernel gave the interface, from 1; else 0. */
  linkInterface = 0;

  // Network layer, innermost.
  ipVersion = 0;
  source0 = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
  /** IP bytes: the IP header's own total (TSO's zero: what the link layer says). */
  ipLength = 0;
  timeToLive = 0;
  /** 0 to 63. */
  dscp = 0;
  /** IPv4 identification; -1 for IPv6. */
  ipId = -1;
  /** IP protocol number of the transport. */
  protocol = 0;
  /**
   * Fragments of this packet's datagram that came before its first one, which alone has the ports: how many, their IP
   * bytes, and number and time of the first of them. 0 fragments everywhere else.
   */
  earlierFragments = 0;
  earlierBytes = 0;
  earlierPacket = 0;
  earlierSeconds = 0;
  earlierNanoseconds = 0;
  /** True for any fragment of a fragmented datagram (an atomic IPv6 fragment is none). */
  fragment = false;
  /** The same of the innermost IP header reached; false where a tunnel's outer packet came in fragments. */
  innerFragment = false;
  /** Of a fragment: where its bytes stand in the datagram, and which datagram that is. */
  fragmentOffset = 0;
  fragmentId = 0;
  /** Of a fragment that completes nothing: where its bytes lie in `view`. The first one begins with the transport header. */
  fragmentStart = 0;
  fragmentEnd = 0;
  /** A number that fragments of one datagram have in common, of the innermost header that came in fragments. */
  datagram = 0;

  // Transport.
  sourcePort = 0;
  destinationPort = 0;
  tcpSequence = 0;
  tcpAcknowledgement = 0;
  /** CWR ECE URG ACK PSH RST SYN FIN, as in the header's byte. */
  tcpFlags = 0;
  tcpWindow = 0;

  /** The view that holds the payload: the frame's, or the reassembly buffer's. */
  view: DataView = EMPTY;
  /** Captured transport payload, offsets into `view`. */
  payloadStart = 0;
  payloadEnd = 0;
  /** Payload bytes as the headers declare them; more than captured when the snap length cut the packet. */
  payloadLength = 0;

  icmpType = 0;
  icmpCode = 0;
  /** Meaningful only while its `present` is true. */
  readonly quoted: QuotedPacket = new QuotedPacket();

  // Tunnel, outermost; but the addresses around a tunnel inside what a mirror copied are those in the copy.
  tunnel: TunnelKind = 0;
  /**
   * True when the headers around the flow are those of a mirror only (ERSPAN), or may be (VXLAN), and so no evidence; not
   * where the mirrored frame carried the flow in a tunnel.
   */
  tunnelMirrors = false;
  /** ERSPAN session id 0 to 1023, or -1. */
  erspanSession = -1;
  outerSource0 = 0;
  outerSource1 = 0;
  outerSource2 = 0;
  outerSource3 = 0;
  outerDestination0 = 0;
  outerDestination1 = 0;
  outerDestination2 = 0;
  outerDestination3 = 0;

  /** True when the decoder may have written a field that the common stack leaves alone; its own business. */
  rare = false;
}

/** Notes the next tag of the frame. One of id 0 only carries a priority (IEEE 802.1Q, 6.9.3) and makes room for a third. */
export function addTag(packet: Packet, id: number): void {
  if (packet.vlanCount === 0) packet.vlanOuter = id;
  else if (packet.vlanCount === 1) packet.vlanInner = id;
  else if (packet.vlanOuter === 0) {
    packet.vlanOuter = packet.vlanInner;
    packet.vlanInner = id;
  } else if (packet.vlanInner === 0) packet.vlanInner = id;
  packet.vlanCount += 1;
}

/** Gives every field its neutral value. The view stays, since it must hold some view. */
export function clearPacket(packet: Packet): void {
  packet.rare = false;
  packet.kind = PacketKind.none;
  packet.hasMac = false;
  packet.sourceMacHigh = 0;
  packet.sourceMacLow = 0;
  packet.destinationMacHigh = 0;
  packet.destinationMacLow = 0;
  packet.vlanCount = 0;
  packet.vlanOuter = 0;
  packet.vlanInner = 0;
  packet.linkOutgoing = false;
  packet.linkPlace = 0;
  packet.linkInterface = 0;
  packet.ipVersion = 0;
  packet.source0 = 0;
  packet.source1 = 0;
  packet.source2 = 0;
  packet.source3 = 0;
  packet.destination0 = 0;
  packet.destination1 = 0;
  packet.destination2 = 0;
  packet.destination3 = 0;
  packet.ipLength = 0;
  packet.timeToLive = 0;
  packet.dscp = 0;
  packet.ipId = -1;
  packet.protocol = 0;
  packet.fragment = false;
  packet.innerFragment = false;
  packet.fragmentOffset = 0;
  packet.fragmentId = 0;
  packet.fragmentStart = 0;
  packet.fragmentEnd = 0;
  packet.datagram = 0;
  packet.earlierFragments = 0;
  packet.sourcePort = 0;
  packet.destinationPort = 0;
  packet.tcpSequence = 0;
  packet.tcpAcknowledgement = 0;
  packet.tcpFlags = 0;
  packet.tcpWindow = 0;
  packet.payloadStart = 0;
  packet.payloadEnd = 0;
  packet.payloadLength = 0;
  packet.icmpType = 0;
  packet.icmpCode = 0;
  packet.quoted.present = false;
  packet.tunnelMirrors = false;
  packet.erspanSession = -1;
  if (packet.tunnel !== 0) clearOuter(packet);
}

function clearOuter(packet: Packet): void {
  packet.tunnel = 0;
  packet.outerSource0 = 0;
  packet.outerSource1 = 0;
  packet.outerSource2 = 0;
  packet.outerSource3 = 0;
  packet.outerDestination0 = 0;
  packet.outerDestination1 = 0;
  packet.outerDestination2 = 0;
  packet.outerDestination3 = 0;
}
