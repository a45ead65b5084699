import { describe, expect, it } from "vitest";
import { QuicDestination } from "../../src/protocols/quic-destination.ts";
import { Packet } from "../../src/wire/packet.ts";
import { concat, hex, Noise, view } from "../support/bytes.ts";

const ID = hex("83 94 c8 f0 3e 51 57 08");

function datagram(bytes: Uint8Array, more: Partial<Packet> = {}): Packet {
  const at = { view: view(bytes), payloadEnd: bytes.length, payloadLength: bytes.length };
  return Object.assign(new Packet(), { ...at, sourcePort: 50000, destinationPort: 443, ...more });
}

/** The id told after so many short headers, each with this id and 40 bytes that look random. */
function told(times: number, id = ID, more: Partial<Packet> = {}): string | undefined {
  const noise = new Noise(9);
  const destination = new QuicDestination();
  for (let i = 0; i < times; i++) destination.add(datagram(concat(hex("5f"), id, noise.bytes(40)), more));
  return destination.id;
}

describe("the connection id of short headers", () => {
  it("is what four or more packets of a client begin with", () => {
    expect(told(4)).toBe("8394c8f03e515708");
    expect(told(40)).toBe("8394c8f03e515708");
    const long = hex("00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13");
    expect(told(4, long)).toBe(Buffer.from(long).toString("hex"));
  });

  it.each<[string, string | undefined]>([
    ["three packets", told(3)],
    ["an id of seven bytes", told(8, ID.subarray(1))],
    ["what a server sends", told(8, ID, { sourcePort: 443, destinationPort: 50000 })],
    ["another port", told(8, ID, { destinationPort: 4433 })],
  ])("is not told by %s", (_name, id) => {
    expect(id).toBeUndefined();
  });

  it("is not told by packets that have other ids, or are cut before its end", () => {
    const destination = new QuicDestination();
    for (let i = 0; i < 8; i++) destination.add(datagram(concat(hex("5f"), new Noise(i + 1).bytes(40))));
    expect(destination.id).toBeUndefined();
    const cut = new QuicDestination();
    for (let i = 0; i < 8; i++) cut.add(datagram(concat(hex("5f"), ID.subarray(0, 6))));
    cut.add(datagram(new Uint8Array()));
    expect(cut.id).toBeUndefined();
  });
});
