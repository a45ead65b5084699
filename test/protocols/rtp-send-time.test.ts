import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StreamReport } from "../../src/protocols/recognition.ts";
import { absoluteSendTime } from "../../src/protocols/rtp.ts";
import { concat, Noise, u16, u24, u32, u8, view } from "../support/bytes.ts";
import { PERIOD_MS, report } from "./stream-report.ts";

const noise = new Noise(23);

describe("absolute send time", () => {
  const UNITS = (1 << 18) / 1000;
  const stamp = (ms: number): Uint8Array => u24(Math.round(ms * UNITS) & 0xffffff);
  /** The sender is uneven by up to 8 ms, the network by nothing. */
  const sentAt = (i: number): number => 63_000 + PERIOD_MS * i + ((i * 5) % 9);
  const measured = (extension: (i: number) => readonly [number, Uint8Array]): StreamReport =>
    report(120, (i) => ({
      payloadType: 0,
      payload: noise.bytes(160),
      ms: sentAt(i) - 63_000 + 40,
      extension: extension(i),
    }));

  it.each<[string, (i: number) => readonly [number, Uint8Array]]>([
    ["of id 1, alone", (i) => [0xbede, concat(u8(0x12), stamp(sentAt(i)))]],
    [
      "behind an audio level and padding",
      (i) => [0xbede, concat(u8(0x40, 0x85, 0, 0), u8(0x32), stamp(sentAt(i)))],
    ],
    [
      "behind another extension of three bytes that does not advance",
      (i) => [0xbede, concat(u8(0x52, 0, 16, 9), u8(0x32), stamp(sentAt(i)))],
    ],
    [
      "with the other now and then only",
      (i) =>
        i % 30 === 0
          ? [0xbede, concat(u8(0x52, 0, 16, 9), u8(0x32), stamp(sentAt(i)))]
          : [0xbede, concat(u8(0x32), stamp(sentAt(i)))],
    ],
    ["in a two-byte header", (i) => [0x1000, concat(u8(6, 1, 7), u8(3, 3), stamp(sentAt(i)))]],
  ])("%s: the network added nothing, the sender did", (_, extension) => {
    const found = measured(extension);
    expect(found.networkJitterMs).toBeLessThan(0.01);
    expect(found.meanJitterMs).toBeGreaterThan(1);
  });

  it.each<[string, (i: number) => readonly [number, Uint8Array]]>([
    ["a constant", () => [0xbede, u8(0x12, 1, 2, 3)]],
    ["noise", () => [0xbede, concat(u8(0x12), noise.bytes(3))]],
    ["a transport-wide number of two bytes", (i) => [0xbede, concat(u8(0x31), u16(i), u8(0))]],
    ["another profile", (i) => [0x1234, concat(u8(0x12), stamp(sentAt(i)))]],
  ])("%s is none", (_, extension) => {
    expect(measured(extension).networkJitterMs).toBeUndefined();
  });

  it("is looked for in any header, cut anywhere", () => {
    fc.assert(
      fc.property(fc.nat(15), fc.uint8Array({ maxLength: 80 }), fc.nat(0xffff), (csrc, rest, rejected) => {
        const profile = csrc % 2 === 0 ? u16(0xbede) : u16(0x1000);
        const bytes = concat(u8(0x90 | (csrc & 3), 0), u16(1), u32(1), u32(2), profile, rest);
        const found = absoluteSendTime(view(bytes), 0, bytes.length, rejected);
        expect(found).toBeGreaterThanOrEqual(-1);
        if (found >= 0) expect((rejected >> Math.trunc(found / 0x1000000)) & 1).toBe(0);
      }),
    );
  });
});
