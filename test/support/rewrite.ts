import { pcap, pcapng, type CapturedPacket, type PcapOptions } from "./captures.ts";
import { readPlainBytes } from "./plain-reader.ts";

/** Captures written again with one thing different. They share nothing with src/. */

/** The packets of a capture with one link type, in its order. */
export function packetsOf(bytes: Uint8Array): { packets: CapturedPacket[]; linkType: number } {
  const { view, packets } = readPlainBytes(bytes);
  return {
    linkType: packets[0]?.linkType ?? 1,
    packets: packets.map((packet) => ({
      time: BigInt(packet.seconds) * 1_000_000_000n + BigInt(packet.nanoseconds),
      bytes: new Uint8Array(view.buffer, view.byteOffset + packet.start, packet.end - packet.start),
      originalLength: packet.originalLength,
    })),
  };
}

/** The same packets, each changed, in a classic pcap file. */
export function rewrittenPcap(
  bytes: Uint8Array,
  change: (packet: CapturedPacket) => CapturedPacket,
  options: PcapOptions = {},
): Uint8Array {
  const { packets, linkType } = packetsOf(bytes);
  return pcap(packets.map(change), { linkType, ...options });
}

/** All times moved. */
export function shiftedPcap(bytes: Uint8Array, seconds: number): Uint8Array {
  const nanoseconds = BigInt(Math.round(seconds * 1e9));
  return rewrittenPcap(bytes, (packet) => ({ ...packet, time: packet.time + nanoseconds }));
}

/** The other byte order. */
export function swappedPcap(bytes: Uint8Array): Uint8Array {
  const isLittle = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === 0xa1b2c3d4;
  return rewrittenPcap(bytes, (packet) => packet, { littleEndian: !isLittle });
}

/** The same packets as pcapng, from one interface without a name. */
export function asPcapng(bytes: Uint8Array): Uint8Array {
  const { packets, linkType } = packetsOf(bytes);
  return pcapng(packets, [{ linkType }]);
}

/** One more 802.1Q tag on the outside of every Ethernet frame. */
export function taggedPcap(bytes: Uint8Array, vlan: number): Uint8Array {
  return rewrittenPcap(bytes, (packet) => {
    const tagged = new Uint8Array(packet.bytes.length + 4);
    tagged.set(packet.bytes.subarray(0, 12));
    tagged.set([0x81, 0x00, vlan >> 8, vlan & 0xff], 12);
    tagged.set(packet.bytes.subarray(12), 16);
    return {
      ...packet,
      bytes: tagged,
      originalLength: (packet.originalLength ?? packet.bytes.length) + 4,
    };
  });
}
