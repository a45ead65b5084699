import { describe, expect, it } from "vitest";
import { concat, u8 } from "../support/bytes.ts";
import { evenPackets, pcapng } from "../support/captures.ts";
import { Blocks } from "./blocks.ts";
import { readAll } from "./drain.ts";

const START = 1_700_000_000_000_000n; // microseconds

describe("a damaged pcapng file", () => {
  const b = new Blocks();
  const header = concat(b.section(), b.interface());
  const body = (count: number): Uint8Array =>
    concat(...evenPackets(count).map((packet, i) => b.packet(0, START + BigInt(i), packet.bytes)));

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
    const inner = pcapng(evenPackets(4));
    const file = concat(header, b.packet(0, START, inner), b.packet(0, START, inner), body(2));
    const { frames, reader } = await readAll(file);
    expect(frames).toHaveLength(4);
    expect(reader.status).toBe("ok");
  });
});
