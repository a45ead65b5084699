import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quickLook } from "../../src/protocols/demux-quick-look.ts";
import { UdpInspector, type UdpSurroundings } from "../../src/protocols/udp-inspector.ts";
import type { Direction } from "../../src/words.ts";
import { ascii, concat, u8 } from "../support/bytes.ts";
import { dnsResponse } from "../support/payloads.ts";
import { Datagrams } from "./datagrams.ts";
import { noise, recognise } from "./udp-talk.ts";

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

  it("is DNS after something else, too, and told to whoever learns names", () => {
    let told = 0;
    const answer = { bytes: dnsResponse(7, { name: "a.example", addresses: ["192.0.2.1"] }), back: true };
    const surroundings = { told: () => void told++ };
    const datagrams = [{ bytes: concat(u8(0x80, 0x60), noise.bytes(30)) }, answer, answer];
    expect(recognise(datagrams, [50006, 53], surroundings).application).toBe("dns");
    expect(told).toBe(2);
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
