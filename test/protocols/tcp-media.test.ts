import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PseudoTls, pseudoTlsHello } from "../../src/protocols/pseudo-tls.ts";
import { TcpMediaStart, tcpMediaStart } from "../../src/protocols/tcp-media-start.ts";
import { TcpMediaReader } from "../../src/protocols/tcp-media.ts";
import type { Recognition } from "../../src/protocols/recognition.ts";
import type { Direction } from "../../src/words.ts";
import { cameAt } from "../support/arrival.ts";
import { ascii, concat, hex, Noise, u16, view } from "../support/bytes.ts";
import { pseudoTlsClientHello, pseudoTlsServerHello } from "../support/payloads.ts";
import {
  channelData,
  iceCheck,
  msAllocate,
  msAllocateSuccess,
  msFrame,
  rtp,
} from "../support/payloads-media.ts";
import { CLIENT, talk } from "./tcp-talk.ts";

const noise = new Noise(31);
const transaction = noise.bytes(12);

function start(bytes: Uint8Array): TcpMediaStart {
  return tcpMediaStart(view(bytes), 0, bytes.length);
}

function framed(bytes: Uint8Array): Uint8Array {
  return concat(u16(bytes.length), bytes);
}

/** ChannelData as TCP carries it, padded to four bytes (RFC 8656, section 12.5). */
function inChannel(bytes: Uint8Array): Uint8Array {
  return concat(channelData(0x4000, bytes), new Uint8Array(-bytes.length & 3));
}

function rtpRun(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) =>
    rtp({ payloadType: 104, sequence: 700 + i, timestamp: 320 * i, ssrc: 0x77, payload: noise.bytes(70) }),
  );
}

/** Shows both directions' bytes to a new reader, cut at the given places. */
function read(up: Uint8Array, down: Uint8Array, cuts: readonly number[] = []): Recognition | undefined {
  const reader = new TcpMediaReader(start(up));
  for (const [direction, bytes] of [[0, up] as const, [1, down] as const]) {
    let at = 0;
    for (const cut of [
      ...cuts.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b),
      bytes.length,
    ]) {
      reader.push(view(bytes), at, cut, cameAt(direction, 1000 + Math.floor(at / 100), 1));
      at = cut;
    }
  }
  return reader.result();
}

const hello = pseudoTlsClientHello(noise);
const answer = pseudoTlsServerHello(noise);
const up = concat(
  hello,
  msFrame(2, msAllocate({ transaction, noise })),
  ...rtpRun(20).map((packet) => msFrame(3, framed(packet))),
);
const down = concat(
  answer,
  msFrame(
    2,
    msAllocateSuccess({
      transaction,
      relayed: ["52.115.60.40", 52480],
      mapped: ["203.0.113.5", 50018],
      noise,
    }),
  ),
);

describe("pseudo-TLS", () => {
  it("is told by exact bytes, and waits for all of them", () => {
    expect(hello).toHaveLength(50);
    expect(pseudoTlsHello(view(hello), 0, 50)).toBe(PseudoTls.client);
    expect(pseudoTlsHello(view(answer), 0, 83)).toBe(PseudoTls.server);
    for (let end = 1; end < 50; end++) expect(pseudoTlsHello(view(hello), 0, end)).toBe(PseudoTls.more);
    for (let end = 12; end < 83; end++) expect(pseudoTlsHello(view(answer), 0, end)).toBe(PseudoTls.more);
  });

  it.each([0, 3, 4, 9, 43, 45, 47, 49])("is no pseudo-TLS with byte %d changed", (place) => {
    const other = hello.slice();
    other[place] = (other[place] ?? 0) ^ 0x41;
    expect(pseudoTlsHello(view(other), 0, 50)).toBe(PseudoTls.no);
  });

  it("carries MS-TURN and RTP in Microsoft's framing", () => {
    expect(start(up)).toBe(TcpMediaStart.pseudoTls);
    const found = read(up, down);
    expect(found).toMatchObject({
      application: "rtp",
      carriesMedia: true,
      usesTurn: true,
      initiator: 0,
      // Computed from the 50 bytes by the written specification.
      ja4: "t10i010000_7550e2da7b7a_000000000000",
    });
    expect(found?.streams?.[0]).toMatchObject({ ssrc: 0x77, packets: 20, lost: 0, codec: "SILK" });
    expect(found?.reported).toContainEqual(
      expect.objectContaining({ kind: "mapped", address: "203.0.113.5", port: 50018 }),
    );
  });

  it("without media in clear is pseudo-tls", () => {
    expect(read(concat(hello, msFrame(2, msAllocate({ transaction, noise }))), answer)).toMatchObject({
      application: "pseudo-tls",
      confidence: "certain",
    });
  });

  it("reads the same however the segments are cut", () => {
    const whole = read(up, down);
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { maxLength: 40 }), (cuts) => {
        const found = read(up, down, cuts);
        expect(found?.application).toBe("rtp");
        expect(found?.streams?.[0]?.packets).toBe(whole?.streams?.[0]?.packets);
        expect(found?.ja4).toBe(whole?.ja4);
      }),
    );
  });
});

describe("other framings", () => {
  it.each([
    [
      "Microsoft's framing of a capture that began later",
      msFrame(2, msAllocate({ transaction, noise })),
      TcpMediaStart.microsoftFraming,
    ],
    ["a data frame of it", msFrame(3, framed(rtpRun(1)[0] ?? hex(""))), TcpMediaStart.microsoftFraming],
    [
      "an ICE check framed by RFC 4571",
      framed(iceCheck({ transaction, username: "a:b", noise })),
      TcpMediaStart.rfc4571,
    ],
    ["three RTP packets framed by RFC 4571", concat(...rtpRun(3).map(framed)), TcpMediaStart.rfc4571],
    ["three in channels of TURN, padded", concat(...rtpRun(3).map(inChannel)), TcpMediaStart.stun],
    [
      "an ICE check in a channel",
      inChannel(iceCheck({ transaction, username: "a:b", noise })),
      TcpMediaStart.stun,
    ],
    [
      "channels with nothing known inside",
      concat(...[1, 2, 3].map(() => inChannel(noise.bytes(40).fill(7)))),
      TcpMediaStart.no,
    ],
    ["two of them", concat(...rtpRun(2).map(framed)), TcpMediaStart.more],
    ["STUN straight on TCP", iceCheck({ transaction, username: "a:b", noise }), TcpMediaStart.stun],
    ["ChannelData that holds RTP", concat(...rtpRun(2).map(inChannel)), TcpMediaStart.channels],
    ["ChannelData that holds nothing known", inChannel(noise.bytes(40)), TcpMediaStart.no],
    ["one byte", hex("16"), TcpMediaStart.more],
    [
      "a real TLS hello",
      hex(`1603010200010001fc0303 ${"11".repeat(32)} 20 ${"22".repeat(20)}`),
      TcpMediaStart.no,
    ],
    ["HTTP", ascii("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"), TcpMediaStart.no],
    [
      "DNS over TCP",
      concat(u16(29), hex("ce9d01000001000000000000 076578616d706c6503636f6d00 0001 0001")),
      TcpMediaStart.no,
    ],
  ])("%s", (_, bytes, expected) => {
    expect(start(bytes)).toBe(expected);
  });

  it("channels of TURN with RTP are rtp", () => {
    expect(read(concat(...rtpRun(10).map(inChannel)), hex(""))).toMatchObject({ application: "rtp" });
  });

  it("RFC 4571 with RTP is rtp", () => {
    expect(read(concat(...rtpRun(10).map(framed)), hex(""))).toMatchObject({
      application: "rtp",
      usesTurn: false,
    });
  });

  it("ChannelData from the middle of a call is what it carries, also after lost bytes", () => {
    const reader = new TcpMediaReader(TcpMediaStart.channels);
    const frames = rtpRun(40).map(inChannel);
    for (const [i, frame] of frames.entries()) {
      if (i === 20) reader.gap(0);
      // The bytes behind the gap end a frame whose beginning is lost.
      const bytes = i === 20 ? frame.subarray(30) : frame;
      reader.push(view(bytes), 0, bytes.length, cameAt(0, 1, i + 1));
    }
    const found = reader.result();
    expect(found).toMatchObject({ application: "rtp", usesTurn: true });
    expect(found?.streams?.[0]).toMatchObject({ packets: 39, expected: 39, lost: 0 });
  });

  it.each([
    ["RFC 4571", framed],
    ["channels of TURN", inChannel],
  ])("goes on after lost bytes where a segment is one packet of %s", (_, wrap) => {
    const packets = rtpRun(40).map(wrap);
    const bytes = concat(...packets.slice(0, 10));
    const reader = new TcpMediaReader(start(bytes));
    reader.push(view(bytes), 0, bytes.length, cameAt(0, 1, 1));
    reader.gap(0);
    for (const [i, packet] of packets.slice(12).entries())
      reader.push(view(packet), 0, packet.length, cameAt(0, 2, 2 + i));
    expect(reader.result()?.streams?.[0]).toMatchObject({ packets: 38, lost: 0 });
  });

  it.each([
    ["Microsoft's framing", (packet: Uint8Array) => msFrame(3, framed(packet))],
    ["RFC 4571", framed],
    ["channels of TURN", inChannel],
  ])("goes on after lost bytes in the middle of a segment of %s", (_, wrap) => {
    const bytes = concat(...rtpRun(60).map(wrap));
    const unit = bytes.length / 60;
    const reader = new TcpMediaReader(start(bytes));
    reader.push(view(bytes), 0, 10.5 * unit, cameAt(0, 1, 1));
    reader.gap(0);
    for (let at = 12.5; at < 60; at += 5)
      reader.push(view(bytes), at * unit, Math.min(60, at + 5) * unit, cameAt(0, 2, 2));
    expect(reader.result()?.streams?.[0]).toMatchObject({ packets: 57, expected: 57, lost: 0 });
  });

  it("goes on after lost bytes at the next segment that begins with a unit: what TCP delivered was not lost", () => {
    const packets = rtpRun(40).map((packet) => msFrame(3, framed(packet)));
    const bytes = concat(hello, ...packets.slice(0, 20));
    const reader = new TcpMediaReader(start(bytes));
    reader.push(view(bytes), 0, bytes.length - 30, cameAt(0, 1, 1));
    reader.gap(0);
    const middle = noise.bytes(80);
    reader.push(view(middle), 0, middle.length, cameAt(0, 1, 2));
    const rest = concat(...packets.slice(25));
    reader.push(view(rest), 0, rest.length, cameAt(0, 1, 3));
    expect(reader.result()?.streams?.[0]).toMatchObject({
      packets: 34,
      expected: 34,
      lost: 0,
      lastSequence: 739,
    });
  });
});

describe("media over TCP that a snap length cut", () => {
  const check = iceCheck({ transaction, username: "a-long-name:another-long-name", noise });
  const cut = (units: readonly Uint8Array[]): Recognition => {
    const t = talk(3478);
    t.snapLength = 96;
    for (const unit of units) t.send(CLIENT, unit);
    return t.result();
  };

  it.each([
    ["ChannelData", rtpRun(12).map(inChannel)],
    ["Microsoft's framing", rtpRun(12).map((packet) => msFrame(3, framed(packet)))],
    ["RFC 4571 behind an ICE check", [check, ...rtpRun(12)].map(framed)],
  ])("is told by the heads of its units in %s, without a loss that nobody saw", (_, units) => {
    const found = cut([...units.slice(0, 8), ...units.slice(9)]);
    expect(found).toMatchObject({ application: "rtp", streams: [] });
    expect(found.notes).toContain("the snap length cut segments: streams inside of them cannot be counted");
  });

  it("is stun where an ICE check is all there is", () => {
    expect(cut([check]).application).toBe("stun");
  });

  it("is not told by a length that does not fit", () => {
    expect(cut(rtpRun(12).map((packet) => concat(inChannel(packet), hex("00")))).application).toBe("unknown");
  });
});

describe("any bytes on TCP", () => {
  const beginning = fc.constantFrom(
    hello,
    answer,
    hex("0200"),
    hex("0300"),
    hex("0014"),
    hex("00010000 2112a442"),
    hex(""),
  );
  const part = fc.tuple(beginning, fc.uint8Array({ maxLength: 200 })).map(([a, b]) => concat(a, b));

  it("get an answer, whatever framing they were taken for, and keep at most 64 KiB", () => {
    const kinds = fc.constantFrom(...Object.values(TcpMediaStart));
    fc.assert(
      fc.property(
        kinds,
        fc.array(fc.tuple(part, fc.boolean(), fc.boolean()), { maxLength: 30 }),
        (kind, parts) => {
          const reader = new TcpMediaReader(kind);
          for (const [i, [bytes, back, lost]] of parts.entries()) {
            const direction: Direction = back ? 1 : 0;
            start(bytes);
            if (lost) reader.gap(direction);
            reader.push(view(bytes), 0, bytes.length, cameAt(direction, i, i + 1));
            reader.segment(view(bytes), 0, bytes.length, 3 * bytes.length, cameAt(direction, i, i + 1));
          }
          reader.result();
        },
      ),
      { numRuns: 500 },
    );
  });

  it("stop being watched when no framing holds", () => {
    const nothing = framed(concat(hex("05"), noise.bytes(30)));
    const guesses = [
      { kind: TcpMediaStart.rfc4571, bytes: nothing },
      {
        kind: TcpMediaStart.microsoftFraming,
        bytes: concat(msFrame(2, msAllocate({ transaction, noise })), hex("05050505")),
      },
    ];
    for (const { kind, bytes } of guesses) {
      const reader = new TcpMediaReader(kind);
      for (let i = 0; i < 100; i++) reader.push(view(bytes), 0, bytes.length, cameAt(0, i, i + 1));
      expect(reader.wantsMore).toBe(false);
    }
  });
});
