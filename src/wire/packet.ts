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
  "pppoe",
  "l2tp",
] as const;
export type TunnelKind = number;

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

/**
 * One decoded packet, reused for every packet in turn. Numbers only; nothing in it outlives the next `decode`.
 *
 * Addresses are four unsigned 32-bit words, most significant first. An IPv4 address a.b.c.d is held as its
 * IPv4-mapped form (0, 0, 0xffff, abcd), so that one table holds both; `ipVersion` says what the wire said.
 * All IP fields are those of the innermost IP header reached; the outermost one is in `outer*`.
 */
export class Packet {
  kind: PacketKind = PacketKind.none;

  // Link layer. The Ethernet addresses are the outermost frame's, as two halves of 24 bits.
  hasMac = false;
  sourceMacHigh = 0;
  sourceMacLow = 0;
  destinationMacHigh = 0;
  destinationMacLow = 0;
  /** Number of 802.1Q/802.1ad tags on the outermost frame. */
  vlanCount = 0;
  /** First (outer) tag's VLAN id, 0 to 4095; meaningful when vlanCount > 0. */
  vlanOuter = 0;
  /** Second tag's VLAN id; meaningful when vlanCount > 1. */
  vlanInner = 0;
  /** True when the frame says that our host sent it (Linux cooked type 4), for what it is worth. */
  linkOutgoing = false;

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
  /** True for any fragment of a fragmented datagram (an atomic IPv6 fragment is none). */
  fragment = false;

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
  readonly quoted: QuotedPacket = new QuotedPacket();

  // Tunnel, outermost.
  tunnel: TunnelKind = 0;
  /** True when the tunnel only mirrors (ERSPAN, a VXLAN tap cannot be told): its outer headers are no evidence. */
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
}
