import { describe, expect, it } from "vitest";
import { RtpStream } from "../../src/protocols/rtp-stream.ts";
import type { SignaledCodec } from "../../src/protocols/signaled-codec.ts";
import { Noise } from "../support/bytes.ts";
import { audio, report, TICKS } from "./stream-report.ts";

const noise = new Noise(22);

describe("what goes along with media", () => {
  const clocked = { 122: { encodingName: "X-H264UC", clockRate: 90000, modality: "video" } } as const;

  it("repair packets in a stream do not name it, however many", () => {
    const signaled = {
      ...clocked,
      123: { encodingName: "x-ulpfecuc", clockRate: 90000, modality: "video" },
    } as const;
    const found = report(
      90,
      (i) => ({ payloadType: i % 3 === 0 ? 122 : 123, payload: noise.bytes(900), timestamp: 1800 * i }),
      signaled,
    );
    expect(found).toMatchObject({ payloadType: 122, codec: "X-H264UC", modality: "video", lost: 0 });
  });

  it.each([
    [
      "signaled",
      {
        122: { encodingName: "X-H264UC", clockRate: 90000, modality: "video" as const },
        123: { encodingName: "x-ulpfecuc", clockRate: 90000, modality: "video" as const },
      },
    ],
    ["Microsoft's, not signaled", {}],
  ])(
    "repair after each frame changes nothing of its video's jitter: %s",
    (_, signaled: Readonly<Record<number, SignaledCodec>>) => {
      const reports = [false, true].map((repaired) => {
        const stream = new RtpStream(0, 0x77, 1, 0, (payloadType) => signaled[payloadType]);
        let sequence = 100;
        for (let frame = 0; frame < 90; frame++) {
          // Every second frame comes 8 ms late.
          const at = Math.round((frame * 1000) / 30) + (frame % 2) * 8;
          for (let i = 0; i < 5; i++) stream.add(122, sequence++, frame * 3000, 1000, at + i);
          if (repaired) stream.add(123, sequence++, frame * 3000, 1000, at + 6);
        }
        return stream.report({ microsoft: false, hint: undefined });
      });
      expect(reports[0]).toMatchObject({ codec: "X-H264UC", clockRate: 90000, lost: 0 });
      expect(reports[0]?.meanJitterMs).toBeGreaterThan(1);
      expect(reports[1]).toMatchObject({
        codec: "X-H264UC",
        clockRate: 90000,
        lost: 0,
        meanJitterMs: reports[0]?.meanJitterMs,
      });
    },
  );

  it.each([
    ["frames of one packet", 1, 1, false],
    ["frames of five packets", 5, 1, false],
    ["as much repair as media", 4, 4, false],
    ["a capture that begins with repair", 3, 1, true],
  ])("repair whose number nobody told leaves its video measured: %s", (_, media, repair, isCut) => {
    const [alone, beside] = [0, repair].map((count) => {
      const stream = new RtpStream(0, 0x77, 1, 0);
      let sequence = 65_500;
      const add = (type: number, frame: number, at: number): void =>
        stream.add(type, sequence++ & 0xffff, frame * 3000, 1000, at);
      if (isCut && count > 0) add(116, 0, 0);
      for (let frame = 1; frame < 90; frame++) {
        const at = Math.round((frame * 1000) / 30) + (frame % 2) * 8;
        for (let i = 0; i < media; i++) add(98, frame, at + i);
        for (let i = 0; i < count; i++) add(116, frame, at + media + i);
      }
      return stream.report({ microsoft: false, hint: undefined });
    });
    expect(beside).toMatchObject({ payloadType: 98, clockRate: 90_000, lost: 0 });
    expect(alone?.meanJitterMs).toBeGreaterThan(1);
    const [found, wanted] = [beside?.meanJitterMs ?? 0, alone?.meanJitterMs ?? 0];
    // Repair after repair of the same frame is measured, too: it comes as regularly as the frame does.
    expect(found).toBeLessThanOrEqual(wanted * 1.05);
    expect(found).toBeGreaterThan(wanted / 3);
  });

  it.each([
    ["comfort noise in pauses", 2000, false],
    ["a codec of another clock for a moment", 300, true],
    ["comfort noise in short pauses", 300, false],
  ])("audio is not measured over packets of an untold type: %s", (_, pauseMs, isCodec) => {
    const stream = new RtpStream(0, 0x77, 1, 0);
    let [sequence, timestamp, at] = [7, 0, 0];
    const add = (type: number, step: number, ms: number): void => {
      stream.add(type, sequence++, timestamp, 80, at);
      timestamp += step;
      at += ms;
    };
    for (let spurt = 0; spurt < 20; spurt++) {
      for (let i = 0; i < 50; i++) add(108, 320, 20);
      // The sender's time stamp stands still in a pause, or runs by the other codec's clock.
      if (isCodec) for (let ms = 0; ms < pauseMs; ms += 20) add(109, 960, 20);
      else add(109, 0, pauseMs);
    }
    const found = stream.report({ microsoft: false, hint: undefined });
    expect(found).toMatchObject({ payloadType: 108, clockRate: 16_000 });
    expect(found.meanJitterMs).toBeLessThan(0.01);
  });

  it("a codec of which only the number is that of comfort noise names its stream, and is measured", () => {
    const stream = new RtpStream(0, 0x77, 1, 0);
    // A ring back tone, then Opus at 96; each second packet of it comes 4 ms late.
    for (let i = 0; i < 100; i++) stream.add(0, i, 160 * i, 160, 20 * i);
    for (let i = 100; i < 400; i++) stream.add(96, i, 960 * i, 100, 20 * i + (i % 2) * 4);
    const found = stream.report({ microsoft: false, hint: undefined });
    expect(found).toMatchObject({ payloadType: 96, codec: undefined, clockRate: 48_000, modality: "audio" });
    expect(found.meanJitterMs).toBeGreaterThan(2);
  });

  it("a stream of nothing but repair is what it is", () => {
    const signaled = { 99: { encodingName: "rtx", clockRate: 90000, modality: "video" } } as const;
    const found = report(30, () => ({ payloadType: 99, payload: noise.bytes(900) }), signaled);
    expect(found).toMatchObject({ codec: "rtx", modality: "video" });
  });

  it.each([
    ["telephone events", 101, { 0: audio("PCMU", 8000), 101: audio("telephone-event", 8000) }],
    ["telephone events without signaling", 101, {}],
    ["comfort noise", 13, {}],
    ["comfort noise of Microsoft's wide band, without signaling", 118, {}],
  ])("%s neither name the stream nor count for jitter", (_, type, signaled) => {
    const found = report(
      200,
      (i) =>
        i % 20 < 15
          ? { payloadType: 0, payload: noise.bytes(160) }
          : { payloadType: type, payload: noise.bytes(4), timestamp: TICKS * (i - (i % 20) + 15) },
      signaled,
    );
    expect(found).toMatchObject({ payloadType: 0, codec: "PCMU", modality: "audio", lost: 0 });
    expect(found.maxJitterMs).toBeCloseTo(0, 6);
  });
});
