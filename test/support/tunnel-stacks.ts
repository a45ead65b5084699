import { concat, hex, u16 } from "./bytes.ts";
import { WIFI_TO_DS } from "./link-stacks.ts";
import { ethernet, ethernetIp, ip, udp } from "./packets.ts";
import { FRAME4, HOST, INNER4, INNER6, innerFrame, INNER_SOURCE, type Stack } from "./stack.ts";

const A = "198.51.100.1";
const B = "198.51.100.2";
const outer: readonly [string, string] = [A, B];

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

const ERSPAN_2 = hex("1064 1007 00000000"); // version 1, VLAN 100, tag taken off, session 7
const ERSPAN_3 = hex("2064 0007 00000000 0000 0000"); // version 2, session 7, Ethernet
const VXLAN = hex("08000000 00002a00");

/** Inside of each tunnel. */
export const TUNNEL_STACKS: readonly Stack[] = [
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
