import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { CaptureExcerpts } from "../../src/capture/excerpts.ts";
import { pcap, pcapng, type CapturedPacket } from "../support/captures.ts";
import { Noise } from "../support/bytes.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-excerpts-"));
afterAll(() => rmSync(folder, { recursive: true }));
const START = 1_794_300_000;
const noise = new Noise(9);
/** Two packets a second of 600 to 1,400 bytes, 6,000 of them. */
const packets: CapturedPacket[] = Array.from({ length: 6000 }, (_, i) => ({
  time: BigInt(START) * 1_000_000_000n + BigInt(i) * 500_000_000n,
  bytes: noise.bytes(600 + (noise.next() % 800)),
}));

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe.each([
  ["pcap", pcap(packets)],
  ["pcapng of two interfaces", pcapng(packets, [{ name: "a" }, { name: "b" }])],
  ["big-endian pcap with nanoseconds", pcap(packets, { littleEndian: false, nanoseconds: true })],
])("%s", (name, bytes) => {
  const path = file(`${name}.cap`, bytes);

  it.each([0, 500, 1500, 2900])("finds the place of second %d", async (second) => {
    const excerpts = await CaptureExcerpts.of(path);
    const offset = (await excerpts?.offsetOf(START + second)) ?? -1;
    const reader = await excerpts?.open(offset, bytes.length);
    const times: number[] = [];
    while (reader?.refill !== undefined && times.length < 400) {
      while (reader.next()) times.push(reader.frame.seconds - START);
      if (!(await reader.refill())) break;
    }
    reader?.close();
    expect(times[0]).toBeLessThanOrEqual(second + 1);
    expect(times).toContain(second + 5);
    expect(times[0]).toBeGreaterThan(second - 200);
  });

  it("tells about the same time wherever it looks", async () => {
    const excerpts = await CaptureExcerpts.of(path);
    for (let offset = 1000; offset < bytes.length - 131_072; offset += 77_777) {
      const second = ((await excerpts?.timeAt(offset)) ?? 0) - START;
      expect(Math.abs(second - (3000 * offset) / bytes.length)).toBeLessThan(60);
    }
  });

  it("tells the time of the end", async () => {
    const excerpts = await CaptureExcerpts.of(path);
    const last = (await excerpts?.timeAt(bytes.length - 131_072)) ?? 0;
    expect(last - START).toBeGreaterThan(2900);
  });
});

it("knows no place in what is compressed, missing or no capture", async () => {
  expect(await CaptureExcerpts.of(file("z.gz", gzipSync(pcap(packets.slice(0, 9)))))).toBeUndefined();
  expect(await CaptureExcerpts.of(join(folder, "gone"))).toBeUndefined();
  expect(
    await CaptureExcerpts.of(file("t.txt", new TextEncoder().encode("text, and no capture"))),
  ).toBeUndefined();
  expect(await CaptureExcerpts.of(file("e", new Uint8Array()))).toBeUndefined();
});

it("takes any bytes behind a header for a capture with damage", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 4000 }), fc.nat({ max: 5000 }), async (bytes, offset) => {
      for (const head of [pcap([]), pcapng([])]) {
        const whole = new Uint8Array(head.length + bytes.length);
        whole.set(head);
        whole.set(bytes, head.length);
        const excerpts = await CaptureExcerpts.of(file("any", whole));
        const time = await excerpts?.timeAt(offset);
        expect(time === undefined || time >= 0).toBe(true);
        expect(await excerpts?.offsetOf(START)).not.toBeNaN();
      }
    }),
    { numRuns: 60 },
  );
});
