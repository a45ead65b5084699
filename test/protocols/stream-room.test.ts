import { describe, expect, it } from "vitest";
import type { Recognition } from "../../src/protocols/recognition.ts";
import { CLIENT_TARGETS, judgeQuality } from "../../src/protocols/stream-quality.ts";
import { Noise } from "../support/bytes.ts";
import { rtp } from "../support/payloads-media.ts";
import { recognise } from "./udp-talk.ts";

const noise = new Noise(64);
const FIRST_SSRC = 0x1000;

/** A sender who takes another SSRC for each of `count` spurts of 20 ms packets, as radio gateways do each time somebody speaks. */
function spurts(
  count: number,
  options: { packets: number; everyMs: number; isLost?: (spurt: number, i: number) => boolean },
): Recognition {
  const { packets, everyMs, isLost = () => false } = options;
  const sent: { bytes: Uint8Array; ms: number }[] = [];
  for (let spurt = 0; spurt < count; spurt++)
    for (let i = 0; i < packets; i++) {
      if (isLost(spurt, i)) continue;
      const bytes = rtp({
        payloadType: 0,
        sequence: 900 + i,
        timestamp: 160 * i,
        ssrc: FIRST_SSRC + spurt,
        payload: noise.bytes(160),
      });
      sent.push({ bytes, ms: everyMs * spurt + 20 * i });
    }
  return recognise(sent.sort((x, y) => x.ms - y.ms));
}

const ssrcs = ({ streams = [] }: Recognition): number[] => streams.map(({ ssrc }) => ssrc - FIRST_SSRC);
const qualityOf = ({ streams = [] }: Recognition): string | undefined =>
  judgeQuality(streams, undefined, CLIENT_TARGETS).quality;
const tenth = (i: number): boolean => i % 10 === 5;

describe("more than 64 streams one after another", () => {
  it.each([5, 70, 99])("tell the loss of number %i of 100", (lossy) => {
    const result = spurts(100, {
      packets: 110,
      everyMs: 3000,
      isLost: (spurt, i) => spurt === lossy && tenth(i),
    });
    expect(result.application).toBe("rtp");
    expect(result.streams).toHaveLength(64);
    expect(ssrcs(result)).toContain(lossy);
    // The first and the last say when media began and ended.
    expect(ssrcs(result)).toEqual(expect.arrayContaining([0, 99]));
    expect(qualityOf(result)).toBe("poor");
    expect(result.notes).toContain("36 RTP streams that ended are not listed: longer or worse ones are");
  });

  it("are good where none is bad", () => {
    expect(qualityOf(spurts(100, { packets: 110, everyMs: 3000 }))).toBe("good");
  });

  it("are media though most of them made room, and each is short", () => {
    expect(spurts(200, { packets: 30, everyMs: 1000 })).toMatchObject({ application: "rtp", codec: "PCMU" });
  });

  it("at once: 64 are followed, and it is said that there are more", () => {
    const result = spurts(80, { packets: 200, everyMs: 25 });
    expect(result.streams).toHaveLength(64);
    expect(ssrcs(result)).toEqual(expect.arrayContaining(Array.from({ length: 60 }, (_, i) => i)));
    expect(result.notes).toEqual(["more RTP streams than are followed"]);
  });
});
