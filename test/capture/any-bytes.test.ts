import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, u8 } from "../support/bytes.ts";
import { pcap, pcapng, type CapturedPacket } from "../support/captures.ts";
import { Blocks } from "./blocks.ts";
import { outcome, readAll } from "./drain.ts";

const packets = fc.array(
  fc.record({
    time: fc.bigInt(1_700_000_000_000_000_000n, 1_700_000_100_000_000_000n),
    bytes: fc.uint8Array({ maxLength: 90 }),
    interface: fc.constant(0),
  }),
  { maxLength: 12 },
);

function odd(littleEndian: boolean, some: readonly CapturedPacket[]): Uint8Array {
  const b = new Blocks(littleEndian);
  return concat(
    b.section(1, 0, b.option(4, "x")),
    b.interface(1, 64, b.option(2, "eth0")),
    b.interface(113, 0, b.option(9, u8(9)), b.option(14, b.u64(5n))),
    ...some.map((packet, i) => b.packet(i & 1, packet.time / 1000n, packet.bytes, b.option(4, b.u64(1n)))),
    b.block(0xbad, b.u32(1)),
    b.simplePacket(9, u8(1, 2, 3, 4, 5, 6, 7, 8)),
    b.oldPacket(0, 1, 1_700_000_000_000_000n, u8(1, 2, 3)),
    b.block(5, b.u32(0), b.u64(0n), b.option(5, b.u64(3n))),
  );
}

/** A capture of some kind, whole. */
const captures = fc
  .tuple(packets, fc.boolean(), fc.constantFrom("pcap", "nanosecond", "pcapng", "odd", "two sections"))
  .map(([some, littleEndian, kind]) => {
    switch (kind) {
      case "pcap":
        return pcap(some, { littleEndian });
      case "nanosecond":
        return pcap(some, { littleEndian, nanoseconds: true });
      case "pcapng":
        return pcapng(some, [{ name: "eth0", timeResolution: 9 }], littleEndian);
      case "two sections":
        return concat(pcapng(some, [{}], littleEndian), pcapng(some, [{}, {}], !littleEndian));
      default:
        return odd(littleEndian, some);
    }
  });

/** One thing that happens to files: a byte changed, a word changed, a piece lost, a piece put in, an end lost. */
const harm = fc.record({
  kind: fc.constantFrom("byte", "word", "lose", "insert", "cut", "zeros"),
  at: fc.nat(4000),
  length: fc.nat(100),
  value: fc.oneof(fc.nat(0xffffffff), fc.nat(200)),
});

function apply(
  file: Uint8Array,
  what: { kind: string; at: number; length: number; value: number },
): Uint8Array {
  const at = file.length === 0 ? 0 : what.at % file.length;
  switch (what.kind) {
    case "byte": {
      const copy = file.slice();
      if (copy.length > 0) copy[at] = what.value & 255;
      return copy;
    }
    case "word": {
      const copy = file.slice();
      if (at + 4 <= copy.length) new DataView(copy.buffer).setUint32(at, what.value, true);
      return copy;
    }
    case "lose":
      return concat(file.subarray(0, at), file.subarray(at + what.length));
    case "insert":
      return concat(file.subarray(0, at), new Uint8Array(what.length).fill(what.value), file.subarray(at));
    case "zeros":
      return concat(file.subarray(0, at), new Uint8Array(what.length), file.subarray(at + what.length));
    default:
      return file.subarray(0, at);
  }
}

const harmed = fc
  .tuple(captures, fc.array(harm, { maxLength: 4 }))
  .map(([file, harms]) => harms.reduce((bytes, each) => apply(bytes, each), file).slice());

/** A file header that is right, and anything behind it. */
const anything = fc
  .tuple(captures, fc.constantFrom(0, 4, 12, 24, 28, 48), fc.uint8Array({ maxLength: 400, size: "max" }))
  .map(([file, kept, rest]) => concat(file.subarray(0, kept), rest));

const splits = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });

describe("any bytes", () => {
  it("give the same frames and the same problems, however they arrive", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(harmed, anything), splits, async (bytes, lengths) => {
        expect(await outcome(bytes, lengths)).toEqual(await outcome(bytes));
      }),
      { numRuns: 1500 },
    );
  });

  it("give frames that lie within them, in order, with numbers that grow, and skip no more than there is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(harmed, anything), async (bytes) => {
        const { frames, reader } = await readAll(bytes).catch((error: unknown) => {
          expect(error).toMatchObject({ name: "CaptureError" });
          return { frames: [], reader: undefined };
        });
        let end = 0;
        let number = 0;
        for (const frame of frames) {
          expect(frame.offset).toBeGreaterThanOrEqual(end);
          expect(frame.number).toBeGreaterThan(number);
          expect(frame.originalLength).toBeGreaterThanOrEqual(frame.hex.length / 2);
          end = frame.offset + frame.hex.length / 2;
          number = frame.number;
        }
        expect(end).toBeLessThanOrEqual(bytes.length);
        if (reader === undefined) return;
        expect(reader.skippedBytes).toBeLessThanOrEqual(bytes.length);
        expect(reader.status === "ok").toBe(reader.problemCount === 0);
        for (const problem of reader.problems) expect(problem.offset).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 1500 },
    );
  });

  it("cost nothing before the first harm: a cut capture gives the packets that are whole", async () => {
    await fc.assert(
      fc.asyncProperty(captures, fc.nat(3000), async (file, at) => {
        const cut = Math.max(at % file.length, 300);
        const whole = await readAll(file);
        expect(whole.reader.status).toBe("ok");
        if (cut >= file.length) return;
        const { frames, reader } = await readAll(file.subarray(0, cut));
        expect(frames).toEqual(whole.frames.slice(0, frames.length));
        const next = whole.frames[frames.length];
        // Headers, padding, options and the second length of a block take 60 bytes at most.
        if (next !== undefined) expect(next.offset + next.hex.length / 2 + 60).toBeGreaterThan(cut);
        expect(["ok", "truncated"]).toContain(reader.status);
      }),
      { numRuns: 500 },
    );
  });
});
