import { describe, expect, it } from "vitest";
import { PacketKind } from "../../src/wire/packet.ts";
import { concat, hex } from "../support/bytes.ts";
import { Feeder } from "../support/decoding.ts";
import {
  CONTENT,
  DATAGRAM,
  EMPTY_WITH_PORTS,
  oddityNames,
  payloadOf,
  piece4,
  piece6,
} from "../support/fragments.ts";
import { udp } from "../support/packets.ts";

describe("IPv6 fragments", () => {
  const options = hex("11 00 0104 00000000");
  const datagram = concat(
    options,
    udp(
      { source: "2001:db8::3", destination: "2001:db8:9::9", sourcePort: 51000, destinationPort: 3481 },
      CONTENT,
    ).subarray(40),
  );

  it("have no ports where the first one ends before them, which is counted (RFC 7112)", () => {
    const feeder = new Feeder();
    const options = hex(`
      11     # next header 17, UDP
      00     # 8 bytes long
      01 04 00 00 00 00  # padding
    `);
    const datagram = concat(options, DATAGRAM);
    expect(feeder.feed(piece6(0, 8, 60, datagram))).toMatchObject({ kind: PacketKind.otherIp });
    expect(feeder.feed(piece6(8, 48, 60, datagram))).toMatchObject({ kind: PacketKind.otherIp });
    expect(feeder.feed(piece6(48, 108, 60, datagram))).toMatchObject({
      sourcePort: 51000,
      payloadLength: 92,
    });
    expect(oddityNames(feeder)).toEqual(["fragment-first-without-ports"]);
  });

  it("carry the ports behind extension headers, and the first one's protocol counts", () => {
    const feeder = new Feeder();
    expect(feeder.feed(piece6(0, 48, 60, datagram))).toMatchObject({ ...EMPTY_WITH_PORTS, ipLength: 96 });
    expect(feeder.feed(piece6(48, 108, 17, datagram))).toMatchObject({
      ...EMPTY_WITH_PORTS,
      payloadLength: 92,
      ipVersion: 6,
    });
    expect(payloadOf(feeder.packet)).toEqual(CONTENT);
    expect(oddityNames(feeder)).toEqual([]);
  });

  it("carry the ports behind an authentication header, which is part of what was cut up", () => {
    const authentication = concat(hex("11 04 0000 00000001 00000002"), new Uint8Array(12));
    const datagram = concat(authentication, hex("c738 0d99 0064 0000"), CONTENT);
    const feeder = new Feeder();
    const { packet } = feeder;
    feeder.feed(piece6(0, 64, 51, datagram));
    expect(packet).toMatchObject(EMPTY_WITH_PORTS);
    feeder.feed(piece6(64, datagram.length, 51, datagram));
    expect(payloadOf(packet)).toEqual(CONTENT);

    feeder.feed(piece4(0, 64, { protocol: 51, datagram }));
    expect(packet).toMatchObject(EMPTY_WITH_PORTS);
  });

  it("that are the whole datagram are no fragments (RFC 6946)", () => {
    const feeder = new Feeder();
    expect(feeder.feed(piece6(0, 108, 60, datagram))).toMatchObject({
      fragment: false,
      kind: PacketKind.udp,
      payloadLength: 92,
    });
  });
});
