import { describe, expect, it } from "vitest";
import { ascii, concat, hex, u8 } from "../support/bytes.ts";
import { pcap, pcapng, type CapturedPacket } from "../support/captures.ts";
import { Blocks } from "./blocks.ts";
import { readAll, type Seen } from "./drain.ts";

const START = 1_700_000_000_000_000n; // microseconds

function packet(time: bigint, id: number): CapturedPacket {
  return { time, bytes: u8(id), interface: id };
}

/** Everything of the frames that another container can also say. */
function strip(frames: readonly Seen[]): unknown {
  return frames.map((frame) => ({ ...frame, offset: 0 }));
}

describe("pcapng", () => {
  it.each([true, false])("reads interfaces and packets, little-endian %s", async (littleEndian) => {
    const file = pcapng(
      [
        { time: 1_700_000_000_123_456_789n, bytes: hex("010203"), interface: 1 },
        { time: 1_700_000_000_123_456_789n, bytes: hex("04"), originalLength: 99 },
      ],
      [
        { name: "eth0", linkType: 113, snapLength: 128 },
        { name: "er1", description: "ExpressRoute tap", timeResolution: 9 },
      ],
      littleEndian,
    );
    const { frames, reader } = await readAll(file);
    expect(frames).toMatchObject([
      { number: 1, time: "1700000000.123456789", interfaceIndex: 1, linkType: 1, hex: "010203" },
      { number: 2, time: "1700000000.123456000", interfaceIndex: 0, linkType: 113, originalLength: 99 },
    ]);
    expect(reader.interfaces).toMatchObject([
      { index: 0, name: "eth0", linkType: 113, snapLength: 128, packets: 1, dropped: undefined },
      { index: 1, name: "er1", description: "ExpressRoute tap", snapLength: 0, packets: 1 },
    ]);
    expect(reader).toMatchObject({ format: "pcapng", status: "ok", packets: 2 });
  });

  it("goes on counting interfaces in a section of the other byte order", async () => {
    const file = concat(
      pcapng([packet(1_000_000_000n, 0)], [{ name: "a" }], true),
      pcapng([packet(2_000_000_000n, 1)], [{ name: "b" }, { name: "c" }], false),
      pcapng([packet(3_000_000_000n, 0)], [{ name: "d" }], true),
    );
    const { frames, reader } = await readAll(file);
    expect(reader.interfaces.map((each) => each.name)).toEqual(["a", "b", "c", "d"]);
    expect(frames.map((frame) => [frame.number, frame.interfaceIndex, frame.time])).toEqual([
      [1, 0, "1.000000000"],
      [2, 2, "2.000000000"],
      [3, 3, "3.000000000"],
    ]);
  });

  it.each([true, false])("reads every option of an interface, little-endian %s", async (littleEndian) => {
    const b = new Blocks(littleEndian);
    const file = concat(
      b.section(1, 2, b.option(4, "dumpcap")),
      b.interface(
        101,
        0,
        b.option(2, "wan\u0007\u0000\u0000"),
        b.option(3, Buffer.from("to the\u200b provider\u{e0041}\u200e\ufeff")),
        b.option(15, "x520"),
        b.option(11, concat(u8(0), ascii("tcp port 443"))),
        b.option(9, u8(3)),
        b.option(14, b.u64(-100n)),
        b.option(1, "a comment"),
        b.option(0x4bad, "somebody's own"),
        b.option(0, ""),
      ),
      b.packet(0, 1_700_000_000_500n, u8(9)),
    );
    const { frames, reader } = await readAll(file);
    expect(reader.interfaces[0]).toMatchObject({
      // A control character could steer a terminal; what follows a zero byte is padding.
      name: "wan\ufffd",
      // Nobody would see these: two interfaces would look like one.
      description: "to the\ufffd provider\ufffd\ufffd\ufffd",
      hardware: "x520",
      filter: "tcp port 443",
      linkType: 101,
    });
    expect(frames[0]).toMatchObject({ time: "1699999900.500000000" });
    expect(reader.status).toBe("ok");
  });

  it("reads obsolete packet blocks, and simple ones without a time and cut to the snap length", async () => {
    const b = new Blocks();
    const file = concat(
      b.section(),
      b.interface(1, 5),
      b.oldPacket(0, 3, START, hex("aabbcc")),
      b.simplePacket(200, hex("0102030405 000000")),
      b.simplePacket(2, hex("0a0b")),
    );
    const { frames, reader } = await readAll(file);
    expect(frames).toMatchObject([
      { number: 1, time: "1700000000.000000000", hex: "aabbcc" },
      { number: 2, time: "", hex: "0102030405", originalLength: 200 },
      { number: 3, time: "", hex: "0a0b", originalLength: 2 },
    ]);
    expect(reader.interfaces[0]?.dropped).toBe(3);
    expect(reader.status).toBe("ok");
  });

  it("adds up the drops that packets state, and takes the total of statistics blocks", async () => {
    const b = new Blocks(false);
    const statistics = (drops: bigint, osDrops: bigint): Uint8Array =>
      b.block(
        5,
        b.u32(1),
        b.u64(0n),
        b.option(4, b.u64(50n)),
        b.option(5, b.u64(drops)),
        b.option(7, b.u64(osDrops)),
      );
    const file = concat(
      b.section(),
      b.interface(),
      b.interface(),
      b.interface(),
      b.packet(0, START, u8(1), b.option(1, "comment"), b.option(4, b.u64(2n)), b.option(0, "")),
      b.packet(0, START, u8(1), b.option(4, b.u64(5n))),
      statistics(1n, 1n),
      statistics(7n, 3n),
    );
    const { reader } = await readAll(file);
    expect(reader.interfaces.map((each) => each.dropped)).toEqual([7, 10, undefined]);
  });

  it("reads the names of name resolution blocks", async () => {
    const b = new Blocks();
    const record = (type: number, value: Uint8Array): Uint8Array => b.option(type, value);
    const file = concat(
      b.section(),
      b.block(
        4,
        record(1, concat(u8(192, 0, 2, 7), ascii("edge.example\0also.example\0"))),
        record(2, concat(hex("20010db8 00000000 00000000 00000001"), ascii("six.example\0"))),
        record(0, u8()),
      ),
    );
    const { reader } = await readAll(file);
    expect(reader.names).toEqual([
      { address: "192.0.2.7", name: "edge.example" },
      { address: "192.0.2.7", name: "also.example" },
      { address: "2001:db8::1", name: "six.example" },
    ]);
  });

  it("passes over secrets, unknown and very long blocks, and numbers custom ones as Wireshark does", async () => {
    const b = new Blocks();
    const file = concat(
      b.section(),
      b.interface(),
      b.block(10, b.u32(0x544c534b), b.u32(4), ascii("keys")),
      b.packet(0, START, u8(1)),
      b.block(0xbad, b.u32(32473), ascii("own")),
      b.packet(0, START, u8(2)),
      b.block(0x7777, new Uint8Array(300_000)),
      b.block(0x80000001, new Uint8Array(3_000_000)),
      b.block(0x40000bad, b.u32(32473)),
      b.packet(0, START, u8(3)),
      b.block(9, ascii("MESSAGE=journal")),
      b.packet(0, START, u8(4)),
    );
    const { frames, reader } = await readAll(file, [10_000]);
    // tshark 4.0.17 gives custom blocks of either kind a frame number (pcapng-test-generator's test202).
    expect(frames.map((frame) => [frame.number, frame.hex])).toEqual([
      [1, "01"],
      [3, "02"],
      [5, "03"],
      [7, "04"],
    ]);
    expect(reader).toMatchObject({ status: "ok", packets: 4, passedBlocks: 6 });
  });

  it("gives the frames of a pcap file that was turned into pcapng, in either byte order", async () => {
    const packets = Array.from({ length: 50 }, (_, i) => ({
      time: 1_700_000_000_000_000_000n + BigInt(i * i) * 1000n,
      bytes: new Uint8Array(i).fill(i),
      originalLength: i * 2,
    }));
    const wanted = strip((await readAll(pcap(packets))).frames);
    for (const littleEndian of [true, false]) {
      expect(strip((await readAll(pcap(packets, { littleEndian }))).frames)).toEqual(wanted);
      for (const timeResolution of [6, 9, 0x80 | 30]) {
        const twin = strip((await readAll(pcapng(packets, [{ timeResolution }], littleEndian))).frames);
        if (timeResolution !== (0x80 | 30)) expect(twin).toEqual(wanted);
        else expect(twin).toHaveLength(50);
      }
    }
  });

  it("does not believe times before 1970 or after 2106", async () => {
    const b = new Blocks();
    const file = concat(
      b.section(),
      b.interface(1, 0, b.option(14, b.u64(-1_700_000_001n))),
      b.interface(1, 0, b.option(9, u8(0))),
      b.packet(0, START, u8(1)),
      b.packet(1, 0xffff_ffffn, u8(2)),
      b.packet(1, 0x1_0000_0000n, u8(3)),
    );
    const { frames } = await readAll(file);
    expect(frames.map((frame) => frame.time)).toEqual(["", "4294967295.000000000", ""]);
  });
});
