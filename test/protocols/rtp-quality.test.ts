import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { G711, G729A, mosEstimate, transmissionRating } from "../../src/protocols/mos.ts";
import { RtpStream } from "../../src/protocols/rtp-stream.ts";
import type { StreamReport } from "../../src/protocols/recognition.ts";
import { CLIENT_TARGETS, EDGE_TARGETS, judgeQuality } from "../../src/protocols/stream-quality.ts";

const ALONE = { microsoft: false, hint: undefined } as const;

/** A G.711 stream of 20 ms packets with a fate for each. */
function stream(count: number, fate: (i: number) => "lost" | "twice" | number): StreamReport {
  const rtp = new RtpStream(0, 1, 1, 0);
  for (let i = 0; i < count; i++) {
    const what = fate(i);
    if (what === "lost") continue;
    const late = typeof what === "number" ? what : 0;
    rtp.add(0, i & 0xffff, 160 * i, 160, 20 * i + late);
    if (what === "twice") rtp.add(0, i & 0xffff, 160 * i, 160, 20 * i + 0.01);
  }
  return rtp.report(ALONE);
}

describe("windows", () => {
  it("measures loss where it was: 15 lost in one second of a minute are 2 percent of the worst 15 s", () => {
    const report = stream(3000, (i) => (i >= 1000 && i < 1015 ? "lost" : 0));
    expect(report).toMatchObject({ packets: 2985, expected: 3000, lost: 15 });
    expect(report.worstWindowLossPercent).toBeCloseTo((15 / 750) * 100, 1);
    expect(report.burstLossPercent).toBeGreaterThan(90);
  });

  it("takes a loss back when the packet was only late", () => {
    const rtp = new RtpStream(0, 1, 1, 0);
    for (let i = 0; i < 2000; i++) {
      const swapped = i % 10 === 3 ? i + 1 : i % 10 === 4 ? i - 1 : i;
      rtp.add(0, swapped, 160 * swapped, 160, 20 * i);
    }
    const report = rtp.report(ALONE);
    expect(report).toMatchObject({ lost: 0, reordered: 200, worstWindowLossPercent: 0, burstLossPercent: 0 });
  });

  it("is not disturbed by packets that a mirror port shows twice", () => {
    const once = stream(1000, () => 0);
    const twice = stream(1000, () => "twice");
    expect({ ...twice, duplicates: 0 }).toEqual(once);
    expect(twice.duplicates).toBe(1000);
  });

  it("finds the worst 15 s of jitter, not the mean of the call", () => {
    const report = stream(3000, (i) => (i >= 1000 && i < 1750 && i % 2 === 1 ? 10 : 0));
    expect(report.meanJitterMs).toBeLessThan(4);
    expect(report.worstWindowJitterMs).toBeGreaterThan(9);
  });

  it("says nothing of windows when the stream is too short for percents", () => {
    expect(stream(40, () => 0).worstWindowLossPercent).toBeUndefined();
  });
});

describe("MOS", () => {
  it.each([
    [0, 0, G711, 93.2, 4.4093],
    [150, 0, G711, 89.6, 4.3291],
    [200, 0, G711, 85.903, 4.2262],
    [20, 1, G711, 74.7955, 3.8131],
    [20, 1, undefined, 89.0802, 4.3158],
    [20, 5, undefined, 76.9393, 3.9033],
    [400, 5, undefined, 43.3223, 2.2296],
  ])("of %d ms and %d %% loss is that of ITU-T G.107", (delay, loss, codec, r, mos) => {
    expect(transmissionRating(delay, loss, codec)).toBeCloseTo(r, 3);
    expect(mosEstimate(delay, loss, codec)).toBeCloseTo(mos, 3);
  });

  it("of G.729A has its own impairment", () => {
    expect(transmissionRating(50, 2, G729A)).toBeCloseTo(73, 3);
  });

  it("stays between 1 and 4.5 for any delay and loss", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e4, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (d, l) => {
          const mos = mosEstimate(d, l);
          expect(mos).toBeGreaterThanOrEqual(1);
          expect(mos).toBeLessThanOrEqual(4.5);
        },
      ),
    );
  });
});

describe("quality", () => {
  const good = stream(3000, () => 0);
  const lossy = { ...stream(3000, (i) => (i % 50 === 7 ? "lost" : 0)), direction: 1 as const };

  it("is good below every target, poor when one stream or the round trip misses one", () => {
    expect(judgeQuality([good], 40, CLIENT_TARGETS).quality).toBe("good");
    expect(judgeQuality([good, lossy], 40, CLIENT_TARGETS).quality).toBe("poor");
    expect(judgeQuality([good], 100, CLIENT_TARGETS).quality).toBe("poor");
    expect(judgeQuality([good], 80, EDGE_TARGETS).quality).toBe("poor");
  });

  it("holds an edge to a tenth of the loss", () => {
    const few = stream(3000, (i) => (i % 300 === 7 ? "lost" : 0));
    expect(judgeQuality([few], undefined, CLIENT_TARGETS).quality).toBe("good");
    expect(judgeQuality([few], undefined, EDGE_TARGETS).quality).toBe("poor");
  });

  it("reports the worst stream and each direction on its own", () => {
    const quality = judgeQuality([good, lossy], undefined, CLIENT_TARGETS);
    expect(quality.lossPercent).toBeCloseTo(2, 1);
    expect(quality.directions[0].lossPercent).toBe(0);
    expect(quality.directions[1].lossPercent).toBeCloseTo(2, 1);
    expect(quality.codec).toBe("PCMU");
    expect(quality.mos).toBeLessThan(4.4);
  });

  it.each(["rtx", "x-ulpfecuc", "flexfec-03"])("is not that of repair beside it: %s", (codec) => {
    const repair = { ...lossy, codec, modality: "video" as const, meanJitterMs: 43, worstWindowJitterMs: 50 };
    const quality = judgeQuality([good, repair], undefined, CLIENT_TARGETS);
    expect(quality).toMatchObject({ quality: "good", codec: "PCMU", lossPercent: 0 });
    expect(quality.directions[1].lossPercent).toBeUndefined();
    expect(judgeQuality([repair], undefined, CLIENT_TARGETS).quality).toBe("poor");
  });

  it("says nothing without streams or without a measurable window", () => {
    expect(judgeQuality([], 500, CLIENT_TARGETS)).toMatchObject({
      quality: undefined,
      mos: undefined,
      codec: undefined,
    });
    expect(judgeQuality([stream(30, () => 0)], 20, CLIENT_TARGETS).quality).toBeUndefined();
  });
});
