import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_AGE_SECONDS, MAX_DATAGRAMS, MAX_FRAGMENTS } from "../../src/wire/fragments.ts";
import { PacketKind, TUNNEL_NAMES } from "../../src/wire/packet.ts";
import { concat, hex } from "../support/bytes.ts";
import { Feeder } from "../support/decoding.ts";
import {
  CONTENT,
  DATAGRAM,
  DESTINATION,
  EMPTY_WITH_PORTS,
  oddityNames,
  payloadOf,
  piece4,
  SOURCE,
} from "../support/fragments.ts";
import { udp } from "../support/packets.ts";
import { innerFrame, INNER4 } from "../support/stack.ts";

describe("IPv4 fragments", () => {
  it("give every fragment the ports of the first, and the payload to the one that completes", () => {
    const feeder = new Feeder();
    expect(feeder.feed(piece4(0, 40))).toMatchObject({ ...EMPTY_WITH_PORTS, ipLength: 60 });
    expect(payloadOf(feeder.packet)).toHaveLength(0);
    expect(feeder.feed(piece4(40, 80))).toMatchObject({ ...EMPTY_WITH_PORTS, ipLength: 60 });
    expect(feeder.feed(piece4(80, 100))).toMatchObject({
      ...EMPTY_WITH_PORTS,
      ipLength: 40,
      payloadLength: 92,
    });
    expect(payloadOf(feeder.packet)).toEqual(CONTENT);
    expect(oddityNames(feeder)).toEqual([]);
  });

  it("have no ports before the first one came, which is counted", () => {
    const feeder = new Feeder();
    expect(feeder.feed(piece4(80, 100))).toMatchObject({
      kind: PacketKind.otherIp,
      fragment: true,
      sourcePort: 0,
    });
    expect(feeder.feed(piece4(0, 80))).toMatchObject({ ...EMPTY_WITH_PORTS, payloadLength: 92 });
    expect(payloadOf(feeder.packet)).toEqual(CONTENT);
    expect(oddityNames(feeder)).toEqual(["fragment-before-first"]);
  });

  it("of what has no ports are not said to lack them: ICMP", () => {
    const feeder = new Feeder();
    feeder.feed(piece4(0, 40, { protocol: 1 }));
    expect(oddityNames(feeder)).toEqual([]);
  });

  it("may come twice, as from a mirror of both ports", () => {
    const feeder = new Feeder();
    feeder.feed(piece4(0, 40));
    expect(feeder.feed(piece4(0, 40))).toMatchObject(EMPTY_WITH_PORTS);
    expect(feeder.feed(piece4(40, 100))).toMatchObject({ ...EMPTY_WITH_PORTS, payloadLength: 92 });
    expect(feeder.feed(piece4(40, 100))).toMatchObject(EMPTY_WITH_PORTS);
    expect(oddityNames(feeder)).toEqual([]);
  });

  it("that came before the first one count once, whenever their copies come", () => {
    const feeder = new Feeder();
    feeder.feed(piece4(80, 100));
    feeder.feed(piece4(80, 100));
    feeder.feed(piece4(40, 80));
    expect(feeder.feed(piece4(0, 40))).toMatchObject({ earlierFragments: 2, earlierBytes: 40 + 60 });
    expect(feeder.feed(piece4(40, 80))).toMatchObject({ kind: PacketKind.otherIp, sourcePort: 0 });
    expect(feeder.feed(piece4(0, 40))).toMatchObject({ ...EMPTY_WITH_PORTS, earlierFragments: 0 });
  });

  it("with a number that is used again begin another datagram", () => {
    const feeder = new Feeder();
    feeder.feed(piece4(0, 40));
    feeder.feed(piece4(40, 100));
    const other = udp(
      { source: SOURCE, destination: DESTINATION, sourcePort: 51002, destinationPort: 53 },
      CONTENT,
    ).subarray(20);
    expect(feeder.feed(piece4(0, 40, { datagram: other }))).toMatchObject({ sourcePort: 51002 });
    feeder.feed(piece4(40, 100, { datagram: other }));
    expect(feeder.packet).toMatchObject({ destinationPort: 53, payloadLength: 92 });
    expect(oddityNames(feeder)).toEqual([]);
  });

  it("with a number that is used again while the first datagram lacks a fragment belong to their own flow", () => {
    const feeder = new Feeder();
    const ports = { sourcePort: 51002, destinationPort: 3478 };
    const other = udp({ source: SOURCE, destination: DESTINATION, ...ports }, CONTENT).subarray(20);
    expect(feeder.feed(piece4(0, 40))).toMatchObject(EMPTY_WITH_PORTS);
    expect(feeder.feed(piece4(0, 40, { datagram: other }))).toMatchObject(ports);
    expect(feeder.feed(piece4(40, 80, { datagram: other }))).toMatchObject(ports);
    expect(feeder.feed(piece4(80, 100, { datagram: other }))).toMatchObject({ ...ports, payloadLength: 92 });
    expect(oddityNames(feeder)).toEqual(["fragment-overlap"]);
  });

  it("of different protocols with the same number are different datagrams", () => {
    const feeder = new Feeder();
    feeder.feed(piece4(0, 40));
    expect(feeder.feed(piece4(40, 100, { protocol: 6 }))).toMatchObject({ kind: PacketKind.otherIp });
  });

  it.each([
    ["overlap", [piece4(0, 40), piece4(32, 80), piece4(80, 100)], "fragment-overlap"],
    [
      "hold other bytes for the same place",
      [piece4(0, 40), piece4(0, 40, { data: concat(DATAGRAM.subarray(0, 4), new Uint8Array(36)) })],
      "fragment-overlap",
    ],
    [
      "end in two places",
      [piece4(0, 40), piece4(80, 100), piece4(40, 80, { more: false })],
      "fragment-overlap",
    ],
    [
      "go on behind the end",
      [piece4(0, 32), piece4(40, 80, { more: false }), piece4(80, 100)],
      "fragment-overlap",
    ],
    ["are empty", [piece4(0, 40), piece4(40, 40, { more: true })], "fragment-length-invalid"],
    ["are no multiple of eight", [piece4(0, 40), piece4(40, 99)], "fragment-length-invalid"],
    [
      "end behind byte 65,535",
      [piece4(0, 40), piece4(65_528, 0, { data: new Uint8Array(16), more: false })],
      "fragment-beyond-maximum",
    ],
  ] as const)("that %s are dropped and counted, and keep their ports", (_, frames, oddity) => {
    const feeder = new Feeder();
    for (const frame of frames) feeder.feed(frame);
    feeder.feed(piece4(0, 40));
    expect(feeder.packet).toMatchObject(EMPTY_WITH_PORTS);
    feeder.feed(piece4(40, 100));
    if (oddity !== "fragment-length-invalid") expect(feeder.packet.payloadLength).toBe(0);
    expect(oddityNames(feeder)).toEqual([oddity]);
  });

  it("of which the snap length cut one are not reassembled, but have their ports", () => {
    const feeder = new Feeder();
    const first = piece4(0, 40);
    expect(feeder.feed(first.subarray(0, 50), { originalLength: first.length })).toMatchObject({
      ...EMPTY_WITH_PORTS,
      ipLength: 60,
    });
    expect(feeder.feed(piece4(40, 100))).toMatchObject(EMPTY_WITH_PORTS);
    expect(oddityNames(feeder)).toEqual(["fragment-cut"]);
  });

  it("are given up after 30 seconds of capture time", () => {
    const feeder = new Feeder();
    feeder.feed(piece4(0, 40), { seconds: 1000 });
    feeder.feed(piece4(40, 100), { seconds: 1000 + MAX_AGE_SECONDS + 1 });
    expect(feeder.packet).toMatchObject({ kind: PacketKind.otherIp, payloadLength: 0 });
    expect(oddityNames(feeder)).toEqual(["fragment-before-first", "fragment-timeout"]);
  });

  it("are held of a bounded number of datagrams, of which the oldest goes first", () => {
    const feeder = new Feeder();
    for (let id = 0; id <= MAX_DATAGRAMS; id++) feeder.feed(piece4(0, 40, { id }));
    expect(oddityNames(feeder)).toEqual(["fragment-table-full"]);
    expect(feeder.feed(piece4(40, 100, { id: 1 }))).toMatchObject({ payloadLength: 92 });
    expect(feeder.feed(piece4(40, 100, { id: 0 }))).toMatchObject({ kind: PacketKind.otherIp });
  });

  it("leave room for others first where they are finished", () => {
    const feeder = new Feeder();
    for (let id = 0; id < MAX_DATAGRAMS - 1; id++) feeder.feed(piece4(0, 40, { id }));
    feeder.feed(piece4(0, 40, { id: 1000 }));
    feeder.feed(piece4(40, 100, { id: 1000 }));
    feeder.feed(piece4(0, 40, { id: 1001 }));
    expect(oddityNames(feeder)).toEqual([]);
    expect(feeder.feed(piece4(40, 100, { id: 0 }))).toMatchObject({ payloadLength: 92 });
  });

  it("are followed up to a bounded number a datagram", () => {
    const feeder = new Feeder();
    const long = new Uint8Array(8 * (MAX_FRAGMENTS + 2));
    long.set(DATAGRAM);
    for (let i = 0; i <= MAX_FRAGMENTS; i++) feeder.feed(piece4(8 * i, 8 * i + 8, { datagram: long }));
    expect(feeder.packet).toMatchObject(EMPTY_WITH_PORTS);
    expect(oddityNames(feeder)).toEqual(["fragment-too-many"]);
  });

  it("of a tunnel show the flow inside once they are complete, and no flow before", () => {
    const frame = innerFrame(0x0800, INNER4);
    const vxlan = udp(
      { source: SOURCE, destination: DESTINATION, sourcePort: 50001, destinationPort: 4789 },
      concat(hex("08000000 00002a00"), frame),
    ).subarray(20);
    const feeder = new Feeder();
    expect(feeder.feed(piece4(0, 40, { datagram: vxlan }))).toMatchObject({
      kind: PacketKind.otherIp,
      sourcePort: 0,
    });
    feeder.feed(piece4(40, vxlan.length, { datagram: vxlan }));
    expect(feeder.packet).toMatchObject({
      kind: PacketKind.udp,
      sourcePort: 51000,
      ipLength: 33,
      fragment: true,
    });
    expect(TUNNEL_NAMES[feeder.packet.tunnel]).toBe("vxlan");
  });

  it.each([
    ["vxlan", 17, concat(hex("08000000 00002a00"), innerFrame(0x0800, INNER4))],
    ["gre", 47, concat(hex("00000800"), INNER4)],
  ])(
    "of a tunnel show the flow inside where the snap length cut the first one: %s",
    (name, protocol, inner) => {
      const content = concat(inner, CONTENT);
      const vxlan = { source: SOURCE, destination: DESTINATION, sourcePort: 50001, destinationPort: 4789 };
      const datagram = protocol === 17 ? udp(vxlan, content).subarray(20) : content;
      const split = datagram.length - (datagram.length % 8) - 40;
      const feeder = new Feeder();
      const first = piece4(0, split, { datagram, protocol });
      const inside = { kind: PacketKind.udp, sourcePort: 51000, ipLength: 33, innerFragment: false };
      // Twice, as two points see it.
      for (let i = 0; i < 2; i++) {
        feeder.feed(first.subarray(0, first.length - 40), { originalLength: first.length });
        expect(feeder.packet).toMatchObject(inside);
        expect(TUNNEL_NAMES[feeder.packet.tunnel]).toBe(name);
      }
      feeder.feed(piece4(split, datagram.length, { datagram, protocol }));
      expect(feeder.packet).toMatchObject({ kind: PacketKind.otherIp, sourcePort: 0 });
    },
  );

  it("of an opaque tunnel are its UDP flow's", () => {
    const ike = udp(
      { source: SOURCE, destination: DESTINATION, sourcePort: 4500, destinationPort: 4500 },
      concat(hex("00000000"), CONTENT),
    ).subarray(20);
    const feeder = new Feeder();
    expect(feeder.feed(piece4(0, 40, { datagram: ike }))).toMatchObject({
      kind: PacketKind.udp,
      sourcePort: 4500,
    });
    feeder.feed(piece4(40, ike.length, { datagram: ike }));
    expect(feeder.packet).toMatchObject({ kind: PacketKind.udp, sourcePort: 4500, payloadLength: 96 });
  });

  it("in any number, order and repetition give the payload exactly once", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat()), fc.boolean(), (places, order, repeated) => {
        const edges = [0, ...places.map((place) => place * 8).toSorted((a, b) => a - b), 100];
        const pieces = edges.slice(1).map((to, i) => piece4(edges[i] ?? 0, to));
        if (pieces.length === 1) return;
        const all = repeated ? [...pieces, ...pieces] : pieces;
        const shuffled = all
          .map((bytes) => ({ bytes, key: order.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key);
        const feeder = new Feeder();
        let complete = 0;
        for (const { bytes } of shuffled) {
          const packet = feeder.feed(bytes);
          if (packet.payloadLength === 0) continue;
          complete++;
          expect(payloadOf(packet)).toEqual(CONTENT);
        }
        expect(complete).toBe(1);
      }),
    );
  });
});
