import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { QuickLook, quickLook } from "../../src/protocols/demux-quick-look.ts";
import { FirstByte, firstByteClass } from "../../src/protocols/demux.ts";
import type { Recognition } from "../../src/protocols/recognition.ts";
import { UdpInspector, type UdpSurroundings } from "../../src/protocols/udp-inspector.ts";
import type { Direction } from "../../src/words.ts";
import { ascii, concat, hex, Noise, u16, u32, u8 } from "../support/bytes.ts";
import { iceAnswer, iceCheck, msAllocate, msAllocateSuccess, rtp, stun } from "../support/payloads-media.ts";
import { Datagrams } from "./datagrams.ts";

const noise = new Noise(4);

/** Shows datagrams to a new inspector; `back` ones travel in direction 1. */
function recognise(
  datagrams: readonly { readonly bytes: Uint8Array; readonly back?: boolean; readonly ms?: number }[],
  ports: readonly [number, number] = [50006, 3478],
  surroundings: UdpSurroundings = {},
): Recognition {
  const inspector = new UdpInspector(surroundings);
  const packets = new Datagrams(ports);
  for (const [i, { bytes, back, ms }] of datagrams.entries()) {
    const direction: Direction = back === true ? 1 : 0;
    const milliseconds = ms ?? 20 * i;
    const packet = packets.lay(bytes, direction);
    const seconds = Math.floor(milliseconds / 1000);
    inspector.inspect(packet, direction, 1_700_000_000 + seconds, (milliseconds % 1000) * 1e6, i + 1);
  }
  return inspector.result();
}

function rtpRun(
  count: number,
  options: { first?: number; payloadType?: number; ssrc?: number } = {},
): { bytes: Uint8Array }[] {
  return Array.from({ length: count }, (_, i) => ({
    bytes: rtp({
      payloadType: options.payloadType ?? 104,
      sequence: ((options.first ?? 500) + i) & 0xffff,
      timestamp: 320 * i,
      ssrc: options.ssrc ?? 0x1234,
      payload: noise.bytes(60),
    }),
  }));
}

const check = (): { bytes: Uint8Array } => ({
  bytes: iceCheck({ transaction: noise.bytes(12), username: "abcd:wxyz", noise }),
});

describe("first byte", () => {
  it.each([
    [0, 1, FirstByte.stun],
    [3, 0x33, FirstByte.stun],
    [16, 0, FirstByte.unknown],
    [22, 0xfe, FirstByte.dtls],
    [0x40, 1, FirstByte.channel],
    [0x50, 0, FirstByte.text],
    [0x80, 104, FirstByte.rtp],
    [0xbf, 0, FirstByte.rtp],
    [0xc3, 0, FirstByte.quicLong],
    [0xff, 0x10, FirstByte.multiplexedTurn],
    [0xff, 0x11, FirstByte.quicLong],
  ])("%d %d is demultiplexed by RFC 7983, with Microsoft's 0xFF10", (first, second, expected) => {
    expect(firstByteClass(first, second)).toBe(expected);
  });
});

describe("RTP by flow", () => {
  it("needs six packets of one SSRC in sequence", () => {
    expect(recognise(rtpRun(5)).application).toBe("unknown");
    expect(recognise(rtpRun(5)).notes).toEqual([
      "5 packets look like RTP, too few or too mixed to call it that",
    ]);
    expect(recognise(rtpRun(6))).toMatchObject({
      application: "rtp",
      confidence: "medium",
      rule: "rtp-flow-rule",
    });
  });

  it("needs three where ICE was on the tuple, and is surer then", () => {
    expect(recognise([check(), ...rtpRun(3)])).toMatchObject({ application: "rtp", confidence: "high" });
    expect(recognise([check(), ...rtpRun(2)])).toMatchObject({ application: "stun" });
  });

  it("does not take packets without advancing numbers for a stream", () => {
    const random = Array.from({ length: 40 }, (_, i) => ({
      bytes: rtp({
        payloadType: 0,
        sequence: (i * 7919) & 0xffff,
        timestamp: i,
        ssrc: 9,
        payload: noise.bytes(20),
      }),
    }));
    expect(recognise(random).application).toBe("unknown");
  });

  it("does not take a stream for media that is a smaller part of the flow", () => {
    const others = Array.from({ length: 30 }, () => ({ bytes: concat(u8(5), noise.bytes(40)) }));
    expect(recognise([...rtpRun(10), ...others]).application).toBe("unknown");
  });

  it("knows a long steady run, whatever else the ports were used for (fax after voice)", () => {
    const fax = Array.from({ length: 200 }, (_, i) => ({
      bytes: concat(u16(i), u8(6, 1, 2, 3), noise.bytes(20)),
    }));
    expect(recognise([...rtpRun(60, { payloadType: 8 }), ...fax]).application).toBe("rtp");
  });

  it("refuses SSRC 0 and payload types that RTCP needs", () => {
    expect(recognise(rtpRun(20, { ssrc: 0 })).application).toBe("unknown");
    expect(recognise(rtpRun(20, { payloadType: 72 })).application).not.toBe("rtp");
  });

  it("takes the numbers that browsers give to video where ICE or DTLS was before, and only there", () => {
    expect(recognise(rtpRun(20, { payloadType: 45 })).application).toBe("unknown");
    expect(recognise([check(), ...rtpRun(20, { payloadType: 45 })])).toMatchObject({
      application: "rtp",
      streams: [{ payloadType: 45, packets: 20, codec: undefined }],
    });
    expect(recognise([check(), ...rtpRun(20, { payloadType: 64 })]).application).toBe("stun");
  });

  it("names the codec that the clock confirms, and Microsoft's where Microsoft is known to talk", () => {
    expect(recognise(rtpRun(40)).codec).toBe("SILK");
    expect(recognise(rtpRun(8)).codec).toBeUndefined();
    expect(recognise([check(), ...rtpRun(8)])).toMatchObject({ codec: "SILK", modality: "audio" });
  });

  it("believes signaling more than clock and table", () => {
    const surroundings: UdpSurroundings = {
      codecFor: (_, payloadType) =>
        payloadType === 104 ? { encodingName: "G7221", clockRate: 16000, modality: "audio" } : undefined,
    };
    expect(recognise(rtpRun(8), [50006, 3478], surroundings)).toMatchObject({
      codec: "G7221",
      modality: "audio",
    });
  });

  it("keeps comfort noise out of codec and jitter", () => {
    const mixed = rtpRun(60, { payloadType: 0 }).map((item, i) =>
      i % 10 === 9
        ? {
            bytes: rtp({
              payloadType: 13,
              sequence: 500 + i,
              timestamp: 320 * i + 999,
              ssrc: 0x1234,
              payload: u8(40),
            }),
          }
        : item,
    );
    const stream = recognise(mixed.map((item, i) => ({ ...item, ms: 40 * i }))).streams?.[0];
    expect(stream).toMatchObject({ codec: "PCMU", packets: 60, lost: 0 });
    expect(stream?.maxJitterMs).toBeCloseTo(0, 6);
  });
});

describe("STUN, TURN and MS-TURN", () => {
  const transaction = noise.bytes(12);

  it("reports the reflexive address, the round trip and the side that asked", () => {
    const found = recognise([
      { bytes: iceCheck({ transaction, username: "a:b", nominate: true, noise }), back: true, ms: 0 },
      { bytes: iceAnswer({ transaction, mapped: ["192.0.2.77", 50006], noise }), ms: 42 },
    ]);
    expect(found).toMatchObject({
      application: "stun",
      confidence: "certain",
      initiator: 1,
      iceChecks: 1,
      nominated: true,
    });
    expect(found.rttMs).toBeCloseTo(42, 6);
    expect(found.reported).toEqual([
      { kind: "mapped", direction: 0, address: "192.0.2.77", port: 50006, packets: 1, firstPacket: 2 },
    ]);
    expect(found.identities).toEqual([`stun:${Buffer.from(transaction).toString("hex")}`]);
  });

  it("gives no round trip for a request that was sent twice", () => {
    const request = { bytes: iceCheck({ transaction, username: "a:b", noise }) };
    const answer = { bytes: iceAnswer({ transaction, mapped: ["192.0.2.77", 1], noise }), back: true };
    expect(recognise([request, request, answer]).rttMs).toBeUndefined();
  });

  it("reports relayed and reflexive address of an MS-TURN allocation", () => {
    const found = recognise([
      { bytes: msAllocate({ transaction, noise }) },
      {
        bytes: msAllocateSuccess({
          transaction,
          relayed: ["52.114.0.9", 3480],
          mapped: ["192.0.2.10", 50006],
          noise,
        }),
        back: true,
      },
    ]);
    expect(found).toMatchObject({
      application: "ms-turn",
      confidence: "certain",
      usesTurn: true,
      initiator: 0,
    });
    expect(found.reported).toContainEqual(
      expect.objectContaining({ kind: "relayed", address: "52.114.0.9", port: 3480 }),
    );
    expect(found.reported).toContainEqual(
      expect.objectContaining({ kind: "mapped", address: "192.0.2.10", port: 50006 }),
    );
  });

  const wrap: readonly (readonly [string, (inner: Uint8Array) => Uint8Array])[] = [
    ["ChannelData", (inner) => concat(u16(0x4001), u16(inner.length), inner)],
    [
      "multiplexed TURN",
      (inner) => concat(u16(0xff10), u16(inner.length + 8), new Uint8Array(8).fill(7), inner),
    ],
    ["a Send indication", (inner) => stun(0x0016, [[0x0013, inner]], { transaction: noise.bytes(12) })],
    [
      "an MS-TURN Data indication",
      (inner) =>
        concat(
          u16(0x0115),
          u16(12 + inner.length),
          noise.bytes(16),
          hex("000f000472c64bc6"),
          u16(0x0013),
          u16(inner.length),
          inner,
        ),
    ],
  ];

  it.each(wrap)("unwraps RTP out of %s", (_, envelope) => {
    const found = recognise(rtpRun(12).map(({ bytes }) => ({ bytes: envelope(bytes) })));
    expect(found).toMatchObject({ application: "rtp", carriesMedia: true, usesTurn: true });
    expect(found.streams?.[0]).toMatchObject({ ssrc: 0x1234, packets: 12, lost: 0 });
  });

  it.each(wrap)("does not take an address mapped inside %s for this flow's own", (_, envelope) => {
    const answer = iceAnswer({ transaction, mapped: ["198.51.100.9", 7], noise });
    const found = recognise([{ bytes: envelope(answer) }]);
    expect(found.reported?.filter((item) => item.kind === "mapped")).toEqual([]);
  });

  it("unwraps only so deep", () => {
    let bytes = check().bytes;
    for (let i = 0; i < 200; i++)
      bytes = concat(u16(0xff10), u16(bytes.length + 8), new Uint8Array(8), bytes);
    expect(recognise([{ bytes }]).iceChecks).toBe(0);
  });

  it("keeps a bounded number of addresses, and the same transactions whenever the capture began", () => {
    const many = Array.from({ length: 2000 }, (_, i) => {
      const id = noise.bytes(12);
      return [
        { bytes: iceCheck({ transaction: id, username: "a:b", noise }) },
        { bytes: iceAnswer({ transaction: id, mapped: [`192.0.2.${i % 256}`, i], noise }), back: true },
      ];
    }).flat();
    const whole = recognise(many);
    const later = recognise(many.slice(40));
    expect(whole.reported).toHaveLength(24);
    expect(whole.identities).toHaveLength(8);
    expect(whole.identities?.filter((id) => later.identities?.includes(id)).length).toBeGreaterThanOrEqual(6);
  });
});

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
});

describe("what is no media", () => {
  it("is Teams' signaling with its acknowledgement, or by name, or by every datagram's first byte", () => {
    const acknowledgement = { bytes: concat(u8(3), ascii("3bfbf6a1-6841-4607-8c27-9ecb9ed93b00")) };
    const data = (first: number): { bytes: Uint8Array } => ({ bytes: concat(u8(first), noise.bytes(150)) });
    const known: UdpSurroundings = { isSignalingPeer: () => true };
    expect(recognise([data(6), acknowledgement])).toMatchObject({
      application: "teams-udp-signaling",
      confidence: "high",
    });
    expect(recognise([data(6), data(7)], [50006, 3478], known).application).toBe("teams-udp-signaling");
    expect(recognise([data(6), data(7), data(3), data(7)]).application).toBe("teams-udp-signaling");
    expect(recognise([data(6), data(7), data(3), data(7)], [5000, 6000]).application).toBe("unknown");
    expect(recognise([data(7), data(7), data(7), data(7)]).application).toBe("unknown");
  });

  it("is left open when nothing fits, and not watched for ever", () => {
    const inspector = new UdpInspector();
    const packets = new Datagrams([4000, 5000]);
    for (let i = 0; i < 64; i++)
      inspector.inspect(packets.lay(concat(u8(5), noise.bytes(50)), 0), 0, 1, 0, i + 1);
    expect(inspector.wantsMore).toBe(false);
    expect(inspector.result()).toMatchObject({ application: "unknown", firstPacket: 0 });
  });
});

describe("quick look", () => {
  const packets = new Datagrams([50006, 3478]);
  it.each([
    ["an ICE check", check().bytes, QuickLook.stun],
    ["MS-TURN", msAllocate({ transaction: noise.bytes(12), noise }), QuickLook.stun],
    [
      "one RTP packet",
      rtp({ payloadType: 0, sequence: 1, timestamp: 1, ssrc: 1, payload: u8(1, 2) }),
      QuickLook.maybe,
    ],
    ["a SIP request", ascii("OPTIONS sip:a@example.org SIP/2.0\r\nCall-ID: x\r\n\r\n"), QuickLook.maybe],
    ["noise below 128", concat(u8(90), new Uint8Array(30)), QuickLook.no],
    ["nothing", new Uint8Array(0), QuickLook.no],
  ])("at %s answers without an inspector", (_, bytes, expected) => {
    expect(quickLook(packets.lay(bytes, 0))).toBe(expected);
  });
});

describe("any datagrams", () => {
  const first = fc.constantFrom(0, 1, 3, 22, 0x40, 0x41, 0x80, 0x81, 0x90, 0xc0, 0xff);
  const second = fc.constantFrom(0, 1, 0x10, 0xfe, 104, 200, 201, 0x15);
  const datagram = fc
    .tuple(first, second, fc.uint8Array({ maxLength: 90 }), fc.boolean(), fc.nat(3))
    .map(([a, b, rest, back, longer]) => ({ bytes: concat(u8(a, b), rest), back, longer: longer * 100 }));

  it("get an answer, with bounded lists", () => {
    const ports = fc.tuple(fc.constantFrom(53, 3478, 50000, 5060), fc.constantFrom(443, 3478, 5353));
    fc.assert(
      fc.property(fc.array(datagram, { maxLength: 60 }), ports, (datagrams, pair) => {
        const inspector = new UdpInspector();
        const packets = new Datagrams(pair);
        for (const [i, { bytes, back, longer }] of datagrams.entries()) {
          const direction: Direction = back ? 1 : 0;
          const packet = packets.lay(bytes, direction, bytes.length + longer);
          quickLook(packet);
          if (inspector.wantsMore) inspector.inspect(packet, direction, i, 0, i + 1);
        }
        const found = inspector.result();
        expect(found.reported?.length ?? 0).toBeLessThanOrEqual(24);
        expect(found.streams?.length ?? 0).toBeLessThanOrEqual(128);
      }),
      { numRuns: 500 },
    );
  });
});
