import { describe, expect, it } from "vitest";
import { PacketKind } from "../../src/wire/packet.ts";
import { concat, hex } from "../support/bytes.ts";
import { decodeFrame } from "../support/decoding.ts";
import { ethernet, ethernetIp, ip, tcp, TCP_ACK, TCP_SYN, udp } from "../support/packets.ts";
import { INNER4, INNER6 } from "../support/stack.ts";
import { jumbogram } from "../support/stacks.ts";

const ENDS = { source: "10.1.2.3", destination: "192.0.2.9", sourcePort: 51000, destinationPort: 443 };
const RAW = { linkType: 101 };

/** A copy with bytes changed at places. */
function edit(bytes: Uint8Array, ...edits: readonly (readonly [at: number, bytes: string])[]): Uint8Array {
  const copy = bytes.slice();
  for (const [at, text] of edits) copy.set(hex(text), at);
  return copy;
}

function odditiesOf(decoded: ReturnType<typeof decodeFrame>): string[] {
  return decoded.oddities.list().map((oddity) => oddity.name);
}

describe("IPv4", () => {
  it("passes over options", () => {
    const packet = concat(
      hex("46 b8 0025 004d 4000 3d 11 0000 0a010203 c0000209 94040000"),
      INNER4.subarray(20),
    );
    expect(decodeFrame(packet, RAW).packet).toMatchObject({
      kind: PacketKind.udp,
      ipLength: 37,
      sourcePort: 51000,
      payloadLength: 5,
    });
  });

  it("leaves Ethernet padding out of payload and length", () => {
    const { packet } = decodeFrame(ethernetIp({}, INNER4));
    expect(packet).toMatchObject({ ipLength: 33, payloadLength: 5 });
    expect(packet.payloadEnd - packet.payloadStart).toBe(5);
  });

  it("has the lengths of its headers where the snap length cut it", () => {
    const whole = ethernetIp({}, udp(ENDS, new Uint8Array(1000)));
    const decoded = decodeFrame(whole.subarray(0, 96), { originalLength: whole.length });
    const { packet } = decoded;
    expect(packet).toMatchObject({ ipLength: 1028, payloadLength: 1000 });
    expect(packet.payloadEnd - packet.payloadStart).toBe(96 - 14 - 28);
    expect(odditiesOf(decoded)).toEqual([]);
  });

  it("of total length zero has the length of its frame (segmentation offload)", () => {
    const segment = tcp({ ...ENDS, sequence: 1, flags: TCP_ACK }, new Uint8Array(5000));
    const decoded = decodeFrame(ethernetIp({}, edit(segment, [2, "0000"])));
    expect(decoded.packet).toMatchObject({ kind: PacketKind.tcp, ipLength: 5040, payloadLength: 5000 });
    expect(odditiesOf(decoded)).toEqual(["ipv4-total-length-zero"]);
  });

  it("of total length zero has the bytes captured where the record claims gigabytes", () => {
    const segment = tcp({ ...ENDS, sequence: 1, flags: TCP_ACK }, new Uint8Array(5000));
    const bytes = ethernetIp({}, edit(segment, [2, "0000"]));
    expect(decodeFrame(bytes, { originalLength: 3_600_000_000 }).packet).toMatchObject({
      ipLength: 5040,
      payloadLength: 5000,
    });
    expect(decodeFrame(bytes, { originalLength: 500_014 }).packet).toMatchObject({ ipLength: 500_000 });
  });

  it("keeps its own length where the frame is shorter", () => {
    const decoded = decodeFrame(edit(INNER4, [2, "0100"]), RAW);
    expect(decoded.packet).toMatchObject({ kind: PacketKind.udp, ipLength: 256, payloadLength: 5 });
    expect(odditiesOf(decoded)).toEqual(["ipv4-total-length-above-frame"]);
  });

  describe("whose length counts padding in, beyond the length field of the link layer", () => {
    const padding = hex("000000000000");
    const bare = tcp({ ...ENDS, sequence: 1, flags: TCP_ACK });
    const padded = concat(edit(bare, [2, "002e"]), padding);
    const bare6 = tcp({
      ...ENDS,
      source: "fd00::7",
      destination: "2001:db8::9",
      sequence: 1,
      flags: TCP_ACK,
    });
    const padded6 = concat(edit(bare6, [4, "001a"]), padding);
    it.each([
      ["PPPoE", ethernet({ etherType: 0x8864 }, concat(hex("1100 0007 002a 0021"), padded)), 46],
      ["802.3", ethernet({ etherType: 8 + 40 }, concat(hex("aaaa03 000000 0800"), padded)), 46],
      ["PPPoE and IPv6", ethernet({ etherType: 0x8864 }, concat(hex("1100 0007 003e 0057"), padded6)), 66],
    ])("has no padding as payload: %s", (_, frame, ipLength) => {
      const { packet } = decodeFrame(frame);
      expect(packet).toMatchObject({ kind: PacketKind.tcp, ipLength, payloadLength: 0 });
      expect(packet.payloadEnd).toBe(packet.payloadStart);
    });

    it("is still the length where only the frame was sliced", () => {
      const whole = tcp({ ...ENDS, sequence: 1, flags: TCP_ACK }, new Uint8Array(1000));
      const frame = ethernet({ etherType: 0x8864 }, concat(hex("1100 0007 0412 0021"), whole));
      const { packet } = decodeFrame(frame.subarray(0, 96));
      expect(packet).toMatchObject({ kind: PacketKind.tcp, ipLength: 1040, payloadLength: 1000 });
    });
  });

  it.each([
    ["another version", edit(INNER4, [0, "55"]), "ip-version-wrong"],
    ["a header under 20 bytes", edit(INNER4, [0, "44"]), "ipv4-header-length-below-20"],
    ["options that were not captured", edit(INNER4.subarray(0, 22), [0, "4f"]), "ipv4-header-cut"],
    ["a total length below the header", edit(INNER4, [2, "0013"]), "ipv4-total-length-below-header"],
    ["a cut header", INNER4.subarray(0, 19), "ipv4-header-cut"],
  ])("with %s ends the walk", (_, bytes, oddity) => {
    const decoded = decodeFrame(bytes, { linkType: 228 });
    expect(decoded.packet).toMatchObject({ kind: PacketKind.none, ipVersion: 0 });
    expect(odditiesOf(decoded)).toEqual([oddity]);
  });

  it("of a protocol without ports is counted as other IP", () => {
    const { packet } = decodeFrame(ip({ ...ENDS, protocol: 132 }, hex("c738 0b59 00000000 00000000")), RAW);
    expect(packet).toMatchObject({ kind: PacketKind.otherIp, protocol: 132, ipLength: 32, sourcePort: 0 });
  });
});

describe("IPv6", () => {
  it("takes a jumbogram's length from its option (RFC 2675)", () => {
    const decoded = decodeFrame(jumbogram());
    expect(decoded.packet).toMatchObject({
      kind: PacketKind.udp,
      ipLength: 40 + 8 + 70_008,
      payloadLength: 70_000,
    });
    expect(odditiesOf(decoded)).toEqual([]);
  });

  it("of payload length zero without the option has the length of its frame", () => {
    const decoded = decodeFrame(edit(INNER6, [4, "0000"]), RAW);
    expect(decoded.packet).toMatchObject({ kind: PacketKind.udp, ipLength: 53, payloadLength: 5 });
    expect(odditiesOf(decoded)).toEqual(["ipv6-payload-length-zero"]);
  });

  it("without a next header is complete", () => {
    const decoded = decodeFrame(
      ethernet({ etherType: 0x86dd }, edit(INNER6.subarray(0, 40), [4, "0000 3b"])),
    );
    expect(decoded.packet).toMatchObject({ kind: PacketKind.otherIp, ipLength: 40, protocol: 59 });
    expect(odditiesOf(decoded)).toEqual([]);
  });

  it.each([
    ["another version", edit(INNER6, [0, "50"]), "ip-version-wrong"],
    ["a cut header", INNER6.subarray(0, 39), "ipv6-header-cut"],
  ])("with %s ends the walk", (_, bytes, oddity) => {
    const decoded = decodeFrame(bytes, { linkType: 229 });
    expect(decoded.packet).toMatchObject({ kind: PacketKind.none, ipVersion: 0 });
    expect(odditiesOf(decoded)).toEqual([oddity]);
  });

  it.each([
    ["extension header", "00", "11 09 0104 00000000", "ipv6-extension-cut"],
    ["fragment header", "2c", "11 00 0001", "fragment-header-cut"],
    ["authentication header", "33", "11 04 0000 00000001 00000001", "ah-header-cut"],
    ["authentication header that is too short", "33", "11 00 0000 00000001 00000001", "ah-header-invalid"],
    ["jumbo option that is none", "00", "11 00 c204 00000001 00000000 00000000", "ipv6-jumbo-invalid"],
  ])("keeps its addresses before a broken %s", (_, next, rest, oddity) => {
    const length = oddity === "ipv6-jumbo-invalid" ? "0000" : hex(rest).length.toString(16).padStart(4, "0");
    const bytes = concat(edit(INNER6.subarray(0, 40), [4, length], [6, next]), hex(rest));
    const decoded = decodeFrame(bytes, RAW);
    expect(decoded.packet).toMatchObject({ ipVersion: 6, destination3: 9 });
    expect(odditiesOf(decoded)).toContain(oddity);
  });
});

describe("TCP", () => {
  it("reads every field", () => {
    const segment = tcp(
      { ...ENDS, sequence: 0xfffffffe, acknowledgement: 0x80000001, flags: TCP_SYN | TCP_ACK, window: 65535 },
      hex("0102"),
    );
    expect(decodeFrame(ethernetIp({}, segment)).packet).toMatchObject({
      kind: PacketKind.tcp,
      tcpSequence: 0xfffffffe,
      tcpAcknowledgement: 0x80000001,
      tcpFlags: 0x12,
      tcpWindow: 65535,
      payloadLength: 2,
    });
  });

  const segment = tcp({ ...ENDS, sequence: 7, flags: TCP_ACK }, new Uint8Array(10));

  it("whose header the snap length cut keeps its flow, and what was captured of the rest", () => {
    const decoded = decodeFrame(segment.subarray(0, 20 + 14), { ...RAW, originalLength: segment.length });
    expect(decoded.packet).toMatchObject({
      kind: PacketKind.tcp,
      destinationPort: 443,
      tcpSequence: 7,
      tcpFlags: TCP_ACK,
      tcpWindow: 0,
      payloadLength: 10,
    });
    expect(odditiesOf(decoded)).toEqual(["tcp-header-cut"]);
  });

  it("whose ports were not captured is other IP", () => {
    const decoded = decodeFrame(segment.subarray(0, 23), { ...RAW, originalLength: segment.length });
    expect(decoded.packet).toMatchObject({ kind: PacketKind.otherIp, protocol: 6, ipLength: 50 });
  });

  it.each([
    ["below five words", edit(segment, [32, "40"])],
    ["beyond the segment", edit(segment, [32, "f0"])],
    ["of a packet too short for it", edit(segment.subarray(0, 30), [2, "001e"])],
  ])("with a header %s is other IP", (_, bytes) => {
    const decoded = decodeFrame(bytes, RAW);
    expect(decoded.packet).toMatchObject({ kind: PacketKind.otherIp, sourcePort: 0 });
    expect(odditiesOf(decoded)).toEqual(["tcp-header-invalid"]);
  });
});

describe("UDP", () => {
  it("ends its payload where it says, not where IP does", () => {
    const { packet } = decodeFrame(edit(INNER4, [24, "000a"]), RAW);
    expect(packet).toMatchObject({ payloadLength: 2, ipLength: 33 });
    expect(packet.payloadEnd - packet.payloadStart).toBe(2);
  });

  it("with a length beyond IP's ends where IP does", () => {
    const decoded = decodeFrame(edit(INNER4, [24, "0100"]), RAW);
    expect(decoded.packet).toMatchObject({ kind: PacketKind.udp, payloadLength: 5 });
    expect(odditiesOf(decoded)).toEqual(["udp-length-above-ip"]);
  });

  it("with a length below its header is other IP", () => {
    const decoded = decodeFrame(edit(INNER4, [24, "0007"]), RAW);
    expect(decoded.packet).toMatchObject({ kind: PacketKind.otherIp, sourcePort: 0 });
    expect(odditiesOf(decoded)).toEqual(["udp-length-below-header"]);
  });

  it("whose header the snap length cut keeps its flow", () => {
    const decoded = decodeFrame(INNER4.subarray(0, 25), { ...RAW, originalLength: INNER4.length });
    expect(decoded.packet).toMatchObject({ kind: PacketKind.udp, destinationPort: 3481, payloadLength: 5 });
    expect(odditiesOf(decoded)).toEqual(["udp-header-cut"]);
  });
});
