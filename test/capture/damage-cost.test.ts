import { describe, expect, it } from "vitest";
import { concat, u8 } from "../support/bytes.ts";
import { pcap } from "../support/captures.ts";
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

/** Packets of a capture, and processor time to read it in milliseconds. */
async function costOf(
  bytes: Uint8Array,
  lengths?: readonly number[],
): Promise<{ packets: number; ms: number }> {
  const reader = await openCapture(streamOf(bytes, lengths));
  const before = process.cpuUsage();
  for (;;) {
    while (reader.next());
    const more = reader.refill();
    if (!(typeof more === "boolean" ? more : await more)) break;
  }
  const { user, system } = process.cpuUsage(before);
  return { packets: reader.packets, ms: (user + system) / 1000 };
}

// Each took from five seconds to a minute where the same bytes were looked at again and again; now it is a tenth.
describe("reading on behind damage takes time with the length of the capture", () => {
  it("of zeros, each 16 of which are an empty record of another time", async () => {
    const { packets, ms } = await costOf(concat(file, new Uint8Array(2_000_000)));
    expect(packets).toBe(1 + 125_000);
    expect(ms).toBeLessThan(2000);
  });

  it("of a long record that is looked through while bytes come one by one", async () => {
    // Near the end of the long record begins what may be another one, and that wants to be seen whole.
    const long = concat(recordHeader(1, 262_144), new Uint8Array(262_000), recordHeader(SECONDS, 260_000));
    const { packets, ms } = await costOf(concat(file, long, new Uint8Array(250_000)), [
      100_000,
      262_300,
      ...Array<number>(62_500).fill(4),
    ]);
    expect(packets).toBeGreaterThan(1);
    expect(ms).toBeLessThan(3000);
  });

  it("of records within records, each of which reaches past the end", async () => {
    const parts = Array.from({ length: 15_000 }, (_, i) =>
      concat(recordHeader(SECONDS, 262_000 - i), u8(0, 0, 1, 0)),
    );
    const { packets, ms } = await costOf(concat(file, ...parts));
    expect(packets).toBeGreaterThanOrEqual(1);
    expect(ms).toBeLessThan(2000);
  });
});
