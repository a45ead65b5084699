import { describe, expect, it } from "vitest";
import { concat, u8 } from "../support/bytes.ts";
import { pcap } from "../support/captures.ts";
import { growthOf, SQUARE } from "../support/growth.ts";
import { openCapture } from "../../src/capture/reader.ts";
import { streamOf } from "./drain.ts";

const SECONDS = 1_700_000_000;

const file = pcap([{ time: BigInt(SECONDS) * 1_000_000_000n, bytes: new Uint8Array(40).fill(7) }]);

/** Seconds, captured and original length of a record. */
function recordHeader(seconds: number, length: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(16));
  [seconds, 5, length, length].forEach((field, i) => header.setUint32(4 * i, field, true));
  return new Uint8Array(header.buffer);
}

/** Packets of a capture that comes in pieces of these lengths. */
async function packetsIn(bytes: Uint8Array, lengths?: readonly number[]): Promise<number> {
  const reader = await openCapture(streamOf(bytes, lengths));
  for (;;) {
    while (reader.next());
    const more = reader.refill();
    if (!(typeof more === "boolean" ? more : await more)) break;
  }
  return reader.packets;
}

// Each took from five seconds to a minute at the larger size where the same bytes were looked at again and again.
describe("reading on behind damage takes time with the length of the capture", () => {
  it("of zeros, each 16 of which are an empty record of another time", async () => {
    const growth = await growthOf(async (zeros) => {
      expect(await packetsIn(concat(file, new Uint8Array(zeros)))).toBe(1 + zeros / 16);
    }, 500_000);
    expect(growth).toBeLessThan(SQUARE);
  });

  it("of a long record that is looked through while bytes come one by one", async () => {
    const growth = await growthOf(async (length) => {
      // Near the end of the long record begins what may be another one, and that wants to be seen whole.
      const long = concat(
        recordHeader(1, length),
        new Uint8Array(length),
        recordHeader(SECONDS, 0.95 * length),
      );
      const pieces = 0.2 * length;
      const packets = await packetsIn(concat(file, long, new Uint8Array(4 * pieces)), [
        0.5 * length,
        length + 300,
        ...Array<number>(pieces).fill(4),
      ]);
      expect(packets).toBeGreaterThan(1);
    }, 64_000);
    expect(growth).toBeLessThan(SQUARE);
  });

  it("of records within records, each of which reaches past the end", async () => {
    const growth = await growthOf(async (records) => {
      const parts = Array.from({ length: records }, (_, i) =>
        concat(recordHeader(SECONDS, 262_000 - i), u8(0, 0, 1, 0)),
      );
      expect(await packetsIn(concat(file, ...parts))).toBeGreaterThanOrEqual(1);
    }, 8000);
    expect(growth).toBeLessThan(SQUARE);
  });
});
