import { compareText } from "../compare-text.ts";

/**
 * Everything odd that the decoder can say about traffic, and what it means. Names are kept for ever,
 * since people filter on them; docs/decoding.md lists them all.
 */
export const ODDITIES = {
  // Link layers
  "link-type-unsupported": "the interface's link type is not one that is decoded",
  "link-header-cut": "the capture ends inside a link-layer header",
  "link-protocol-unsupported": "a null, loopback, PFLOG or ENC header names a family other than IP",
  "ethernet-header-cut": "fewer than 14 bytes of an Ethernet frame were captured",
  "ethernet-type-undefined": "an EtherType of 1501 to 1535, neither a length nor a type",
  "vlan-tag-cut": "the capture ends inside a VLAN tag",
  "mpls-label-cut": "the capture ends inside an MPLS label",
  "mpls-labels-too-deep": "more MPLS labels than are followed",
  "mpls-payload-unknown": "below the MPLS labels lies neither IP nor Ethernet",
  "pppoe-header-cut": "the capture ends inside a PPPoE header",
  "pppoe-header-invalid": "a PPPoE header with a version, type or code that carries no session data",
  "ppp-header-cut": "the capture ends inside a PPP header",
  "ppp-payload-unreadable": "PPP data that is compressed or encrypted",
  "pbb-tag-cut": "the capture ends inside an 802.1ah service tag",
  "macsec-encrypted": "a MACsec frame whose content is encrypted",
  "macsec-tag-cut": "the capture ends inside a MACsec tag",
  "wifi-header-cut": "the capture ends inside an 802.11 header",
  "wifi-encrypted": "an 802.11 data frame that is encrypted",
  "wifi-fragment": "a fragment of an 802.11 frame, which is not reassembled",
  "wifi-amsdu": "an aggregate of 802.11 frames, of which only the first is decoded",
  // IP
  "ip-version-wrong": "where an IP header was announced, the version is another",
  "ipv4-header-cut": "the capture ends inside an IPv4 header",
  "ipv4-header-length-below-20": "an IPv4 header length under five words",
  "ipv4-total-length-below-header": "an IPv4 total length that does not even cover the header",
  "ipv4-total-length-above-frame": "an IPv4 total length beyond what the wire carried",
  "ipv4-total-length-zero": "an IPv4 total length of zero: segmentation is left to the network card",
  "ipv6-header-cut": "the capture ends inside an IPv6 header",
  "ipv6-payload-length-above-frame": "an IPv6 payload length beyond what the wire carried",
  "ipv6-payload-length-zero":
    "an IPv6 payload length of zero without a jumbo option: segmentation is left to the network card",
  "ipv6-jumbo-invalid": "a jumbo payload option with a length that is none",
  "ipv6-extension-cut": "the capture ends inside an IPv6 extension header",
  "ah-header-cut": "the capture ends inside an authentication header",
  "ah-header-invalid": "an authentication header shorter than its fixed part",
  "esp-encrypted": "IPsec ESP, also inside UDP: the content cannot be read",
  "wireguard-encrypted": "WireGuard: the content cannot be read",
  // Fragments
  "fragment-header-cut": "the capture ends inside an IPv6 fragment header",
  "fragment-before-first":
    "a fragment seen before its datagram's first one: it counts when that one tells the ports",
  "fragment-first-without-ports":
    "a first fragment too short for the ports (RFC 7112): of its datagram only the fragment that completes it counts",
  "fragment-cut":
    "the capture holds only part of a fragment: its datagram is not reassembled; of a tunnel's, what the first fragment begins counts",
  "fragment-length-invalid": "a fragment that is no last one and no multiple of 8 bytes long, or empty",
  "fragment-beyond-maximum": "a fragment that ends beyond byte 65,535 of its datagram",
  "fragment-overlap": "fragments that overlap or disagree: the datagram is dropped (RFC 5722)",
  "fragment-too-many": "a datagram in more fragments than are followed: it is dropped",
  "fragment-timeout": "a datagram whose fragments did not all come within 30 seconds",
  "fragment-table-full": "more unfinished datagrams than are held: the oldest was dropped",
  // Transport
  "tcp-header-cut": "the capture ends inside a TCP header",
  "tcp-header-invalid": "a TCP header length under five words or beyond the segment",
  "udp-header-cut": "the capture ends inside a UDP header",
  "udp-length-below-header": "a UDP length under eight bytes",
  "udp-length-above-ip": "a UDP length beyond the IP packet that holds it",
  "icmp-header-cut": "the capture ends inside an ICMP header",
  "icmp-quote-cut": "an ICMP error that quotes too little to name the packet it is about",
  // Tunnels
  "tunnels-too-deep": "more IP headers inside one another than are followed",
  "headers-too-many": "more headers of any kind than are followed",
  "gre-header-cut": "the capture ends inside a GRE header",
  "gre-version-unsupported": "GRE with a version, routing field or protocol that is not decoded",
  "erspan-header-cut": "the capture ends inside an ERSPAN header",
  "tunnel-content-unreadable":
    "a tunnel's port or protocol number, but nothing inside that makes sense as its content",
} as const;

export type Oddity = keyof typeof ODDITIES;

/** How often an oddity was seen, and where first. */
export interface OddityCount {
  readonly name: Oddity;
  readonly meaning: string;
  readonly packets: number;
  /** Capture in which it was seen first (the name that the reader gave), "" where it has none. */
  readonly firstCapture: string;
  /** Number of that packet in its capture, from 1. */
  readonly firstPacket: number;
}

interface Tally {
  packets: number;
  readonly firstCapture: string;
  readonly firstPacket: number;
}

/** Counts of what was odd in the traffic. Bounded by the number of names. */
export class Oddities {
  /** Name of the capture being read; set by whoever opens the next one. */
  capture = "";
  readonly #tallies: Map<Oddity, Tally> = new Map();

  /** Counts one packet with this oddity. */
  note(name: Oddity, packetNumber: number): void {
    const tally = this.#tallies.get(name);
    if (tally !== undefined) tally.packets++;
    else this.#tallies.set(name, { packets: 1, firstCapture: this.capture, firstPacket: packetNumber });
  }

  /** Adds what another run counted, as if its captures came after those seen here. */
  merge(others: readonly OddityCount[]): void {
    for (const other of others) {
      const tally = this.#tallies.get(other.name);
      if (tally !== undefined) tally.packets += other.packets;
      else {
        const { packets, firstCapture, firstPacket } = other;
        this.#tallies.set(other.name, { packets, firstCapture, firstPacket });
      }
    }
  }

  /** Packets with this oddity so far. */
  count(name: Oddity): number {
    return this.#tallies.get(name)?.packets ?? 0;
  }

  /** All oddities seen, most frequent first, ties by name. */
  list(): OddityCount[] {
    return [...this.#tallies]
      .map(([name, tally]) => ({ name, meaning: ODDITIES[name], ...tally }))
      .toSorted((a, b) => b.packets - a.packets || compareText(a.name, b.name));
  }
}
