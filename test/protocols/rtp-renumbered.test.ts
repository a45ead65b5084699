import { describe, expect, it } from "vitest";
import type { StreamReport } from "../../src/protocols/recognition.ts";
import { RtpStream } from "../../src/protocols/rtp-stream.ts";
import type { SignaledCodec } from "../../src/protocols/signaled-codec.ts";

const ALONE = { microsoft: false, hint: undefined } as const;
const L24: SignaledCodec = { encodingName: "L24", clockRate: 48_000, modality: "audio" };
const H264: SignaledCodec = { encodingName: "H264", clockRate: 90_000, modality: "video" };

interface Leap {
  /** Numbers left out, and what lies between the two packets: ms of arrival, ticks of the time stamp. */
  readonly numbers: number;
  readonly ms: number;
  readonly ticks: number;
}

/** 1000 packets, a leap, 1000 packets: `everyMs` between two, with so many ticks of the clock. */
function leap(
  { numbers, ms, ticks }: Leap,
  { everyMs = 20, step = 160, codec }: { everyMs?: number; step?: number; codec?: SignaledCodec } = {},
): StreamReport {
  const payloadType = codec === undefined ? 0 : 96;
  const stream = new RtpStream(0, 1, 1, 0, () => codec);
  for (let i = 0; i < 1000; i++) stream.add(payloadType, 60_000 + i, step * i, 160, everyMs * i);
  for (let i = 0; i < 1000; i++) {
    const timestamp = (step * 999 + ticks + step * i) >>> 0;
    const number = (60_999 + 1 + numbers + i) & 0xffff;
    stream.add(payloadType, number, timestamp, 160, everyMs * 999 + ms + everyMs * i);
  }
  return stream.report(ALONE);
}

describe("audio whose numbers leap ahead while neither time nor time stamp does", () => {
  it.each([
    ["the time stamp goes on", { numbers: 1500, ms: 20, ticks: 160 }],
    ["the time stamp begins anew", { numbers: 2500, ms: 20, ticks: 0x4000_0000 }],
    ["the time stamp begins anew, lower", { numbers: 2500, ms: 20, ticks: -900_000 }],
    ["a few hundred", { numbers: 200, ms: 25, ticks: 160 }],
  ])("has lost nothing: %s", (_, between) => {
    expect(leap(between)).toMatchObject({
      lost: 0,
      packets: 2000,
      expected: 2000,
      worstWindowLossPercent: 0,
    });
  });

  it.each([
    ["numbers, time and time stamp", { numbers: 1500, ms: 1501 * 20, ticks: 1501 * 160 }],
    // Packets that a host or a full queue held back come all at once.
    ["numbers and time stamp", { numbers: 1500, ms: 1, ticks: 1501 * 160 }],
    ["numbers and time", { numbers: 1500, ms: 1501 * 20, ticks: 160 }],
    ["fewer than a hundred", { numbers: 90, ms: 20, ticks: 160 }],
  ])("has lost what leaps: %s", (_, between) => {
    expect(leap(between).lost).toBe(between.numbers);
  });

  it("has lost what a thousand packets a second lose in a quarter of one", () => {
    const studio = { everyMs: 1, step: 48, codec: L24 };
    expect(leap({ numbers: 250, ms: 251, ticks: 251 * 48 }, studio).lost).toBe(250);
    expect(leap({ numbers: 2000, ms: 1, ticks: 48 }, studio).lost).toBe(0);
  });
});

it("video loses hundreds of packets of one frame in no time", () => {
  expect(leap({ numbers: 300, ms: 5, ticks: 0 }, { everyMs: 5, step: 450, codec: H264 }).lost).toBe(300);
});

it("one stray packet ahead is no loss of all that lies between", () => {
  const stream = new RtpStream(0, 1, 1, 0);
  for (let i = 0; i < 1000; i++) {
    stream.add(0, i, 160 * i, 160, 20 * i);
    if (i === 500) stream.add(0, i + 2000, 160 * i + 80, 160, 20 * i + 10);
  }
  expect(stream.report(ALONE).lost).toBeLessThan(3);
});
