import { describe, expect, it } from "vitest";
import { concat, hex, u8 } from "../support/bytes.ts";
import { pcap, type CapturedPacket } from "../support/captures.ts";
import { readAll } from "./drain.ts";

const packets: readonly CapturedPacket[] = [
  { time: 1_700_000_000_123_456_000n, bytes: hex("0102030405") },
  { time: 1_700_000_001_000_000_000n, bytes: hex("ff"), originalLength: 1500 },
  { time: 1_700_000_001_999_999_000n, bytes: new Uint8Array(0), originalLength: 60 },
];

describe("classic pcap", () => {
  it.each([
    { littleEndian: true, nanoseconds: false },
    { littleEndian: false, nanoseconds: false },
    { littleEndian: true, nanoseconds: true },
    { littleEndian: false, nanoseconds: true },
  ])("is read in either byte order and resolution: %o", async (options) => {
    const { frames, reader } = await readAll(pcap(packets, { ...options, linkType: 113, snapLength: 96 }));
    expect(frames).toEqual([
      {
        number: 1,
        time: "1700000000.123456000",
        interfaceIndex: 0,
        linkType: 113,
        originalLength: 5,
        offset: 24,
        hex: "0102030405",
      },
      {
        number: 2,
        time: "1700000001.000000000",
        interfaceIndex: 0,
        linkType: 113,
        originalLength: 1500,
        offset: 45,
        hex: "ff",
      },
      {
        number: 3,
        time: "1700000001.999999000",
        interfaceIndex: 0,
        linkType: 113,
        originalLength: 60,
        offset: 62,
        hex: "",
      },
    ]);
    expect(reader).toMatchObject({
      name: "-",
      status: "ok",
      problems: [],
      format: options.nanoseconds ? "nanosecond pcap" : "pcap",
      interfaces: [{ index: 0, linkType: 113, snapLength: 96, name: undefined, packets: 3 }],
    });
  });

  it("reads times up to 2106 as seconds without a sign", async () => {
    const { frames } = await readAll(pcap([{ time: 4_294_967_295_000_000_000n, bytes: u8(1) }]));
    expect(frames[0]?.time).toBe("4294967295.000000000");
  });

  it("carries microseconds beyond a second over to the seconds", async () => {
    const file = pcap([{ time: 5_000_000_000n, bytes: u8(1) }]);
    new DataView(file.buffer).setUint32(28, 2_500_000, true);
    const { frames, reader } = await readAll(file);
    expect(frames[0]?.time).toBe("7.500000000");
    expect(reader.status).toBe("ok");
  });

  it("takes a packet longer than the snap length as it is", async () => {
    const { frames, reader } = await readAll(
      pcap([{ time: 0n, bytes: new Uint8Array(300) }], { snapLength: 96 }),
    );
    expect(frames[0]?.hex).toHaveLength(600);
    expect(reader.status).toBe("ok");
  });

  it("keeps the link type where the header also states a frame check sequence", async () => {
    const file = pcap(packets);
    new DataView(file.buffer).setUint32(20, 0x54000001, true); // FCS of 5 x 16 bits, stated; Ethernet
    const { frames, reader } = await readAll(file);
    expect(frames.map((frame) => frame.linkType)).toEqual([1, 1, 1]);
    expect(reader.status).toBe("ok");
  });

  it("calls reserved bits of the link type damage, and reads on", async () => {
    const file = pcap(packets);
    new DataView(file.buffer).setUint32(20, 0x00300001, true);
    const { frames, reader } = await readAll(file);
    expect(frames).toHaveLength(3);
    expect(reader).toMatchObject({ status: "damaged", problems: [{ code: "header-reserved-bits" }] });
  });

  it.each([
    // Magic number, more bytes in each record header, and what the form is called.
    ["a1b2cd34", 8, "modified pcap"],
    ["a1b2cd34", 12, "modified pcap"],
    ["a1b2c3d4", 8, "pcap"],
    ["a1b2c3d4", 4, "pcap"],
  ])("finds the record headers of magic %s that are %i bytes longer", async (magic, more, format) => {
    const plain = pcap(manyPackets(5), { littleEndian: false });
    const parts = [hex(magic), plain.subarray(4, 24)];
    for (let at = 24; at < plain.length; at += 16 + 40) {
      parts.push(plain.subarray(at, at + 16), new Uint8Array(more), plain.subarray(at + 16, at + 56));
    }
    const { frames, reader } = await readAll(concat(...parts));
    const wanted = await readAll(plain);
    expect(reader).toMatchObject({ format, status: "ok" });
    expect(frames.map(({ hex: bytes, time }) => [time, bytes])).toEqual(
      wanted.frames.map(({ hex: bytes, time }) => [time, bytes]),
    );
  });

  it.each([4, 8, 15])(
    "does not take %i bytes of a cut second record for a longer header of the first",
    async (left) => {
      const { frames, reader } = await readAll(pcap(manyPackets(2)).subarray(0, 24 + 16 + 40 + left));
      expect(frames).toHaveLength(1);
      expect(frames[0]).toMatchObject({
        offset: 24,
        hex: Buffer.from(manyPackets(1)[0]?.bytes ?? []).toString("hex"),
      });
      expect(reader).toMatchObject({ status: "truncated", problems: [{ code: "cut-short", offset: 80 }] });
    },
  );

  it("reads AIX's form: version 2.2, nanoseconds, interface types instead of link types", async () => {
    const file = pcap([{ time: 1_700_000_000_123_456_789n, bytes: u8(1, 2) }], {
      nanoseconds: true,
      linkType: 6,
    });
    const view = new DataView(file.buffer);
    view.setUint32(0, 0xa1b2c3d4, true);
    view.setUint16(6, 2, true);
    const { frames, reader } = await readAll(file);
    expect(reader.format).toBe("AIX pcap");
    expect(frames[0]).toMatchObject({ time: "1700000000.123456789", linkType: 1 });
  });

  it("swaps the two lengths where old versions wrote them the other way round", async () => {
    const file = pcap([{ time: 0n, bytes: hex("aabb"), originalLength: 900 }]);
    const view = new DataView(file.buffer);
    view.setUint16(6, 3, true); // version 2.3
    view.setUint32(32, 900, true);
    view.setUint32(36, 2, true);
    const { frames, reader } = await readAll(file);
    expect(frames[0]).toMatchObject({ hex: "aabb", originalLength: 900 });
    expect(reader.status).toBe("ok");
  });
});

function manyPackets(count: number): CapturedPacket[] {
  return Array.from({ length: count }, (_, i) => ({
    time: 1_700_000_000_000_000_000n + BigInt(i) * 20_000_000n,
    bytes: Uint8Array.from({ length: 40 }, (_unused, j) => (i * 7 + j * 3) & 255),
  }));
}
