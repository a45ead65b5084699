import { describe, expect, it } from "vitest";
import { QuickLook, quickLook } from "../../src/protocols/demux-quick-look.ts";
import { FirstByte, firstByteClass } from "../../src/protocols/demux.ts";
import { ascii, concat, u8 } from "../support/bytes.ts";
import { msAllocate, rtp } from "../support/payloads-media.ts";
import { Datagrams } from "./datagrams.ts";
import { check, noise } from "./udp-talk.ts";

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
