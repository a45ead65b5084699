import { describe, expect, it } from "vitest";
import type { UdpSurroundings } from "../../src/protocols/udp-inspector.ts";
import { concat, u16, u8 } from "../support/bytes.ts";
import { msMultiplexed, rtp } from "../support/payloads-media.ts";
import { check, noise, recognise, rtpRun } from "./udp-talk.ts";

/** A second and a bit of packets, 20 ms apart, whose time goes on by so many ticks each. */
function stamped(payloadType: number, ticks: number, size: number): { bytes: Uint8Array; ms: number }[] {
  return Array.from({ length: 60 }, (_, i) => ({
    bytes: rtp({
      payloadType,
      sequence: i,
      timestamp: ticks * i,
      ssrc: 7,
      payload: new Uint8Array(size),
    }),
    ms: 20 * i,
  }));
}

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

  it("knows packets that overtake each other all the time, as on two links of different delay in turn", () => {
    const sent = Array.from({ length: 600 }, (_, i) => ({
      bytes: rtp({
        ...{ payloadType: 104, sequence: (65_500 + i) & 0xffff, timestamp: 320 * i, ssrc: 7 },
        payload: noise.bytes(60),
      }),
      ms: 20 * i + (i % 2) * 31,
    }));
    const stream = recognise(sent.toSorted((a, b) => a.ms - b.ms)).streams?.[0];
    expect(stream).toMatchObject({ codec: "SILK", clockRate: 16_000, packets: 600, lost: 0 });
    // Every step is from one link to the other, and they differ by 31 ms.
    expect(stream?.maxJitterMs).toBeCloseTo(31, 1);
  });

  it("knows packets that come twice, the second time behind later ones, as over two links at once", () => {
    const sent = rtpRun(300).flatMap(({ bytes }, i) => [
      { bytes, ms: 20 * i },
      // Nobody has all of it: one of ten is lost on the first link, one of twelve on the second.
      { bytes, ms: 20 * i + 31 },
    ]);
    const came = sent.filter((_, i) => i % 20 !== 4 && i % 24 !== 7);
    const stream = recognise(came.toSorted((a, b) => a.ms - b.ms)).streams?.[0];
    expect(stream).toMatchObject({ codec: "SILK", clockRate: 16_000, packets: 300, lost: 0 });
  });

  it("does not take a field for sequence numbers that goes up and down, or is everywhere twice in no order", () => {
    const field = (numbers: readonly number[]): { bytes: Uint8Array }[] =>
      numbers.map((sequence, i) => ({
        bytes: rtp({ payloadType: 0, sequence, timestamp: i, ssrc: 9, payload: noise.bytes(20) }),
      }));
    const levels = Array.from({ length: 600 }, (_, i) => 100 + Math.abs((i % 80) - 40));
    expect(recognise(field(levels)).application).toBe("unknown");
    const mixed = Array.from({ length: 600 }, (_, i) => (i * 7919) % 300);
    expect(recognise(field(mixed)).application).toBe("unknown");
  });

  it("does not take a field for sequence numbers that stays near one value", () => {
    const near = Array.from({ length: 600 }, (_, i) => ({
      bytes: rtp({
        ...{ payloadType: 0, sequence: 100 + ((i * 37) % 90), timestamp: i, ssrc: 9 },
        payload: noise.bytes(20),
      }),
    }));
    expect(recognise(near).application).toBe("unknown");
  });

  it("does not take a stream for media that is a smaller part of the flow", () => {
    const others = Array.from({ length: 30 }, () => ({ bytes: concat(u8(5), noise.bytes(40)) }));
    expect(recognise([...rtpRun(10), ...others]).application).toBe("unknown");
  });

  it.each([
    ["as it is", (bytes: Uint8Array) => bytes],
    ["inside multiplexed TURN", (bytes: Uint8Array) => msMultiplexed(u8(1, 2, 3, 4, 5, 6, 7, 8), bytes)],
  ])("counts a packet that is there twice as one, %s", (_, wrapped) => {
    const once = rtpRun(20).map(({ bytes }) => ({ bytes: wrapped(bytes) }));
    const stream = { packets: 20, lost: 0 };
    for (const copied of [[2], [15], [1, 19], [3, 4, 5, 6, 7, 8, 9]]) {
      const sent = once.flatMap((item, i) => (copied.includes(i) ? [item, item] : [item]));
      expect(recognise(sent)).toMatchObject({ application: "rtp", streams: [stream] });
    }
    const all = once.flatMap((item) => [item, item]);
    const others = Array.from({ length: 5 }, () => ({ bytes: concat(u8(5), noise.bytes(40)) }));
    expect(recognise([...all, ...others])).toMatchObject({ application: "rtp", streams: [stream] });
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

  // The payload type table has both: "OPUS" of Skype for Business at 106, "opus" of Teams' web client at 111.
  it.each([
    [106, 960, "OPUS"],
    [111, 960, "opus"],
    [111, 320, "SIREN"],
  ])(
    "spells a codec as the payload type table does: %i, %i ticks a packet, %s",
    (payloadType, ticks, codec) => {
      expect(recognise(stamped(payloadType, ticks, 90)).codec).toBe(codec);
    },
  );

  it.each([
    ["Opus at Teams' number of comfort noise", 96, 960, 160, undefined],
    ["comfort noise at it", 96, 960, 8, "CN"],
    ["a codec at the number of telephone events", 101, 160, 80, undefined],
    ["video at the number of retransmissions, without other video", 99, 1800, 900, undefined],
  ])(
    "takes no media for what goes beside media by its number alone: %s",
    (_, payloadType, ticks, size, codec) => {
      expect(recognise(stamped(payloadType, ticks, size)).streams?.[0]?.codec).toBe(codec);
    },
  );

  it("knows retransmissions by their number beside video", () => {
    const sent = Array.from({ length: 120 }, (_unused, i) => ({
      bytes: rtp({
        payloadType: i % 2 === 0 ? 107 : 99,
        sequence: i >> 1,
        timestamp: 3600 * (i >> 1),
        ssrc: 7 + (i % 2),
        payload: new Uint8Array(900),
      }),
      ms: 20 * i,
    }));
    expect(recognise(sent).streams?.map((stream) => stream.codec)).toEqual(["H264", "rtx"]);
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
