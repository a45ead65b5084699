import { PacketKind, type Packet } from "../../src/wire/packet.ts";
import { concat, Noise, u16, u32, u8 } from "./bytes.ts";
import type { Feeder } from "./decoding.ts";
import { ethernet, ip, udp } from "./packets.ts";

export const SOURCE = "10.1.2.3";
export const DESTINATION = "192.0.2.9";
export const CONTENT: Uint8Array = new Noise(3).bytes(92);
/** 100 bytes behind the IP header: a UDP header and 92 bytes. */
export const DATAGRAM: Uint8Array = udp(
  { source: SOURCE, destination: DESTINATION, sourcePort: 51000, destinationPort: 3481 },
  CONTENT,
).subarray(20);

export interface Piece {
  readonly id?: number;
  readonly protocol?: number;
  readonly datagram?: Uint8Array;
  readonly more?: boolean;
  readonly data?: Uint8Array;
}

/** Bytes `from` to `to` of the datagram as an IPv4 fragment; the last one unless something follows. */
export function piece4(from: number, to: number, options: Piece = {}): Uint8Array {
  const datagram = options.datagram ?? DATAGRAM;
  const more = options.more ?? to < datagram.length;
  const packet = ip(
    {
      source: SOURCE,
      destination: DESTINATION,
      protocol: options.protocol ?? 17,
      id: options.id ?? 7,
      fragment: (more ? 0x2000 : 0) | (from / 8),
    },
    options.data ?? datagram.subarray(from, to),
  );
  return ethernet({ etherType: 0x0800 }, packet);
}

/** Bytes `from` to `to` of an IPv6 datagram's fragmentable part, whose first header is `nextHeader`. */
export function piece6(from: number, to: number, nextHeader: number, datagram: Uint8Array): Uint8Array {
  const more = to < datagram.length ? 1 : 0;
  const header = concat(u8(nextHeader, 0), u16(from | more), u32(0xdeadbeef));
  const packet = ip(
    { source: "2001:db8::3", destination: "2001:db8:9::9", protocol: 44 },
    concat(header, datagram.subarray(from, to)),
  );
  return ethernet({ etherType: 0x86dd }, packet);
}

/** A copy of a packet's payload. */
export function payloadOf(packet: Packet): Uint8Array {
  return Uint8Array.from({ length: packet.payloadEnd - packet.payloadStart }, (_, i) =>
    packet.view.getUint8(packet.payloadStart + i),
  );
}

/** What was odd, by name. */
export function oddityNames(feeder: Feeder): string[] {
  return feeder.oddities
    .list()
    .map((oddity) => oddity.name)
    .toSorted();
}

/** A fragment of DATAGRAM that is not the one which completes it. */
export const EMPTY_WITH_PORTS: Partial<Packet> = {
  kind: PacketKind.udp,
  fragment: true,
  sourcePort: 51000,
  destinationPort: 3481,
  payloadLength: 0,
};
