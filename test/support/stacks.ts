import { ascii, concat, hex, u16, u32, u8 } from "./bytes.ts";
import { ethernet, ethernetIp, ip, macBytes, udp } from "./packets.ts";

/**
 * One datagram under every header that the decoder follows. All carry the same UDP datagram, so that each must decode
 * to the same flow; tshark 4.0.17 reads them alike (where `tshark` does not say otherwise).
 */
export interface Stack {
  readonly name: string;
  readonly linkType: number;
  readonly bytes: Uint8Array;
  /** Name of the outermost tunnel. */
  readonly tunnel?: string;
  readonly vlans?: readonly number[];
  /** Source address of the frame, where the link layer has one. */
  readonly source?: string;
  readonly destination?: string;
  readonly outer?: readonly [string, string];
  readonly session?: number;
  readonly oddities?: readonly string[];
  readonly ipVersion?: 4 | 6;
  /** Why tshark reads it otherwise. */
  readonly tshark?: string;
}

export const PAYLOAD: Uint8Array = ascii("hello");
const HOST = "00:00:5e:00:53:02";
const ROUTER = "00:00:5e:00:53:01";

/** The datagram inside: 33 bytes of IPv4. */
export const INNER4: Uint8Array = udp(
  {
    source: "10.1.2.3",
    destination: "192.0.2.9",
    sourcePort: 51000,
    destinationPort: 3481,
    dscp: 46,
    ttl: 61,
    id: 77,
  },
  PAYLOAD,
);
export const INNER6: Uint8Array = udp(
  { source: "2001:db8::3", destination: "2001:db8:9::9", sourcePort: 51000, destinationPort: 3481, ttl: 61 },
  PAYLOAD,
);

const A = "198.51.100.1";
const B = "198.51.100.2";
const outer: readonly [string, string] = [A, B];
const mac = (text: string): Uint8Array => macBytes(text);

/** An Ethernet frame with other addresses than the outer one's, without padding. */
const INNER_SOURCE = "02:00:00:00:00:0a";

export function innerFrame(type: number, payload: Uint8Array): Uint8Array {
  return concat(mac("02:00:00:00:00:0b"), mac(INNER_SOURCE), u16(type), payload);
}

function overIp(protocol: number, payload: Uint8Array): Uint8Array {
  return ethernet({ etherType: 0x0800 }, ip({ source: A, destination: B, protocol }, payload));
}

function overIp6(protocol: number, payload: Uint8Array): Uint8Array {
  const packet = ip({ source: "2001:db8:1::1", destination: "2001:db8:1::2", protocol }, payload);
  return ethernet({ etherType: 0x86dd }, packet);
}

function overUdp(destinationPort: number, payload: Uint8Array): Uint8Array {
  return ethernetIp({}, udp({ source: A, destination: B, sourcePort: 50123, destinationPort }, payload));
}

const FRAME4 = innerFrame(0x0800, INNER4);
const SNAP = hex("aaaa03 000000 0800");
/** 802.11 frame control, duration; then addresses and sequence control. */
const wifi = (control: string, ...rest: readonly Uint8Array[]): Uint8Array =>
  concat(hex(control), hex("0000"), ...rest);
const WIFI_TO_DS = wifi("0801", mac("02:00:00:00:00:99"), mac(HOST), mac(ROUTER), hex("1000"), SNAP, INNER4);

const link: Stack[] = [
  { name: "Ethernet", linkType: 1, bytes: ethernetIp({}, INNER4), source: HOST, destination: ROUTER },
  { name: "Ethernet with IPv6", linkType: 1, bytes: ethernetIp({}, INNER6), ipVersion: 6, source: HOST },
  { name: "802.1Q", linkType: 1, bytes: ethernetIp({ vlans: [100] }, INNER4), vlans: [100], source: HOST },
  {
    name: "802.1ad",
    linkType: 1,
    bytes: ethernetIp({ vlans: [[0x88a8, 500], 0x6064] }, INNER4),
    vlans: [500, 100],
  },
  {
    name: "0x9100, 0x9200 and 802.1Q tags",
    linkType: 1,
    bytes: ethernetIp({ vlans: [[0x9100, 5], [0x9200, 6], 7] }, INNER4),
    vlans: [5, 6, 7],
    tshark: "0x9200 is not known to it",
  },
  {
    name: "802.3 with SNAP",
    linkType: 1,
    bytes: ethernet({ etherType: 8 + INNER4.length }, concat(SNAP, INNER4)),
  },
  {
    name: "802.3 with SNAP of 802.1H",
    linkType: 1,
    bytes: ethernet({ etherType: 8 + INNER4.length }, concat(hex("aaaa03 0000f8 0800"), INNER4)),
  },
  {
    name: "802.3 with LLC's own IP",
    linkType: 1,
    bytes: ethernet({ etherType: 3 + INNER4.length }, concat(hex("060603"), INNER4)),
  },
  {
    name: "Cisco metadata",
    linkType: 1,
    bytes: ethernet({ etherType: 0x8909 }, concat(hex("0101 0001 0010"), u16(0x0800), INNER4)),
  },
  {
    name: "802.1BR",
    linkType: 1,
    bytes: ethernet({ etherType: 0x893f }, concat(hex("0000 0001 0000"), u16(0x0800), INNER4)),
  },
  {
    name: "802.1CB",
    linkType: 1,
    bytes: ethernet({ etherType: 0xf1c1 }, concat(hex("0000 0001"), u16(0x0800), INNER4)),
  },
  { name: "MPLS", linkType: 1, bytes: ethernet({ etherType: 0x8847 }, concat(hex("00010140"), INNER4)) },
  {
    name: "MPLS, three labels, IPv6",
    linkType: 1,
    bytes: ethernet({ etherType: 0x8847 }, concat(hex("00010040 00020040 00003140"), INNER6)),
    ipVersion: 6,
  },
  {
    name: "MPLS pseudowire with control word",
    linkType: 1,
    bytes: ethernet({ etherType: 0x8847, vlans: [9] }, concat(hex("00010140 00000000"), FRAME4)),
    vlans: [9],
    source: HOST,
    tshark: "has to be told that the label is a pseudowire",
  },
  {
    name: "MPLS pseudowire without control word",
    linkType: 1,
    bytes: ethernet({ etherType: 0x8847 }, concat(hex("00010140"), FRAME4)),
    tshark: "has to be told that the label is a pseudowire",
  },
  {
    name: "MPLS pseudowire whose address starts like IPv4",
    linkType: 1,
    bytes: ethernet({ etherType: 0x8847 }, concat(hex("00010140 4600ff000001 020000000001 0800"), INNER4)),
    tshark: "takes it for IPv4",
  },
  {
    name: "PPPoE",
    linkType: 1,
    bytes: ethernet(
      { etherType: 0x8864 },
      concat(hex("1100 0007"), u16(2 + INNER4.length), hex("0021"), INNER4),
    ),
  },
  {
    name: "802.1ah",
    linkType: 1,
    bytes: ethernet(
      { etherType: 0x88e7, vlans: [[0x88a8, 600]] },
      concat(hex("00000abc"), innerFrame(0x8100, concat(hex("0042 0800"), INNER4))),
    ),
    vlans: [600, 0x42],
    source: HOST,
  },
  {
    name: "MACsec without encryption",
    linkType: 1,
    bytes: ethernet(
      { etherType: 0x88e5 },
      concat(hex("00 00 00000001"), u16(0x0800), INNER4, new Uint8Array(16)),
    ),
  },
  { name: "PPP", linkType: 9, bytes: concat(hex("ff03 0021"), INNER4) },
  {
    name: "PPP without framing",
    linkType: 9,
    bytes: concat(hex("0021"), INNER4),
  },
  { name: "PPP with compressed protocol", linkType: 50, bytes: concat(hex("ff03 21"), INNER4) },
  { name: "PPP with IPv6", linkType: 50, bytes: concat(hex("ff03 0057"), INNER6), ipVersion: 6 },
  { name: "PPP in HDLC's place", linkType: 50, bytes: concat(hex("0f00 0800"), INNER4) },
  {
    name: "PPPoE link type",
    linkType: 51,
    bytes: concat(hex("1100 0007"), u16(2 + INNER4.length), hex("0021"), INNER4),
  },
  { name: "PPP of pppd", linkType: 166, bytes: concat(hex("0003 0021"), INNER4) },
  { name: "PPP with direction", linkType: 204, bytes: concat(hex("01 ff03 0021"), INNER4) },
  { name: "Cisco HDLC", linkType: 104, bytes: concat(hex("0f00 0800"), INNER4) },
  { name: "Cisco HDLC with direction", linkType: 205, bytes: concat(hex("01 0f00 0800"), INNER4) },
  {
    name: "Linux cooked",
    linkType: 113,
    bytes: concat(hex("0004 0001 0006"), mac(HOST), hex("0000 0800"), INNER4),
    source: HOST,
    destination: "00:00:00:00:00:00",
  },
  {
    name: "Linux cooked with a tag",
    linkType: 113,
    bytes: concat(hex("0000 0001 0006"), mac(HOST), hex("0000 8100 0064 0800"), INNER4),
    source: HOST,
    vlans: [100],
  },
  {
    name: "Linux cooked 2",
    linkType: 276,
    bytes: concat(hex("0800 0000 00000002 0001 00 06"), mac(HOST), hex("0000"), INNER4),
    source: HOST,
  },
  { name: "loopback, little-endian", linkType: 0, bytes: concat(hex("02000000"), INNER4) },
  { name: "loopback, big-endian", linkType: 0, bytes: concat(hex("00000002"), INNER4) },
  { name: "loopback of macOS with IPv6", linkType: 0, bytes: concat(hex("1e000000"), INNER6), ipVersion: 6 },
  { name: "loopback of OpenBSD", linkType: 108, bytes: concat(hex("00000002"), INNER4) },
  { name: "raw IP", linkType: 101, bytes: INNER4 },
  { name: "raw IP with IPv6", linkType: 101, bytes: INNER6, ipVersion: 6 },
  { name: "raw IP, BSD's number", linkType: 12, bytes: INNER4 },
  { name: "raw IP, OpenBSD's number", linkType: 14, bytes: INNER4 },
  { name: "raw IPv4", linkType: 228, bytes: INNER4 },
  { name: "raw IPv6", linkType: 229, bytes: INNER6, ipVersion: 6 },
  { name: "802.11 to the access point", linkType: 105, bytes: WIFI_TO_DS, source: HOST, destination: ROUTER },
  {
    name: "802.11 from the access point, QoS",
    linkType: 105,
    bytes: wifi("8802", mac(HOST), mac("02:00:00:00:00:99"), mac(ROUTER), hex("1000 0000"), SNAP, INNER4),
    source: ROUTER,
    destination: HOST,
  },
  {
    name: "802.11 between access points",
    linkType: 105,
    bytes: wifi(
      "0803",
      mac("02:00:00:00:00:98"),
      mac("02:00:00:00:00:99"),
      mac(ROUTER),
      hex("1000"),
      mac(HOST),
      SNAP,
      INNER4,
    ),
    source: HOST,
    destination: ROUTER,
  },
  {
    name: "802.11 aggregate",
    linkType: 105,
    bytes: wifi(
      "8801",
      mac("02:00:00:00:00:99"),
      mac(HOST),
      mac(ROUTER),
      hex("1000 8000"),
      concat(mac(ROUTER), mac(HOST), u16(8 + INNER4.length), SNAP, INNER4),
      hex("0000 00"),
      concat(mac(ROUTER), mac(HOST), u16(8 + INNER4.length), SNAP, INNER4),
    ),
    source: HOST,
    destination: ROUTER,
    oddities: ["wifi-amsdu"],
  },
  {
    name: "radiotap with timer, flags and check sequence",
    linkType: 127,
    bytes: concat(hex("0000 1100 03000000 0000000000000000 10"), WIFI_TO_DS, hex("00000000")),
    source: HOST,
  },
  {
    name: "radiotap with a padded header",
    linkType: 127,
    bytes: concat(
      hex("0000 0900 02000000 20"),
      wifi("8801", mac("02:00:00:00:00:99"), mac(HOST), mac(ROUTER), hex("1000 0000 0000"), SNAP, INNER4),
    ),
    source: HOST,
  },
  { name: "per-packet information", linkType: 192, bytes: concat(hex("00 00 0800 69000000"), WIFI_TO_DS) },
  {
    name: "Prism",
    linkType: 119,
    bytes: concat(hex("44000000 90000000"), new Uint8Array(136), WIFI_TO_DS),
    source: HOST,
  },
  { name: "AVS", linkType: 163, bytes: concat(hex("80211001 00000040"), new Uint8Array(56), WIFI_TO_DS) },
  {
    name: "NFLOG",
    linkType: 239,
    bytes: concat(hex("02 00 0000 0800 0100 0800 0300"), hex("2500 0900"), INNER4, new Uint8Array(3)),
  },
  {
    name: "NFLOG, big-endian",
    linkType: 239,
    bytes: concat(hex("02 00 0000 0008 0001 0800 0300"), hex("0025 0009"), INNER4, new Uint8Array(3)),
    tshark: "takes the byte order from the file",
  },
  { name: "OpenBSD's packet filter", linkType: 117, bytes: concat(hex("3d 02"), new Uint8Array(62), INNER4) },
  { name: "OpenBSD's IPsec view", linkType: 109, bytes: concat(hex("02000000 00001000 00000000"), INNER4) },
  {
    name: "macOS's PKTAP",
    linkType: 258,
    bytes: concat(hex("6c000000 01000000 01000000"), new Uint8Array(96), ethernetIp({ vlans: [8] }, INNER4)),
    source: HOST,
    vlans: [8],
  },
  {
    name: "Endace's records",
    linkType: 197,
    bytes: concat(
      new Uint8Array(8),
      hex("82 04 0058 0000 003c"),
      hex("00 00000000000000"), // one extension header
      hex("0000"),
      ethernetIp({}, INNER4),
    ),
    source: HOST,
  },
  {
    name: "Endace's records with IP",
    linkType: 197,
    bytes: concat(new Uint8Array(8), hex("16 04 0031 0000 0021"), INNER4),
  },
  { name: "ATM with LLC", linkType: 100, bytes: concat(SNAP, INNER4) },
  {
    name: "Ethernet with its preamble",
    linkType: 274,
    bytes: concat(hex("55555555555555d5"), ethernetIp({}, INNER4), hex("00000000")),
    source: HOST,
    tshark: "wants a right check sequence",
  },
  {
    name: "Broadcom's switch tag",
    linkType: 281,
    bytes: concat(mac(ROUTER), mac(HOST), hex("00000000"), u16(0x0800), INNER4),
    source: HOST,
    tshark: "version 4.0 does not know it",
  },
  {
    name: "Broadcom's switch tag before the frame",
    linkType: 282,
    bytes: concat(hex("00000000"), ethernetIp({}, INNER4)),
    source: HOST,
    tshark: "version 4.0 does not know it",
  },
  {
    name: "Marvell's switch tag",
    linkType: 284,
    bytes: concat(mac(ROUTER), mac(HOST), hex("00000000"), u16(0x0800), INNER4),
    source: HOST,
    tshark: "version 4.0 does not know it",
  },
  {
    name: "Marvell's long switch tag",
    linkType: 285,
    bytes: concat(mac(ROUTER), mac(HOST), hex("dada0000 00000000"), u16(0x0800), INNER4),
    source: HOST,
    tshark: "version 4.0 does not know it",
  },
];

const extensions: Stack[] = [
  {
    name: "authentication header",
    linkType: 1,
    bytes: overOwnIp4(
      51,
      concat(hex("11 04 0000 00000001 00000001"), new Uint8Array(12), INNER4.subarray(20)),
    ),
  },
  {
    name: "IPv6 with every extension header",
    linkType: 1,
    bytes: overOwnIp6(
      0,
      concat(
        hex("3c 00 0104 00000000"), // hop-by-hop
        hex("2b 00 0104 00000000"), // destination options
        hex("2c 00 0000 00000000"), // routing
        hex("33 00 0000 00000001"), // fragment, atomic
        hex("87 04 0000 00000001 00000001"), // authentication
        new Uint8Array(12),
        hex("11 00 0000 0000 0000"), // mobility
        INNER6.subarray(40),
      ),
    ),
    ipVersion: 6,
    tshark: "ends at the mobility header",
  },
];

function overOwnIp4(protocol: number, payload: Uint8Array): Uint8Array {
  const options = { source: "10.1.2.3", destination: "192.0.2.9", dscp: 46, ttl: 61, id: 77 };
  return ethernet({ etherType: 0x0800 }, ip({ ...options, protocol }, payload));
}

function overOwnIp6(protocol: number, payload: Uint8Array): Uint8Array {
  const packet = ip({ source: "2001:db8::3", destination: "2001:db8:9::9", ttl: 61, protocol }, payload);
  return ethernet({ etherType: 0x86dd }, packet);
}

const ERSPAN_2 = hex("1064 1007 00000000"); // version 1, VLAN 100, tag taken off, session 7
const ERSPAN_3 = hex("2064 0007 00000000 0000 0000"); // version 2, session 7, Ethernet
const VXLAN = hex("08000000 00002a00");

const tunnels: Stack[] = [
  { name: "GRE", linkType: 1, bytes: overIp(47, concat(hex("0000 0800"), INNER4)), tunnel: "gre", outer },
  {
    name: "GRE with checksum, key and sequence number",
    linkType: 1,
    bytes: overIp(47, concat(hex("b000 86dd 00000000 00000001 00000002"), INNER6)),
    tunnel: "gre",
    outer,
    ipVersion: 6,
  },
  {
    name: "GRE over IPv6",
    linkType: 1,
    bytes: overIp6(47, concat(hex("0000 0800"), INNER4)),
    tunnel: "gre",
    outer: ["2001:db8:1::1", "2001:db8:1::2"],
  },
  {
    name: "GRE with Ethernet",
    linkType: 1,
    bytes: overIp(47, concat(hex("0000 6558"), FRAME4)),
    tunnel: "gre",
    outer,
    source: HOST,
  },
  {
    name: "GRE with MPLS",
    linkType: 1,
    bytes: overIp(47, concat(hex("0000 8847 00010140"), INNER4)),
    tunnel: "gre",
    outer,
  },
  {
    name: "PPTP",
    linkType: 1,
    bytes: overIp(
      47,
      concat(hex("3081 880b"), u16(4 + INNER4.length), hex("0001 00000005 00000004 ff03 0021"), INNER4),
    ),
    tunnel: "gre",
    outer,
  },
  {
    name: "web cache redirection",
    linkType: 1,
    bytes: overIp(47, concat(hex("0000 883e 00000000"), INNER4)),
    tunnel: "gre",
    outer,
  },
  {
    name: "EoIP",
    linkType: 1,
    bytes: overIp(47, concat(hex("2001 6400"), u16(FRAME4.length), hex("0900"), FRAME4)),
    tunnel: "eoip",
    outer,
    source: HOST,
  },
  {
    name: "ERSPAN type I",
    linkType: 1,
    bytes: overIp(47, concat(hex("0000 88be"), FRAME4)),
    tunnel: "erspan",
    outer,
    source: "02:00:00:00:00:0a",
  },
  {
    name: "ERSPAN type II",
    linkType: 1,
    bytes: ethernet(
      { etherType: 0x0800, vlans: [999] },
      ip({ source: A, destination: B, protocol: 47 }, concat(hex("1000 88be 00000001"), ERSPAN_2, FRAME4)),
    ),
    tunnel: "erspan",
    outer,
    session: 7,
    vlans: [100],
    source: "02:00:00:00:00:0a",
    tshark: "shows the mirror's own tag",
  },
  {
    name: "ERSPAN type II with the tag left in place",
    linkType: 1,
    bytes: overIp(
      47,
      concat(
        hex("1000 88be 00000001 1064 1807 00000000"),
        innerFrame(0x8100, concat(hex("0065 0800"), INNER4)),
      ),
    ),
    tunnel: "erspan",
    outer,
    session: 7,
    vlans: [101],
  },
  {
    name: "ERSPAN type III",
    linkType: 1,
    bytes: overIp(47, concat(hex("1000 22eb 00000001"), ERSPAN_3, FRAME4)),
    tunnel: "erspan",
    outer,
    session: 7,
    source: "02:00:00:00:00:0a",
  },
  {
    name: "ERSPAN type III with its second header",
    linkType: 1,
    bytes: overIp(
      47,
      concat(hex("1000 22eb 00000001 2064 03ff 00000000 0000 0001 0000000000000000"), FRAME4),
    ),
    tunnel: "erspan",
    outer,
    session: 1023,
  },
  {
    name: "VXLAN",
    linkType: 1,
    bytes: overUdp(4789, concat(VXLAN, FRAME4)),
    tunnel: "vxlan",
    outer,
    source: INNER_SOURCE,
  },
  {
    name: "VXLAN on its old port",
    linkType: 1,
    bytes: overUdp(8472, concat(VXLAN, FRAME4)),
    tunnel: "vxlan",
    outer,
    tshark: "has to be told of the port",
  },
  {
    name: "Geneve",
    linkType: 1,
    bytes: overUdp(6081, concat(hex("0000 6558 00002a00"), FRAME4)),
    tunnel: "geneve",
    outer,
  },
  {
    name: "Geneve with options and IPv6",
    linkType: 1,
    bytes: overUdp(6081, concat(hex("0240 86dd 00002a00 0102 0001 00000000"), INNER6)),
    tunnel: "geneve",
    outer,
    ipVersion: 6,
  },
  { name: "IP in IP", linkType: 1, bytes: overIp(4, INNER4), tunnel: "ipip", outer },
  { name: "IPv6 in IPv4", linkType: 1, bytes: overIp(41, INNER6), tunnel: "6in4", outer, ipVersion: 6 },
  {
    name: "IPv4 in IPv6",
    linkType: 1,
    bytes: overIp6(4, INNER4),
    tunnel: "ipip",
    outer: ["2001:db8:1::1", "2001:db8:1::2"],
  },
  { name: "Teredo", linkType: 1, bytes: overUdp(3544, INNER6), tunnel: "teredo", outer, ipVersion: 6 },
  {
    name: "Teredo with authentication and origin",
    linkType: 1,
    bytes: overUdp(3544, concat(hex("0001 0000 0000000000000000 00 0000 1234 01020304"), INNER6)),
    tunnel: "teredo",
    outer,
    ipVersion: 6,
  },
  {
    name: "GTP-U",
    linkType: 1,
    bytes: overUdp(2152, concat(hex("30ff"), u16(INNER4.length), hex("00000001"), INNER4)),
    tunnel: "gtp-u",
    outer,
  },
  {
    name: "GTP-U with extension headers",
    linkType: 1,
    bytes: overUdp(
      2152,
      concat(
        hex("34ff"),
        u16(12 + INNER4.length),
        hex("00000001 0000 00 85 01 10 01 85 01 10 01 00"),
        INNER4,
      ),
    ),
    tunnel: "gtp-u",
    outer,
  },
  {
    name: "L2TP",
    linkType: 1,
    bytes: overUdp(1701, concat(hex("4002"), u16(8 + 4 + INNER4.length), hex("0001 0002 ff03 0021"), INNER4)),
    tunnel: "l2tp",
    outer,
  },
  { name: "EtherIP", linkType: 1, bytes: overIp(97, concat(hex("3000"), FRAME4)), tunnel: "etherip", outer },
  {
    name: "MPLS in IP",
    linkType: 1,
    bytes: overIp(137, concat(hex("00010140"), INNER4)),
    tunnel: "mpls-in-ip",
    outer,
  },
  {
    name: "CAPWAP with Ethernet",
    linkType: 1,
    bytes: overUdp(5247, concat(hex("00 100200 00000000"), FRAME4)),
    tunnel: "capwap",
    outer,
  },
  {
    name: "CAPWAP with 802.11",
    linkType: 1,
    bytes: overUdp(5247, concat(hex("00 100300 00000000"), WIFI_TO_DS)),
    tunnel: "capwap",
    outer,
    source: HOST,
    tshark: "expects the byte order of Cisco's access points",
  },
  {
    name: "VXLAN inside GRE inside a VLAN",
    linkType: 1,
    bytes: ethernet(
      { etherType: 0x0800, vlans: [12] },
      ip(
        { source: A, destination: B, protocol: 47 },
        concat(
          hex("0000 0800"),
          udp(
            { source: "10.9.9.1", destination: "10.9.9.2", sourcePort: 40000, destinationPort: 4789 },
            concat(VXLAN, FRAME4),
          ),
        ),
      ),
    ),
    tunnel: "gre",
    outer,
  },
];

export const STACKS: readonly Stack[] = [...link, ...extensions, ...tunnels];

/** A packet of 65,536 bytes and more behind the IPv6 header (RFC 2675), with a UDP length of zero. */
export function jumbogram(): Uint8Array {
  const datagram = concat(u16(51000), u16(3481), u16(0), u16(0), new Uint8Array(70_000));
  const payload = concat(hex("11 00 c204"), u32(8 + datagram.length), datagram);
  const header = concat(u32(0x60000000), u16(0), u8(0, 61));
  return concat(mac(ROUTER), mac(HOST), u16(0x86dd), header, INNER6.subarray(8, 40), payload);
}
