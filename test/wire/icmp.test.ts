import { describe, expect, it } from "vitest";
import { formatAddress } from "../../src/address/address.ts";
import { PacketKind, type QuotedPacket } from "../../src/wire/packet.ts";
import { concat, hex } from "../support/bytes.ts";
import { decodeFrame } from "../support/decoding.ts";
import { ethernetIp, ip } from "../support/packets.ts";
import { INNER4, INNER6 } from "../support/stack.ts";

const HOP4 = { source: "192.0.2.254", destination: "10.1.2.3" };
const HOP6 = { source: "2001:db8::fe", destination: "2001:db8::3" };

function message4(head: string, quote: Uint8Array): Uint8Array {
  return ethernetIp({}, ip({ ...HOP4, protocol: 1 }, concat(hex(head), quote)));
}

function message6(head: string, quote: Uint8Array): Uint8Array {
  return ethernetIp({}, ip({ ...HOP6, protocol: 58 }, concat(hex(head), quote)));
}

function text(quoted: QuotedPacket): string | undefined {
  if (!quoted.present) return undefined;
  const from = formatAddress(
    quoted.ipVersion,
    quoted.source0,
    quoted.source1,
    quoted.source2,
    quoted.source3,
  );
  const to = formatAddress(
    quoted.ipVersion,
    quoted.destination0,
    quoted.destination1,
    quoted.destination2,
    quoted.destination3,
  );
  return `${quoted.protocol} ${from} ${quoted.sourcePort} > ${to} ${quoted.destinationPort}`;
}

const FLOW4 = "17 10.1.2.3 51000 > 192.0.2.9 3481";
const FLOW6 = "17 2001:db8::3 51000 > 2001:db8:9::9 3481";

describe("ICMP errors", () => {
  it.each([
    ["unreachable, prohibited by a filter", "03 0d 0000 00000000", 3, 13],
    ["source quench", "04 00 0000 00000000", 4, 0],
    ["redirect", "05 01 0000 c0000201", 5, 1],
    ["time exceeded", "0b 00 0000 00000000", 11, 0],
    ["parameter problem", "0c 00 0000 00000000", 12, 0],
  ])("%s quote the packet that they are about", (_, head, type, code) => {
    // RFC 792: the IP header and the first 8 bytes behind it.
    const { packet } = decodeFrame(message4(head, INNER4.subarray(0, 28)));
    expect(packet).toMatchObject({ kind: PacketKind.icmp, icmpType: type, icmpCode: code });
    expect(text(packet.quoted)).toBe(FLOW4);
  });

  it.each([
    ["unreachable", "01 04 0000 00000000", 1],
    ["packet too big", "02 00 0000 00000500", 2],
    ["time exceeded", "03 00 0000 00000000", 3],
    ["parameter problem", "04 00 0000 00000000", 4],
  ])("version 6, %s", (_, head, type) => {
    const { packet } = decodeFrame(message6(head, INNER6));
    expect(packet).toMatchObject({ kind: PacketKind.icmp, icmpType: type, ipVersion: 6 });
    expect(text(packet.quoted)).toBe(FLOW6);
  });

  it("find the ports behind the quoted packet's own extension headers", () => {
    const quote = ip(
      { source: "2001:db8::3", destination: "2001:db8:9::9", protocol: 60 },
      concat(hex("2c 00 0104 00000000"), hex("11 00 0001 00000001"), INNER6.subarray(40)),
    );
    expect(text(decodeFrame(message6("03 00 0000 00000000", quote)).packet.quoted)).toBe(FLOW6);
  });

  it("that quote a later fragment have no ports for it", () => {
    const quote = INNER4.slice(0, 28);
    quote.set(hex("00b9"), 6);
    const { packet } = decodeFrame(message4("0b 00 0000 00000000", quote));
    expect(text(packet.quoted)).toBe("17 10.1.2.3 0 > 192.0.2.9 0");
  });

  it("that quote no ports still name the addresses", () => {
    const { packet } = decodeFrame(message4("0b 00 0000 00000000", INNER4.subarray(0, 22)).subarray(0, 64));
    expect(text(packet.quoted)).toBe("17 10.1.2.3 0 > 192.0.2.9 0");
  });

  it("that quote too little are counted and quote nothing", () => {
    const bytes = message4("0b 00 0000 00000000", INNER4);
    const { packet, oddities } = decodeFrame(bytes.subarray(0, 60), { originalLength: bytes.length });
    expect(packet).toMatchObject({ kind: PacketKind.icmp, icmpType: 11 });
    expect(packet.quoted.present).toBe(false);
    expect(oddities.count("icmp-quote-cut")).toBe(1);
  });
});

describe("other ICMP messages", () => {
  it("quote nothing, even if their content looks like a packet", () => {
    const { packet, oddities } = decodeFrame(message4("08 00 0000 00010001", INNER4));
    expect(packet).toMatchObject({ kind: PacketKind.icmp, icmpType: 8, payloadLength: INNER4.length });
    expect(packet.quoted.present).toBe(false);
    expect(oddities.list()).toEqual([]);
  });

  it("are not read under the other version's number", () => {
    const bytes = ethernetIp({}, ip({ ...HOP6, protocol: 1 }, concat(hex("0b 00 0000 00000000"), INNER4)));
    expect(decodeFrame(bytes).packet).toMatchObject({ kind: PacketKind.otherIp, protocol: 1 });
  });

  it("that are cut are counted", () => {
    const bytes = message4("08 00 0000 00010001", INNER4).subarray(0, 36);
    const { packet, oddities } = decodeFrame(bytes, { originalLength: 90 });
    expect(packet).toMatchObject({ kind: PacketKind.otherIp, ipVersion: 4 });
    expect(oddities.count("icmp-header-cut")).toBe(1);
  });
});
