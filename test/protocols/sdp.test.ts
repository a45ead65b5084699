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

describe("what readSdp says of a description", () => {
  const lines = [
    "v=0",
    "o=- 0 0 IN IP4 192.0.2.10",
    "s=session",
    "c=IN IP4 192.0.2.10",
    "t=0 0",
    "m=audio 50004 RTP/SAVP 104 9 111 0 101",
    "a=x-ssrc-range:1001-1101",
    "a=ice-ufrag:qKqe",
    "a=ice-pwd:SECRETPWD",
    "a=candidate:1 1 UDP 2130706431 10.0.0.5 50004 typ host",
    "a=candidate:2 1 TCP-PASS 174455807 198.51.100.7 58000 typ relay raddr 10.0.0.5 rport 50004",
    "a=candidate:3 1 UDP 1694233599 198.51.100.8 31000 typ srflx raddr 10.0.0.5 rport 50004",
    "a=x-candidate-ipv6:4 1 UDP 2130705919 2001:db8:0:0::5 50005 typ host",
    "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:SECRETKEY|2^31|1:1",
    "a=cryptoscale:1 client AES_CM_128_HMAC_SHA1_80 inline:SECRETSCALE|2^31|1:1",
    "a=rtpmap:104 SILK/16000",
    "a=rtpmap:9 G722/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=label:main-audio",
    "m=video 0 RTP/AVP 122",
    "m=video 50030 RTP/SAVP 122",
    "a=label:applicationsharing-video",
    "a=rtpmap:122 X-H264UC/90000",
    "a=ssrc:4000000000 cname:x",
    "",
  ];
  const media = readSdp(lines.join("\r\n"), 1, 42);

  it("reads a port with a count of ports", () => {
    const [section] = readSdp(
      "c=IN IP4 192.0.2.1\r\nm=audio 49170/2 RTP/AVP 96\r\na=rtpmap:96 opus/48000\r\n",
      0,
      1,
    );
    expect(section).toMatchObject({ addresses: [{ port: 49170 }], payloadTypes: [{ codec: "opus" }] });
  });

  it("gives the sections that are not refused, with what joins them to flows", () => {
    expect(media).toMatchObject([
      {
        direction: 1,
        media: "audio",
        modality: "audio",
        iceUfrag: "qKqe",
        ssrcRanges: [[1001, 1101]],
        firstPacket: 42,
        addresses: [
          { kind: "connection", transport: "udp", address: "192.0.2.10", port: 50004 },
          { kind: "host", transport: "udp", address: "10.0.0.5", port: 50004 },
          { kind: "relay", transport: "tcp", address: "198.51.100.7", port: 58000 },
          { kind: "srflx", transport: "udp", address: "198.51.100.8", port: 31000 },
          { kind: "host", transport: "udp", address: "2001:db8::5", port: 50005 },
        ],
        payloadTypes: [
          { payloadType: 104, codec: "SILK", clockRate: 16000 },
          { payloadType: 9, codec: "G722", clockRate: 8000 },
          { payloadType: 101, codec: "telephone-event", clockRate: 8000 },
        ],
      },
      { media: "video", modality: "sharing", ssrcRanges: [[4000000000, 4000000000]] },
    ]);
  });

  it("gives sections behind many that are refused, which a description keeps for good", () => {
    const text = [
      "v=0",
      "c=IN IP4 192.0.2.5",
      ...Array.from({ length: 11 }, () => "m=video 0 RTP/AVP 100"),
      "m=audio 40000 RTP/AVP 0",
    ];
    expect(
      readSdp(text.join("\r\n"), 0, 1).map(({ media, addresses }) => [media, addresses[0]?.port]),
    ).toEqual([["audio", 40_000]]);
  });

  it("never keeps a key or password", () => {
    expect(JSON.stringify(media)).not.toMatch(/SECRET/);
  });

  it("leaves out addresses on hold and names", () => {
    const held = readSdp("v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 5000 RTP/AVP 0\r\n", 0, 1);
    expect(held[0]?.addresses).toEqual([]);
    const named = readSdp("v=0\r\nc=IN IP4 host.example\r\nm=audio 5000 RTP/AVP 0\r\n", 0, 1);
    expect(named[0]?.addresses).toEqual([]);
  });

  it("reads the candidates of ICE draft 6", () => {
    const old = readSdp(
      "c=IN IP4 10.0.0.1\r\nm=audio 1 RTP/AVP 0\r\na=candidate:user 1 pass UDP 0.9 10.9.8.7 50007 \r\n",
      0,
      1,
    );
    expect(old[0]?.addresses).toContainEqual({
      kind: "host",
      transport: "udp",
      address: "10.9.8.7",
      port: 50007,
    });
  });

  it("answers for any text, and is bounded", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...lines, "a=", "m=", "m=audio", "a=rtpmap:x y", "\u0000")),
        (some) => {
          const found = readSdp(some.join("\n"), 0, 1);
          expect(found.length).toBeLessThanOrEqual(8);
          expect(JSON.stringify(found)).not.toMatch(/SECRET/);
        },
      ),
    );
    const many = `m=audio 5 RTP/AVP 0\r\n${"a=candidate:1 1 UDP 1 10.0.0.1 5 typ host\r\n".repeat(5000)}`;
    expect(readSdp(many, 0, 1)[0]?.addresses.length).toBeLessThanOrEqual(32);
  });
});
