import { describe, expect, it } from "vitest";
import { concat } from "../support/bytes.ts";
import { evenPackets, pcap } from "../support/captures.ts";
import { readAll } from "./drain.ts";

/** Seconds, fraction, captured and original length. */
function recordHeader(...fields: readonly [number, number, number, number]): Uint8Array {
  const header = new Uint8Array(16);
  for (const [i, field] of fields.entries()) new DataView(header.buffer).setUint32(4 * i, field, true);
  return header;
}

describe("a damaged pcap file", () => {
  it("loses one record whose length is absurd, and no other", async () => {
    const file = pcap(evenPackets(10));
    new DataView(file.buffer).setUint32(24 + 56 * 3 + 8, 0x7fffffff, true);
    const { frames, reader } = await readAll(file);
    const whole = await readAll(pcap(evenPackets(10)));
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
    const file = pcap(evenPackets(20));
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
    const file = pcap(evenPackets(20));
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
    const file = pcap(evenPackets(20));
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
    const file = pcap(evenPackets(20));
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
    const file = pcap(evenPackets(10));
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
    const [before, after] = [evenPackets(3), evenPackets(6).slice(3)];
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
    const file = pcap(evenPackets(6));
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
    const inner = pcap(evenPackets(30));
    const outer = pcap([...evenPackets(3), { time: 1_700_000_001_000_000_000n, bytes: inner }]);
    const { reader } = await readAll(outer.subarray(0, outer.length - 20));
    expect(reader).toMatchObject({ status: "truncated", packets: 3 });
  });

  it("calls a page of zeros damage, though each zero record counts as in Wireshark", async () => {
    const file = concat(pcap(evenPackets(2)), new Uint8Array(8192), pcap(evenPackets(4)).subarray(24));
    const { frames, reader } = await readAll(file);
    expect(frames).toHaveLength(2 + 512 + 4);
    expect(reader.problems).toMatchObject([{ code: "records-zeroed", offset: 24 + 112, packetsBefore: 2 }]);
  });

  it("keeps one hundred problems and counts the rest", async () => {
    const broken = pcap(evenPackets(600));
    const view = new DataView(broken.buffer);
    for (let i = 1; i < 596; i += 4) view.setUint32(24 + 56 * i + 8, 0xffffffff, true);
    const { reader } = await readAll(broken);
    expect(reader).toMatchObject({ packets: 451, problemCount: 149, skippedBytes: 149 * 56 });
    expect(reader.problems).toHaveLength(100);
  });
});
