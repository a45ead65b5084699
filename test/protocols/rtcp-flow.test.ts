import { describe, expect, it } from "vitest";
import { concat, hex, u32, u8 } from "../support/bytes.ts";
import { noise, recognise } from "./udp-talk.ts";

describe("RTCP", () => {
  const srtcp = (index: number): Uint8Array =>
    concat(hex("80c90005000003e8"), noise.bytes(16), u32((0x80000000 | index) >>> 0), u8(1), noise.bytes(10));

  it("alone on its ports is told by SRTCP's trailer, Microsoft's MKI included", () => {
    expect(recognise([1, 2, 3].map((i) => ({ bytes: srtcp(i) })))).toMatchObject({
      application: "rtcp",
      rule: "srtcp-trailer",
    });
  });

  it("is not believed without trailer or exact compound", () => {
    const cut = concat(hex("80c90005000003e8"), new Uint8Array(25));
    expect(recognise([{ bytes: cut }, { bytes: cut }]).application).toBe("unknown");
  });

  it("gives the round trip from the report that names a sender report", () => {
    const sender = concat(
      hex("80c80006 00000001 11112222 33334444 00000000 00000000 00000000"),
      hex("81ca0002 00000001 01026162 00000000").subarray(0, 12),
    );
    // LSR 2222.3333, held for half a second (DLSR 0x8000).
    const receiver = hex("81c90007 00000002 00000001 00000000 00000000 00000000 22223333 00008000");
    const found = recognise([
      { bytes: sender, ms: 0 },
      { bytes: receiver, back: true, ms: 580 },
    ]);
    expect(found).toMatchObject({ application: "rtcp" });
    expect(found.rttMs).toBeCloseTo(80, 3);
  });

  it("that SRTP signs and does not encrypt is read", () => {
    const trailer = (index: number): Uint8Array => concat(u32(index), noise.bytes(10));
    const sender = concat(
      hex("80c80006 00000001 11112222 33334444 00000000 00000000 00000000"),
      hex("81ca0002 00000001 01016200"),
    );
    const receiver = hex("81c90007 00000002 00000001 00000000 00000000 00000000 22223333 00008000");
    const found = recognise([
      { bytes: concat(sender, trailer(1)), ms: 0 },
      { bytes: concat(receiver, trailer(1)), back: true, ms: 580 },
    ]);
    expect(found).toMatchObject({ application: "rtcp", rule: "rtcp-compound", confidence: "high" });
    expect(found.rttMs).toBeCloseTo(80, 3);
  });
});
