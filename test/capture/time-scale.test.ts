import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Frame } from "../../src/capture/frame.ts";
import { TimeScale } from "../../src/capture/time-scale.ts";

/** The same in whole numbers of any size: the definition of if_tsresol and if_tsoffset. */
function exact(resolution: number, offset: number, ticks: bigint): string {
  const exponent = BigInt(resolution & 0x7f);
  const perSecond = resolution < 128 ? 10n ** exponent : 2n ** exponent;
  const seconds = ticks / perSecond + BigInt(offset);
  const nanoseconds = ((ticks % perSecond) * 1_000_000_000n) / perSecond;
  return seconds < 0n || seconds > 0xffffffffn ? "" : `${seconds}.${nanoseconds}`;
}

function read(resolution: number, offset: number, ticks: bigint): string {
  const frame = new Frame();
  new TimeScale(resolution, offset).setTime(frame, Number(ticks >> 32n), Number(ticks & 0xffffffffn));
  return frame.timed ? `${frame.seconds}.${frame.nanoseconds}` : "";
}

describe("pcapng times", () => {
  it.each([
    [6, 0, 1_700_000_000_123_456n, "1700000000.123456000"],
    [9, 0, 1_700_000_000_123_456_789n, "1700000000.123456789"],
    [0, 0, 1_700_000_000n, "1700000000.0"],
    [3, 100, 1_700_000_000_999n, "1700000100.999000000"],
    [12, 0, 1_700_000_000_123_456_789_012n & 0xffff_ffff_ffff_ffffn, undefined],
    [0x80 | 10, 0, (1_700_000_000n << 10n) | 512n, "1700000000.500000000"],
    [0x80 | 32, -5, (1_700_000_000n << 32n) | 0x8000_0000n, "1699999995.500000000"],
    [9, -2_000_000_000, 1_700_000_000_123_456_789n, ""],
    [6, 0, 0xffff_ffff_ffff_ffffn, ""],
  ])("resolution %i, offset %i s, %i ticks", (resolution, offset, ticks, wanted) => {
    const found = read(resolution, offset, ticks);
    expect(found).toBe(exact(resolution, offset, ticks));
    if (wanted !== undefined) {
      const [seconds, fraction] = wanted.split(".");
      expect(found).toBe(wanted === "" ? "" : `${seconds}.${Number(fraction)}`);
    }
  });

  it("are exact for every resolution, offset and time stamp", () => {
    const resolutions = fc.oneof(fc.constantFrom(6, 9, 0x80 | 20, 0x80 | 32, 10, 11, 12), fc.nat(255));
    const ticks = fc.oneof(fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }), fc.bigInt(0n, 2n ** 61n));
    const offsets = fc.oneof(fc.constant(0), fc.integer());
    fc.assert(
      fc.property(resolutions, offsets, ticks, (resolution, offset, stamp) => {
        expect(read(resolution, offset, stamp)).toBe(exact(resolution, offset, stamp));
      }),
      { numRuns: 3000 },
    );
  });

  it("are exact on both sides of every second in microseconds and nanoseconds", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 0xffff_ffffn), fc.bigInt(-2n, 2n), (second, step) => {
        for (const [resolution, perSecond] of [
          [6, 1_000_000n],
          [9, 1_000_000_000n],
        ] as const) {
          const stamp = second * perSecond + step;
          if (stamp >= 0n) expect(read(resolution, 0, stamp)).toBe(exact(resolution, 0, stamp));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
