import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StreamReport } from "../../src/protocols/recognition.ts";
import { absoluteSendTime } from "../../src/protocols/rtp.ts";
import { redPrimary } from "../../src/protocols/rtp-red.ts";
import type { SignaledCodec } from "../../src/protocols/signaled-codec.ts";
import { RtpStream } from "../../src/protocols/rtp-stream.ts";
import { RtpStreams } from "../../src/protocols/rtp-streams.ts";
import { cameAt } from "../support/arrival.ts";
import { concat, Noise, u16, u24, u32, u8, view } from "../support/bytes.ts";
import { rtp } from "../support/payloads-media.ts";

const noise = new Noise(21);
const PERIOD_MS = 20;
const TICKS = 160;

interface Sent {
  readonly payloadType: number;
  readonly payload: Uint8Array;
  /** Ticks of the time stamp; one period a packet when left out. */
  readonly timestamp?: number;
  /** Content of the header extension, behind its profile. */
  readonly extension?: readonly [profile: number, elements: Uint8Array];
  readonly ms?: number;
}

/** Sends `count` packets of one SSRC, 20 ms apart, and answers how the stream is reported. */
function report(
  count: number,
  make: (i: number) => Sent,
  signaled: Readonly<Record<number, SignaledCodec>> = {},
): StreamReport {
  const streams = new RtpStreams((payloadType) => signaled[payloadType]);
  for (let i = 0; i < count; i++) {
    const { payloadType, payload, timestamp, extension, ms } = make(i);
    const plain = rtp({ payloadType, sequence: i, timestamp: timestamp ?? TICKS * i, ssrc: 5, payload });
    const bytes = extension === undefined ? plain : extended(plain, ...extension);
    const size = payload.length;
    streams.add(view(bytes), 0, bytes.length, size, cameAt(0, (ms ?? PERIOD_MS * i) / 1000, i + 1));
  }
  const [stream] = streams.accepted(false);
  if (stream === undefined) throw new Error("no stream");
  return stream.report({ microsoft: false, hint: undefined });
}

/** Puts a header extension (RFC 3550, 5.3.1) into a packet. */
function extended(packet: Uint8Array, profile: number, elements: Uint8Array): Uint8Array {
  const padded = concat(elements, new Uint8Array((4 - (elements.length % 4)) % 4));
  const header = packet.slice(0, 12);
  header[0] = (header[0] ?? 0) | 0x10;
  return concat(header, u16(profile), u16(padded.length / 4), padded, packet.subarray(12));
}

/** RED (RFC 2198): redundant blocks as [payload type, time stamp offset, bytes], then the primary one. */
function red(
  redundant: readonly (readonly [number, number, Uint8Array])[],
  payloadType: number,
  primary: Uint8Array,
): Uint8Array {
  const headers = redundant.map(([type, offset, { length }]) =>
    concat(u8(0x80 | type), u24((offset << 10) | length)),
  );
  return concat(...headers, u8(payloadType), ...redundant.map(([, , bytes]) => bytes), primary);
}

const audio = (encodingName: string, clockRate: number): SignaledCodec => ({
  encodingName,
  clockRate,
  modality: "audio",
});

describe("the type inside RED", () => {
  const withRedundancy = (type: number) => (): Sent => ({
    payloadType: 97,
    payload: red([[type, TICKS, noise.bytes(40)]], type, noise.bytes(40)),
  });

  it("is the codec, by its static number, without any signaling", () => {
    expect(report(50, withRedundancy(8))).toMatchObject({
      payloadType: 97,
      codec: "PCMA",
      modality: "audio",
      clockRate: 8000,
      lost: 0,
    });
  });

  it("is the codec that SDP gives to the number inside", () => {
    const signaled = { 97: audio("red", 16000), 114: audio("x-msrta", 16000) };
    expect(report(50, withRedundancy(114), signaled)).toMatchObject({ codec: "x-msrta", modality: "audio" });
  });

  it("is read on any number that SDP calls red, also without redundant blocks", () => {
    const signaled: Record<number, SignaledCodec> = {
      116: { encodingName: "red", clockRate: 90000, modality: "video" },
      107: { encodingName: "H264", clockRate: 90000, modality: "video" },
      117: { encodingName: "ulpfec", clockRate: 90000, modality: "video" },
    };
    // More repair than media, and still the media names the stream.
    const video = (i: number): Sent => ({
      payloadType: 116,
      payload: red([], i % 3 === 0 ? 107 : 117, noise.bytes(900)),
    });
    expect(report(60, video, signaled)).toMatchObject({ payloadType: 116, codec: "H264", modality: "video" });
  });

  it("is read on a browser's 63, too", () => {
    const signaled = { 63: audio("red", 48000), 111: audio("opus", 48000) };
    const make = (): Sent => ({
      payloadType: 63,
      payload: red([[111, TICKS, noise.bytes(30)]], 111, noise.bytes(30)),
    });
    expect(report(50, make, signaled)).toMatchObject({ payloadType: 63, codec: "opus", clockRate: 48000 });
  });

  it("is not known under SRTP: then the stream is RED, if SDP says so", () => {
    const encrypted = (): Sent => ({ payloadType: 97, payload: noise.bytes(90) });
    expect(report(60, encrypted, { 97: audio("red", 8000) }).codec).toBe("red");
    expect(report(60, encrypted).codec).toBe("RED");
  });

  it("is not read out of another codec on 97 whose first byte looks like a header", () => {
    // AMR's mode request, 0x20 for each packet, would be payload type 32.
    const amr = (): Sent => ({ payloadType: 97, payload: concat(u8(0x20), noise.bytes(31)) });
    expect(report(60, amr).codec).toBe("RED");
    expect(report(60, amr, { 97: audio("AMR", 8000) }).codec).toBe("AMR");
  });

  it("that is an event or comfort noise is no sample for jitter", () => {
    const mixed = (i: number): Sent => {
      const isEvent = i % 10 >= 7;
      return {
        payloadType: 97,
        // An event keeps the time stamp of its beginning (RFC 4733, 2.5.1.2).
        timestamp: TICKS * (isEvent ? i - (i % 10) + 7 : i),
        payload: red(
          [[0, TICKS, noise.bytes(40)]],
          isEvent ? 101 : 0,
          isEvent ? noise.bytes(4) : noise.bytes(40),
        ),
      };
    };
    const signaled = {
      97: audio("red", 8000),
      0: audio("PCMU", 8000),
      101: audio("telephone-event", 8000),
    };
    const found = report(100, mixed, signaled);
    expect(found.codec).toBe("PCMU");
    expect(found.maxJitterMs).toBeCloseTo(0, 6);
  });

  it.each([
    ["one block", red([], 8, u8(1, 2)), 8],
    ["one redundant block", red([[0, 160, u8(1, 2, 3)]], 0, u8(9)), 128],
    ["two", red([[0, 320, u8(1)], [0, 160, u8(2)]], 8, u8(9)), 8 + 256], // prettier-ignore
    ["nothing", u8(), -1],
    ["a header that is cut", u8(0x80, 0, 0), -1],
    ["a block longer than the payload", concat(u8(0x80), u24(200), u8(0, 1, 2)), -1],
    ["headers without end", new Uint8Array(80).fill(0x80), -1],
  ])("%s", (_, payload, expected) => {
    expect(redPrimary(view(payload), 0, payload.length, payload.length)).toBe(expected);
  });

  it("is looked for in any bytes, cut anywhere", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(60), (payload, cut) => {
        const found = redPrimary(view(payload), 0, Math.min(cut, payload.length), payload.length);
        expect(found).toBeGreaterThanOrEqual(-1);
        expect(found).toBeLessThan(128 * 9);
      }),
    );
  });
});

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
