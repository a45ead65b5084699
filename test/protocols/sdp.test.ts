import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSdp } from "../../src/protocols/sdp.ts";

/** Pieces that lines of a description are made of, whole and broken. */
const piece = fc.oneof(
  fc.constantFrom(
    ...["v=0", "m=audio 5000 RTP/AVP 0 97", "m=video 0 RTP/SAVP 99", "m=", "m=audio", "m=audio x RTP/AVP 0"],
    ...["c=IN IP4 192.0.2.1", "c=IN IP6 2001:db8::1/127/3", "c=", "c=IN IP4 host.example.com"],
    ...["a=rtpmap:0 PCMU/8000", "a=rtpmap:97 red/8000/2", "a=rtpmap:999 x/1", "a=rtpmap:-1 /", "a=rtpmap:"],
    ...["a=candidate:1 1 UDP 1 192.0.2.2 9 typ host", "a=candidate:", "a=candidate:a b c d e f typ g"],
    ...["a=candidate:1 1 TCP-PASS 1 192.0.2.3 70000 typ relay raddr 1.2.3.4 rport 5", "a=ice-ufrag:abc"],
    ...["a=x-candidate-ipv6:1 1 UDP 1 2001:db8::2 9 typ srflx", "a=candidate:u 1 p UDP 0.5 192.0.2.4 77"],
    ...["a=x-ssrc-range:1-4294967295", "a=x-ssrc-range:5-1", "a=ssrc:7 cname:x", "a=ssrc:99999999999 x"],
    ...["a=label:applicationsharing-video", "a=label:", "a=__proto__:x", "m=__proto__ 1 RTP/AVP constructor"],
    ...["a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRETKEY", "k=clear:SECRETKEY", "a=ice-pwd:SECRETKEY"],
  ),
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => `a=${text}`),
  fc.string({ maxLength: 60 }),
);
const ending = fc.constantFrom("\r\n", "\n", "\r", " ", "");

describe("readSdp", () => {
  it("answers for any lines, bounded, in printable characters, and tells no key", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, ending), { maxLength: 60 }), (lines) => {
        const media = readSdp(lines.flat().join(""), 0, 1);
        expect(media.length).toBeLessThanOrEqual(8);
        for (const item of media) {
          expect(item.addresses.length).toBeLessThanOrEqual(32);
          expect(item.payloadTypes.length).toBeLessThanOrEqual(64);
          expect(item.ssrcRanges.length).toBeLessThanOrEqual(16);
          for (const { port } of item.addresses) expect(port > 0 && port < 65536).toBe(true);
          for (const { payloadType } of item.payloadTypes) expect(payloadType < 128).toBe(true);
          const text = JSON.stringify(item);
          expect(text).not.toContain("SECRETKEY");
          expect(text).toMatch(/^[\x20-\x7e]*$/);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps sections and their lines together, whatever stands between", () => {
    const text = [
      "v=0",
      "c=IN IP4 192.0.2.9",
      "m=audio 5000 RTP/AVP 0",
      "a=rtpmap:0 PCMU/8000",
      "a=unknown",
      "b=AS:9",
    ];
    const more = [
      "m=video 5002 RTP/AVP 99",
      "c=IN IP4 192.0.2.8",
      "a=rtpmap:99 H264/90000",
      "a=label:main-video",
    ];
    expect(readSdp([...text, ...more].join("\n"), 1, 7)).toMatchObject([
      {
        media: "audio",
        addresses: [{ address: "192.0.2.9", port: 5000 }],
        payloadTypes: [{ codec: "PCMU" }],
      },
      {
        media: "video",
        addresses: [{ address: "192.0.2.8", port: 5002 }],
        payloadTypes: [{ codec: "H264" }],
      },
    ]);
  });

  it("keeps the port that RTCP has of its own, at the media's address or another", () => {
    const rtcpOf = (...lines: readonly string[]): unknown =>
      readSdp(
        ["c=IN IP4 192.0.2.9", "m=audio 5000 RTP/AVP 0", ...lines].join("\r\n"),
        0,
        1,
      )[0]?.addresses.find(({ kind }) => kind === "rtcp");
    expect(rtcpOf("a=rtcp:45001")).toEqual({
      kind: "rtcp",
      transport: "udp",
      address: "192.0.2.9",
      port: 45_001,
    });
    expect(rtcpOf("a=rtcp:45003 IN IP6 2001:db8::7")).toMatchObject({ address: "2001:db8::7", port: 45_003 });
    expect(rtcpOf("a=rtcp:9 IN IP4 0.0.0.0", "a=rtcp-mux")).toBeUndefined();
    expect(rtcpOf("a=rtcp:")).toBeUndefined();
  });
});
