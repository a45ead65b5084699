import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redPrimary } from "../../src/protocols/rtp-red.ts";
import type { SignaledCodec } from "../../src/protocols/signaled-codec.ts";
import { concat, Noise, u24, u8, view } from "../support/bytes.ts";
import { audio, report, type Sent, TICKS } from "./stream-report.ts";

const noise = new Noise(21);

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
    expect(report(60, encrypted, { 97: audio("red", 8000) }).codec).toBe("RED");
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
