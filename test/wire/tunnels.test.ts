import { describe, expect, it } from "vitest";
import { PacketKind, TUNNEL_NAMES } from "../../src/wire/packet.ts";
import { concat, hex } from "../support/bytes.ts";
import { decodeFrame } from "../support/decoding.ts";
import { ethernet, ethernetIp, ip, macBytes, udp } from "../support/packets.ts";
import { innerFrame, INNER4 } from "../support/stack.ts";

const ENDS = { source: "198.51.100.1", destination: "198.51.100.2" };
const ARP = innerFrame(0x0806, hex("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002"));
const BROKEN = innerFrame(0x0800, concat(hex("41"), INNER4.subarray(1)));
/** Inner IPv4 that says it is longer than what the tunnel carries. */
const LONG = innerFrame(0x0800, concat(INNER4.subarray(0, 2), hex("0400"), INNER4.subarray(4)));

function toPort(destinationPort: number, payload: Uint8Array): Uint8Array {
  return ethernetIp({}, udp({ ...ENDS, sourcePort: 50123, destinationPort }, payload));
}

describe("a tunnel's port without a tunnel's content", () => {
  it.each([
    ["VXLAN with ARP inside", 4789, concat(hex("08000000 00002a00"), ARP)],
    ["VXLAN with broken IP inside", 4789, concat(hex("08000000 00002a00"), BROKEN)],
    ["VXLAN with IP inside that does not fit", 4789, concat(hex("08000000 00002a00"), LONG)],
    ["VXLAN without its flag", 4789, concat(hex("00000000 00002a00"), innerFrame(0x0800, INNER4))],
    ["RTP on VXLAN's old port", 8472, concat(hex("8068 0001 00000001 12345678"), INNER4)],
    ["Geneve of another version", 6081, concat(hex("4000 6558 00002a00"), innerFrame(0x0800, INNER4))],
    ["STUN on GTP-U's port", 2152, hex("0001 0000 2112a442 000102030405060708090a0b")],
    ["a GTP-U echo request", 2152, hex("3201 0004 00000000 0001 0000")],
    [
      "GTP-U with extension headers that do not end",
      2152,
      hex("34ff 0010 00000001 0000 00 85 00 10 01 85 00100185 00100185"),
    ],
    ["RTP on Teredo's port", 3544, concat(hex("8068 0001 00000001 12345678"), new Uint8Array(160))],
    ["L2TP control", 1701, hex("c802 000c 0001 0000 0000 0000")],
    ["encrypted CAPWAP", 5247, concat(hex("01 000000"), new Uint8Array(60))],
    ["a NAT keepalive", 4500, hex("ff")],
    ["IKE", 4500, concat(hex("00000000"), new Uint8Array(40))],
    ["RTP on WireGuard's port", 51820, concat(hex("8068 0001 00000001 12345678"), new Uint8Array(160))],
  ])("is the UDP flow that it looks like: %s", (_, port, payload) => {
    const { packet } = decodeFrame(toPort(port, payload));
    expect(packet).toMatchObject({
      kind: PacketKind.udp,
      tunnel: 0,
      sourcePort: 50123,
      destinationPort: port,
      payloadLength: payload.length,
      ipLength: 28 + payload.length,
    });
  });

  it("counts only that the content cannot be read, not what was odd in it", () => {
    const { oddities } = decodeFrame(toPort(4789, concat(hex("08000000 00002a00"), BROKEN)));
    expect(oddities.list().map((oddity) => oddity.name)).toEqual(["tunnel-content-unreadable"]);
  });

  it("names what is opaque, and keeps the UDP flow", () => {
    const esp = decodeFrame(toPort(4500, concat(hex("00000001 00000001"), new Uint8Array(64))));
    expect(esp.oddities.count("esp-encrypted")).toBe(1);
    expect(esp.packet).toMatchObject({ kind: PacketKind.udp, destinationPort: 4500 });
    const wireguard = decodeFrame(toPort(51820, concat(hex("04000000"), new Uint8Array(60))));
    expect(wireguard.oddities.count("wireguard-encrypted")).toBe(1);
    expect(wireguard.packet).toMatchObject({ kind: PacketKind.udp, destinationPort: 51820 });
  });
});

describe("tunnels over IP that cannot be followed", () => {
  it.each([
    ["GRE with ARP inside", 47, concat(hex("0000 6558"), ARP), undefined],
    ["GRE with source routes", 47, concat(hex("4000 0800 00000000"), INNER4), "gre-version-unsupported"],
    ["a cut GRE header", 47, hex("b000 0800 0000"), "gre-header-cut"],
    ["a cut ERSPAN header", 47, hex("1000 88be 00000001 1064 1007"), "erspan-header-cut"],
    [
      "EoIP longer than its packet",
      47,
      concat(hex("2001 6400 0400 0900"), innerFrame(0x0800, INNER4)),
      "tunnel-content-unreadable",
    ],
    ["ESP", 50, concat(hex("00000001 00000001"), new Uint8Array(40)), "esp-encrypted"],
    [
      "EtherIP of another version",
      97,
      concat(hex("4000"), innerFrame(0x0800, INNER4)),
      "tunnel-content-unreadable",
    ],
    ["IPv4 where IPv6 is announced", 41, concat(INNER4, INNER4), "ip-version-wrong"],
  ])("keep what the outer header said: %s", (_, protocol, payload, oddity) => {
    const { packet, oddities } = decodeFrame(ethernetIp({}, ip({ ...ENDS, protocol }, payload)));
    expect(packet).toMatchObject({
      kind: PacketKind.otherIp,
      protocol,
      tunnel: 0,
      source3: 0xc6336401,
      ipLength: 20 + payload.length,
    });
    expect(oddities.list().map((count) => count.name)).toEqual(oddity === undefined ? [] : [oddity]);
  });
});

/** An 802.11 data frame to the access point, with this frame control. */
function wifi(control: string): Uint8Array {
  return concat(
    hex(`${control} 0000`),
    macBytes("02:00:00:00:00:99"),
    macBytes("00:00:5e:00:53:02"),
    macBytes("00:00:5e:00:53:01"),
    hex("1000 aaaa03 000000 0800"),
    INNER4,
  );
}

describe("MPLS", () => {
  it.each([
    ["192.0.2.7", "198.51.100.9", "ipv4-total-length-above-frame"],
    ["fd00::7", "2001:db8::9", "ipv6-payload-length-above-frame"],
  ])("is followed into a frame that was sliced before it was captured: %s", (source, destination, oddity) => {
    const datagram = udp(
      { source, destination, sourcePort: 50_020, destinationPort: 3481 },
      new Uint8Array(1100),
    );
    const sliced = ethernet({ etherType: 0x8847 }, concat(hex("00010140"), datagram)).subarray(0, 96);
    const { packet, oddities } = decodeFrame(sliced);
    expect(packet).toMatchObject({
      kind: PacketKind.udp,
      ipLength: datagram.length,
      sourcePort: 50_020,
      destinationPort: 3481,
    });
    expect(oddities.list().map((count) => count.name)).toEqual([oddity]);
  });

  it("takes no other bytes for such a frame", () => {
    const bytes = hex("4500 ffff 0000 4000 4006 1234 c0000207 c6336409 0102030405060708");
    const { packet, oddities } = decodeFrame(ethernet({ etherType: 0x8847 }, concat(hex("00010140"), bytes)));
    expect(packet.kind).toBe(PacketKind.none);
    expect(oddities.list().map((count) => count.name)).toEqual(["mpls-payload-unknown"]);
  });
});

describe("link layers that cannot be read", () => {
  it.each([
    ["an unknown link type", 147, INNER4, "link-type-unsupported"],
    ["an encrypted 802.11 frame", 105, wifi("0841"), "wifi-encrypted"],
    ["a fragment of an 802.11 frame", 105, wifi("0805"), "wifi-fragment"],
    ["a cut radiotap header", 127, hex("0000 2000 00000000"), "wifi-header-cut"],
    [
      "encrypted MACsec",
      1,
      ethernet({ etherType: 0x88e5 }, concat(hex("0c00 00000001"), INNER4)),
      "macsec-encrypted",
    ],
    ["a null header of another family", 0, concat(hex("07000000"), INNER4), "link-protocol-unsupported"],
    ["compressed PPP", 9, concat(hex("ff03 00fd"), INNER4), "ppp-payload-unreadable"],
    [
      "PPPoE of another version",
      1,
      ethernet({ etherType: 0x8864 }, concat(hex("2100 0007 0023 0021"), INNER4)),
      "pppoe-header-invalid",
    ],
    [
      "a type between length and EtherType",
      1,
      ethernet({ etherType: 1501 }, INNER4),
      "ethernet-type-undefined",
    ],
    [
      "MPLS over something else",
      1,
      ethernet({ etherType: 0x8847 }, concat(hex("00010140 20"), INNER4)),
      "mpls-payload-unknown",
    ],
    [
      "17 MPLS labels",
      1,
      ethernet({ etherType: 0x8847 }, concat(hex("00010040".repeat(17)), INNER4)),
      "mpls-labels-too-deep",
    ],
    ["a cut frame", 1, INNER4.subarray(0, 13), "ethernet-header-cut"],
    ["an NFLOG message without a packet", 239, hex("02 00 0000 0800 0100 08000300"), "link-header-cut"],
  ])("are counted with the reason: %s", (_, linkType, bytes, oddity) => {
    const { packet, oddities } = decodeFrame(bytes, { linkType });
    expect(packet).toMatchObject({ kind: PacketKind.none, ipVersion: 0 });
    expect(oddities.list().map((count) => count.name)).toEqual([oddity]);
  });

  it.each([
    ["ARP", ethernet({ etherType: 0x0806 }, ARP.subarray(14))],
    ["LLDP", ethernet({ etherType: 0x88cc }, new Uint8Array(40))],
    ["spanning tree", ethernet({ etherType: 38 }, concat(hex("424203"), new Uint8Array(35)))],
    ["PPPoE discovery", ethernet({ etherType: 0x8863 }, hex("1109 0000 0000"))],
  ])("%s holds no IP, which is not odd", (_, bytes) => {
    const { packet, oddities } = decodeFrame(bytes);
    expect(packet).toMatchObject({ kind: PacketKind.none, hasMac: true });
    expect(oddities.list()).toEqual([]);
  });
});

describe("a mirror and a tunnel in one packet", () => {
  const gre = (content: Uint8Array): Uint8Array =>
    ip({ source: "203.0.113.1", destination: "203.0.113.2", protocol: 47 }, content);
  const ethernetGre = (vlan: number): Uint8Array =>
    ethernet({ etherType: 0x0800, vlans: [vlan] }, gre(concat(hex("0000 0800"), INNER4)));
  const mirror = (frame: Uint8Array): Uint8Array =>
    ip({ ...ENDS, protocol: 47 }, concat(hex("1000 88be 00000001 1000 0007 00000000"), frame));
  const onWire = (packet: Uint8Array): Uint8Array => ethernet({ etherType: 0x0800, vlans: [900] }, packet);
  const vxlan = (frame: Uint8Array): Uint8Array =>
    udp({ ...ENDS, sourcePort: 50123, destinationPort: 4789 }, concat(hex("08000000 00002a00"), frame));

  it.each([
    ["a mirror of GRE", mirror(ethernetGre(100)), "erspan"],
    ["a VXLAN tap of GRE", vxlan(ethernetGre(100)), "vxlan"],
    ["a mirror of a mirror of GRE", mirror(onWire(mirror(ethernetGre(100)))), "erspan"],
    ["GRE around a mirror of GRE", gre(concat(hex("0000 0800"), mirror(ethernetGre(100)))), "gre"],
  ])("has the tunnel's headers as the copy has them: %s", (_, packet, tunnel) => {
    const found = decodeFrame(onWire(packet)).packet;
    expect(found).toMatchObject({ kind: PacketKind.udp, sourcePort: 51000, tunnelMirrors: false });
    expect(found).toMatchObject({ vlanCount: 1, vlanOuter: 100 });
    expect(TUNNEL_NAMES[found.tunnel]).toBe(tunnel);
    expect([found.outerSource3, found.outerDestination3]).toEqual([0xcb007101, 0xcb007102]);
  });

  it.each([
    ["a mirror inside GRE", gre(concat(hex("0000 0800"), mirror(innerFrame(0x0800, INNER4))))],
    [
      "a mirror inside GRE that a mirror copied",
      mirror(onWire(gre(concat(hex("0000 0800"), mirror(innerFrame(0x0800, INNER4)))))),
    ],
  ])("has nothing around the innermost mirror: %s", (_, packet) => {
    const found = decodeFrame(onWire(packet)).packet;
    expect(found).toMatchObject({ kind: PacketKind.udp, tunnelMirrors: true, vlanCount: 0 });
  });
});
