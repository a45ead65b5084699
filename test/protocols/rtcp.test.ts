import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compoundEnd,
  hasSourceDescription,
  isRtcpType,
  RtcpForm,
  rtcpForm,
  srtcpIndex,
} from "../../src/protocols/rtcp.ts";
import { RtcpRoundTrip } from "../../src/protocols/rtcp-round-trip.ts";
import { concat, hex, Noise, u16, u32, u8, view } from "../support/bytes.ts";

const noise = new Noise(5);

function form(bytes: Uint8Array, length: number = bytes.length): RtcpForm {
  return rtcpForm(view(bytes), 0, bytes.length, length);
}

/** A report of 28 bytes: version 2, type, length in words less one, SSRC, zeros. */
const report = (type: number): Uint8Array => concat(u8(0x80, type), u16(6), u32(7), new Uint8Array(20));
const description = hex("81ca0003 00000007 01036162 63000000");
const goodbye = hex("81cb0001 00000007");

describe("RTCP", () => {
  it.each<[string, Uint8Array, RtcpForm]>([
    ["a sender report", report(200), RtcpForm.plain],
    [
      "a compound with a description and a goodbye",
      concat(report(201), description, goodbye),
      RtcpForm.plain,
    ],
    ["feedback alone, as RFC 5506 allows", hex("81ce0002 00000001 00000002"), RtcpForm.plain],
    ["a compound that does not end with its datagram", concat(report(200), u8(1, 2, 3)), RtcpForm.none],
    ["a second byte that is no type of RTCP", hex("80480006 00000001 00000002"), RtcpForm.none],
    ["another version", hex("40c90001 00000001"), RtcpForm.none],
    ["a length past the datagram", hex("80c90009 00000001"), RtcpForm.none],
  ])("%s", (_, bytes, expected) => {
    expect(form(bytes)).toBe(expected);
  });

  it.each([
    ["an 80-bit tag", 10, u8()],
    ["Microsoft's MKI", 10, u8(1)],
    ["a 32-bit tag", 4, u8()],
    ["AES-GCM, whose tag comes before", 0, u8()],
  ])("SRTCP with %s has its index", (_, tag, mki) => {
    const bytes = concat(report(200), noise.bytes(16), u32(0x80000123), mki, noise.bytes(tag));
    expect(form(bytes)).toBe(RtcpForm.encrypted);
    expect(srtcpIndex(view(bytes), 0, bytes.length)).toBe(0x123);
  });

  it.each([
    ["an 80-bit tag", 10, u8()],
    ["Microsoft's MKI", 10, u8(1)],
    ["a 32-bit tag", 4, u8()],
  ])("SRTCP that is signed, not encrypted, is in clear up to its trailer: %s", (_, tag, mki) => {
    const compound = concat(report(200), description);
    const bytes = concat(compound, u32(0x123), mki, noise.bytes(tag));
    expect(form(bytes)).toBe(RtcpForm.plain);
    expect(compoundEnd(view(bytes), 0, bytes.length)).toBe(compound.length);
  });

  it("SRTCP that AES-GCM signs has its index behind the tag", () => {
    const tag = new Uint8Array(16).fill(9);
    expect(form(concat(report(200), tag, u32(0x123)))).toBe(RtcpForm.plain);
    expect(form(concat(report(200), tag, u32(0x7f000123)))).toBe(RtcpForm.none);
  });

  it("SRTCP without its E bit behind what cannot be read, or with an index of months, is none", () => {
    for (const index of [0x00000123, 0x81000000])
      expect(form(concat(report(200), new Uint8Array(16), u32(index), new Uint8Array(10)))).toBe(
        RtcpForm.none,
      );
  });

  it("that the snap length cut is told by its first header", () => {
    expect(form(report(200).subarray(0, 12), 28)).toBe(RtcpForm.cut);
    expect(form(report(200).subarray(0, 7), 28)).toBe(RtcpForm.none);
  });

  it("is looked for in any bytes, cut anywhere", () => {
    const start = fc.constantFrom(report(200), report(201), concat(report(201), description), u8());
    fc.assert(
      fc.property(
        start,
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(80),
        fc.nat(40),
        (first, rest, cut, more) => {
          const whole = concat(first, rest);
          const bytes = whole.subarray(0, Math.min(cut, whole.length));
          const found = form(bytes, bytes.length + more);
          if (found === RtcpForm.none) return;
          expect(isRtcpType(bytes[1] ?? 0)).toBe(true);
          if (found !== RtcpForm.plain) return;
          hasSourceDescription(view(bytes), 0, bytes.length);
          const roundTrip = new RtcpRoundTrip();
          roundTrip.add(view(bytes), 0, bytes.length, 0, 1000);
          roundTrip.add(view(bytes), 0, bytes.length, 1, 1050);
          for (const value of roundTrip.best) expect(value ?? 0).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
