import { describe, expect, it } from "vitest";
import { concat, u8 } from "../support/bytes.ts";
import { pcap, pcapng, type CapturedPacket } from "../support/captures.ts";
import { Blocks } from "./blocks.ts";
import { readAll } from "./drain.ts";

const START = 1_700_000_000_000_000n; // microseconds

/** Packets of 40 bytes, 20 ms apart; a pcap record of one takes 56 bytes, a pcapng block 72. */
function packets(count: number): CapturedPacket[] {
  return Array.from({ length: count }, (_, i) => ({
    time: 1_700_000_000_000_000_000n + BigInt(i) * 20_000_000n,
    bytes: Uint8Array.from({ length: 40 }, (_unused, j) => (i * 7 + j * 3 + 1) & 255),
  }));
}

/** Seconds, fraction, captured and original length. */
function recordHeader(...fields: readonly [number, number, number, number]): Uint8Array {
  const header = new Uint8Array(16);
  for (const [i, field] of fields.entries()) new DataView(header.buffer).setUint32(4 * i, field, true);
  return header;
}

describe("a damaged pcap file", () => {
  it("loses one record whose length is absurd, and no other", async () => {
    const file = pcap(packets(10));
    new DataView(file.buffer).setUint32(24 + 56 * 3 + 8, 0x7fffffff, true);
    const { frames, reader } = await readAll(file);
    const whole = await readAll(pcap(packets(10)));
    expect(frames.map((frame) => frame.offset)).toEqual(
      whole.frames.map((frame) => frame.offset).filter((offset) => offset !== 24 + 56 * 3),
    );
    expect(reader).toMatchObject({ status: "damaged", packets: 9, skippedBytes: 56, problemCount: 1 });
    expect(reader.problems[0]?.message).toBe(
      "-: record at byte 192 says that 2,147,483,647 bytes of its packet were captured; wanted at most 262,144. " +
        "3 packets read before it. 56 bytes skipped.",
    );
  });

  it("finds the records again behind a piece that was lost or put in", async () => {
    const file = pcap(packets(20));
    for (const [broken, wanted] of [
      [concat(file.subarray(0, 24 + 56 * 5), file.subarray(24 + 56 * 7 + 30)), 17],
      [concat(file.subarray(0, 24 + 56 * 5), new Uint8Array(333).fill(0xee), file.subarray(24 + 56 * 5)), 20],
    ] as const) {
      const { frames, reader } = await readAll(broken);
      const good = frames.filter((frame) => frame.hex.length === 80);
      expect(good.length).toBeGreaterThanOrEqual(wanted - 1);
      expect(good.at(-1)?.hex).toBe((await readAll(file)).frames.at(-1)?.hex);
      expect(reader.status).toBe("damaged");
    }
  });

  it("finds them again behind rubbish that was a record by its lengths, whatever time it had", async () => {
    const file = pcap(packets(20));
    const rubbish = concat(recordHeader(0x98badcfe, 0x67452301, 8, 8), new Uint8Array(28).fill(0xee));
    const { frames, reader } = await readAll(
      concat(file.subarray(0, 24 + 56 * 5), rubbish, file.subarray(24 + 56 * 5)),
    );
    expect(frames.filter((frame) => frame.hex.length === 80)).toHaveLength(20);
    expect(reader).toMatchObject({ status: "damaged", packets: 21, skippedBytes: 20 });
  });

  it.each([
    ["a fraction of a second that is none", recordHeader(1_700_000_000, 0x67452301, 500, 500)],
    ["more bytes captured than there were", recordHeader(1_700_000_000, 5, 500, 400)],
    ["another time", recordHeader(0x98badcfe, 5, 500, 500)],
    ["an absurd length on the wire", recordHeader(1_700_000_000, 5, 500, 0x7fffffff)],
  ])("finds the records inside rubbish that was a record with %s", async (_what, header) => {
    const file = pcap(packets(20));
    const filler = new Uint8Array(30).fill(0xee);
    const { frames, reader } = await readAll(
      concat(file.subarray(0, 24 + 56 * 5), header, filler, file.subarray(24 + 56 * 5)),
    );
    const whole = (await readAll(file)).frames.map((frame) => frame.hex);
    expect(frames.map((frame) => frame.hex)).toEqual(whole);
    expect(reader.problems).toMatchObject([{ code: "record-implausible", offset: 24 + 56 * 5 }]);
    expect(reader).toMatchObject({ status: "damaged", packets: 20, skippedBytes: 46 });
  });

  it("does not read on four bytes off behind zeros, where each record's equal lengths make it look right", async () => {
    const file = pcap(packets(20));
    const whole = await readAll(file);
    const zeros = new Uint8Array(28); // an empty record, and most of another
    const { frames, reader } = await readAll(
      concat(file.subarray(0, 24 + 56 * 5), zeros, file.subarray(24 + 56 * 5)),
    );
    const good = frames.filter((frame) => frame.hex.length === 80);
    expect(good.map(({ time, hex }) => [time, hex])).toEqual(
      whole.frames.map(({ time, hex }) => [time, hex]),
    );
    expect(reader).toMatchObject({ status: "damaged", skippedBytes: 12 });
  });

  it("reads files that were put together, whatever their times, and says where the next one begins", async () => {
    const older = pcap([{ time: 1_000_000_000_000_000_000n, bytes: new Uint8Array(40).fill(7) }]);
    const empty = pcap([]);
    const file = pcap(packets(10));
    const { frames, reader } = await readAll(concat(empty, file, empty, older, file));
    const times = frames.map((frame) => Number(frame.time.split(".")[0]));
    expect(times).toEqual([...Array(10).fill(1.7e9), 1e9, ...Array(10).fill(1.7e9)]);
    expect(reader).toMatchObject({ status: "damaged", problemCount: 4, skippedBytes: 4 * 24 });
    expect(reader.problems[0]?.message).toBe(
      "-: record at byte 24 is the header of another pcap file, as where files were put together; wanted a packet. " +
        "0 packets read before it. 24 bytes skipped.",
    );
  });

  it("believes a record with odd numbers where others follow it, or none begins in it", async () => {
    const [before, after] = [packets(3), packets(6).slice(3)];
    const odd = concat(recordHeader(1_700_000_000, 1_500_000, 300, 200), new Uint8Array(300).fill(0xee));
    const rest = pcap(after).subarray(24);
    expect((await readAll(concat(pcap(before), odd, rest))).reader).toMatchObject({
      status: "ok",
      packets: 7,
    });
    const behind = concat(recordHeader(0xeeeeeeee, 0xeeeeeeee, 0xeeeeeeee, 0xeeeeeeee), rest);
    const { reader } = await readAll(concat(pcap(before), odd, behind));
    expect(reader).toMatchObject({ status: "damaged", packets: 7, skippedBytes: 16 });
    expect(reader.problems).toMatchObject([{ code: "packet-too-long", packetsBefore: 4 }]);
  });

  it("sees a length that reaches past the end as damage where records follow, and as a cut where none do", async () => {
    const file = pcap(packets(6));
    const damaged = file.slice();
    new DataView(damaged.buffer).setUint32(24 + 56 * 2 + 8, 5000, true);
    const found = await readAll(damaged);
    expect(found.reader).toMatchObject({ status: "damaged", packets: 5, skippedBytes: 56 });
    expect(found.reader.problems[0]).toMatchObject({ code: "record-implausible", offset: 24 + 56 * 2 });
    for (let cut = 24 + 56 * 5 + 1; cut < file.length; cut++) {
      const { reader } = await readAll(file.subarray(0, cut));
      expect(reader).toMatchObject({ status: "truncated", packets: 5, skippedBytes: 0 });
      expect(reader.problems).toMatchObject([{ code: "cut-short", offset: 24 + 56 * 5, packetsBefore: 5 }]);
    }
  });

  it("does not take the records of a capture file inside a cut packet for its own", async () => {
    const inner = pcap(packets(30));
    const outer = pcap([...packets(3), { time: 1_700_000_001_000_000_000n, bytes: inner }]);
    const { reader } = await readAll(outer.subarray(0, outer.length - 20));
    expect(reader).toMatchObject({ status: "truncated", packets: 3 });
  });

  it("calls a page of zeros damage, though each zero record counts as in Wireshark", async () => {
    const file = concat(pcap(packets(2)), new Uint8Array(8192), pcap(packets(4)).subarray(24));
    const { frames, reader } = await readAll(file);
    expect(frames).toHaveLength(2 + 512 + 4);
    expect(reader.problems).toMatchObject([{ code: "records-zeroed", offset: 24 + 112, packetsBefore: 2 }]);
  });

  it("keeps one hundred problems and counts the rest", async () => {
    const broken = pcap(packets(600));
    const view = new DataView(broken.buffer);
    for (let i = 1; i < 596; i += 4) view.setUint32(24 + 56 * i + 8, 0xffffffff, true);
    const { reader } = await readAll(broken);
    expect(reader).toMatchObject({ packets: 451, problemCount: 149, skippedBytes: 149 * 56 });
    expect(reader.problems).toHaveLength(100);
  });
});

describe("a damaged pcapng file", () => {
  const b = new Blocks();
  const header = concat(b.section(), b.interface());
  const body = (count: number): Uint8Array =>
    concat(...packets(count).map((packet, i) => b.packet(0, START + BigInt(i), packet.bytes)));

  it.each([
    ["block-length", 4, 37],
    ["block-length", 4, 8],
    ["block-too-long", 4, 0x7ffffff0],
    ["block-trailer", 4, 76],
    ["block-fields", 20, 4000],
    ["interface-undeclared", 8, 5],
  ])("loses one packet block to %s, and no other", async (code, at, value) => {
    const file = concat(header, body(8));
    new DataView(file.buffer).setUint32(header.length + 72 * 3 + at, value, true);
    const { frames, reader } = await readAll(file);
    expect(frames.map((frame) => (frame.offset - header.length) / 72)).toEqual([0, 1, 2, 4, 5, 6, 7]);
    expect(reader).toMatchObject({ status: "damaged", skippedBytes: 72 });
    expect(reader.problems).toMatchObject([{ code, offset: header.length + 216, packetsBefore: 3 }]);
  });

  it("keeps the packet when only the length at the block's end is wrong", async () => {
    const file = concat(header, body(8));
    new DataView(file.buffer).setUint32(header.length + 72 * 4 - 4, 99, true);
    const { frames, reader } = await readAll(file);
    expect(frames).toHaveLength(8);
    expect(reader).toMatchObject({
      status: "damaged",
      problems: [{ code: "block-trailer", skippedBytes: 0 }],
    });
  });

  it("says in the house's words what is wrong with a length", async () => {
    const file = concat(header, body(2));
    new DataView(file.buffer).setUint32(header.length + 72 + 4, 37, true);
    const { reader } = await readAll(file);
    expect(reader.problems[0]?.message).toBe(
      `-: block at byte ${header.length + 72} says it is 37 bytes long; wanted a multiple of 4, at least 12. ` +
        "1 packet read before it. 72 bytes skipped.",
    );
  });

  it("finds the blocks again behind a piece of any length that was put in", async () => {
    for (const length of [1, 2, 3, 4, 5, 333]) {
      const file = concat(header, body(4), new Uint8Array(length).fill(0xee), body(6));
      const { frames, reader } = await readAll(file);
      expect(frames).toHaveLength(10);
      expect(reader).toMatchObject({ status: "damaged", skippedBytes: length });
    }
  });

  it("goes on behind a length that reaches past the end, whatever blocks nobody knows follow", async () => {
    const file = concat(header, body(4), b.block(0x80001234, new Uint8Array(8)), body(3));
    new DataView(file.buffer).setUint32(header.length + 72 * 2 + 4, 5000, true);
    const { frames, reader } = await readAll(file);
    expect(frames).toHaveLength(6);
    expect(reader).toMatchObject({
      status: "damaged",
      skippedBytes: 72,
      problems: [{ code: "block-length" }],
    });
  });

  it("is truncated where it ends in mid-block", async () => {
    const file = concat(header, body(3));
    for (let cut = header.length + 145; cut < file.length; cut++) {
      const { reader } = await readAll(file.subarray(0, cut));
      expect(reader).toMatchObject({ status: "truncated", packets: 2, skippedBytes: 0, problemCount: 1 });
    }
  });

  it("does not give packets to another interface when an interface block was lost", async () => {
    const second = b.interface(113, 0, b.option(2, "second"));
    const lost = b.interface(1, 0, b.option(2, "first"));
    new DataView(lost.buffer).setUint32(4, 4_000_000_000, true);
    const file = concat(
      b.section(),
      lost,
      second,
      b.packet(0, START, u8(1)),
      b.packet(1, START, u8(2)),
      header,
      body(1),
    );
    const { frames, reader } = await readAll(file);
    expect(frames).toMatchObject([{ linkType: 1, interfaceIndex: 0 }]);
    expect(reader.problems.map((problem) => problem.code)).toEqual([
      "block-too-long",
      "interface-undeclared",
      "interface-undeclared",
      "interface-undeclared",
    ]);
  });

  it("does not give packets to the section before when the header of theirs is damaged", async () => {
    const first = concat(b.section(), b.interface(1, 0, b.option(2, "first")), b.packet(0, START, u8(1)));
    const last = concat(b.section(), b.interface(1, 0, b.option(2, "last")), b.packet(0, START, u8(3)));
    for (const [at, value] of [
      [0, 0x0a0d0d0b],
      [0, 1],
      [4, 32],
      [4, 0],
      [4, 0xfffffff0],
      [8, 0],
      [24, 99],
    ] as const) {
      const middle = concat(b.section(), b.interface(1, 0, b.option(2, "middle")), b.packet(0, START, u8(2)));
      new DataView(middle.buffer).setUint32(at, value, true);
      const { frames, reader } = await readAll(concat(first, middle, last));
      const seenBy = frames.map((frame) => [frame.hex, reader.interfaces[frame.interfaceIndex]?.name]);
      // A wrong length at the end of the header alone does no harm.
      const kept = at === 24 ? [["02", "middle"]] : [];
      expect([at, value, ...seenBy]).toEqual([at, value, ["01", "first"], ...kept, ["03", "last"]]);
      expect(reader.status).toBe("damaged");
    }
  });

  it("believes nothing of a section whose version or byte order is not known, and reads the next one", async () => {
    const odd = b.section();
    odd.set(u8(1, 2, 3, 4), 8);
    for (const [section, code] of [
      [b.section(2, 0), "section-version"],
      [odd, "section-broken"],
    ] as const) {
      const skipped = concat(section, b.interface(), body(2));
      const { frames, reader } = await readAll(concat(header, body(1), skipped, header, body(3)));
      expect(frames).toHaveLength(4);
      expect(reader).toMatchObject({ status: "damaged", skippedBytes: skipped.length, problems: [{ code }] });
    }
  });

  it("reads on after an option list that reaches past its block", async () => {
    const broken = concat(b.u16(2), b.u16(400), u8(1, 2, 3, 4));
    const file = concat(
      b.section(1, 0, broken),
      b.interface(1, 0, broken),
      b.packet(0, START, u8(1), broken),
    );
    const { frames, reader } = await readAll(file);
    expect(frames).toHaveLength(1);
    expect(reader.problems.map((problem) => problem.code)).toEqual([
      "options-broken",
      "options-broken",
      "options-broken",
    ]);
  });

  it("does not hold a block that says it is longer than half a mebibyte", async () => {
    const long = b.block(6, new Uint8Array(600_000));
    const { reader } = await readAll(concat(header, long, body(2)));
    expect(reader).toMatchObject({
      packets: 2,
      problems: [{ code: "block-too-long", skippedBytes: long.length }],
    });
  });

  it("does not give out a packet of more than 256 KiB", async () => {
    const long = b.packet(0, START, new Uint8Array(262_148));
    const good = b.packet(0, START, new Uint8Array(262_144));
    const { reader, frames } = await readAll(concat(header, long, good));
    expect(frames).toHaveLength(1);
    expect(reader).toMatchObject({ problems: [{ code: "packet-too-long", skippedBytes: long.length }] });
  });

  it("reads pcapng blocks of old writers that pad without counting the padding", async () => {
    const packet = b.simplePacket(3, u8(1, 2, 3));
    const view = new DataView(packet.buffer);
    view.setUint32(4, 19, true);
    view.setUint32(16, 19, true);
    const { frames, reader } = await readAll(concat(header, packet, body(1)));
    expect(frames.map((frame) => frame.hex.length)).toEqual([6, 80]);
    expect(reader).toMatchObject({
      status: "damaged",
      skippedBytes: 0,
      problems: [{ code: "block-length" }],
    });
  });

  it("survives more interfaces than it keeps", async () => {
    const file = concat(
      b.section(),
      ...Array.from({ length: 65_537 }, () => b.interface()),
      b.packet(65_536, START, u8(1)),
    );
    const { reader } = await readAll(file);
    expect(reader.interfaces).toHaveLength(65_536);
    expect(reader.problems.map((problem) => problem.code)).toEqual([
      "interfaces-too-many",
      "interface-undeclared",
    ]);
  });

  it("does not mistake a capture inside packets for its own blocks", async () => {
    const inner = pcapng(packets(4));
    const file = concat(header, b.packet(0, START, inner), b.packet(0, START, inner), body(2));
    const { frames, reader } = await readAll(file);
    expect(frames).toHaveLength(4);
    expect(reader.status).toBe("ok");
  });
});
