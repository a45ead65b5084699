import { mix } from "../hash/murmur.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import type { Packet } from "../wire/packet.ts";

/** Bytes of content that are looked at: all of a STUN or RTP header. */
const HEAD_BYTES = 20;
/** Where an IP identification tells packets apart as well, so many do: a tag in front of it leaves as many of a short capture. */
const HEAD_BYTES_BESIDE_ID = 12;
/** The half of what is compared that is of a content's beginning, where the other one is of its end. */
const HEAD_MASK = 0xffff_0000 | 0;
/** A bit of what is compared: a snap length cut the end off. */
export const CUT = 1;

/** Not the flow table's hash, which differs from run to run: what chance pushes out of this table must not. */
export function tupleHash(packet: Packet): number {
  const ports = (packet.sourcePort << 16) | packet.destinationPort;
  let hash = endsHash(packet.source3, packet.destination3, ports, packet.protocol);
  if (packet.ipVersion !== 6) return hash;
  hash = mix(mix(mix(hash, packet.source0), packet.source1), packet.source2);
  return mix(mix(mix(hash, packet.destination0), packet.destination1), packet.destination2);
}

/** Of the addresses' last words, the ports (the source's in the upper half) and the protocol. */
export function endsHash(source: number, destination: number, ports: number, protocol: number): number {
  let hash = Math.imul(source ^ protocol, 0x9e3779b1);
  hash = Math.imul((hash ^ (hash >>> 15)) + destination, 0x27d4eb2f);
  return Math.imul((hash ^ (hash >>> 13)) + ports, 0xc2b2ae35);
}

/** What a packet is found by. */
export function keyHash(tuple: number, ipId: number, ipLength: number, other: number): number {
  const hash = Math.imul((tuple ^ (tuple >>> 15)) + ipId + ipLength * 65537, 0x85ebca6b) ^ other;
  return hash ^ (hash >>> 16);
}

/**
 * Of what a whole packet says behind the IP header, but for the end that `otherHash` looks at. `checksum` is that of UDP where
 * `isSliced` and it tells datagrams apart, else 0.
 */
export function wholeHash(packet: Packet, checksum: number): number {
  const { tcpSequence, tcpAcknowledgement, tcpFlags, tcpWindow, view, payloadStart, payloadEnd } = packet;
  const numbers = tcpHash(tcpSequence, tcpAcknowledgement, tcpFlags, tcpWindow);
  // Of TCP the numbers tell segments apart.
  if (packet.protocol === IpProtocol.tcp) return numbers;
  return checksum === 0
    ? contentHash(view, payloadStart, payloadEnd, packet.ipId, numbers)
    : slicedHash(checksum);
}

/** True of a UDP payload of which the capture has less than `contentHash` looks at, and not all. */
export function isSliced(captured: number, length: number, ipId: number): boolean {
  return captured < HEAD_BYTES && captured < length && (ipId <= 0 || captured < HEAD_BYTES_BESIDE_ID);
}

/** Of a sliced payload, by the datagram's checksum: captures may have cut it at different places. */
export function slicedHash(checksum: number): number {
  const hash = Math.imul(checksum + 1, 0x9e3779b1);
  return hash ^ (hash >>> 15);
}

/** What `isAlike` compares, of a packet whose `wholeHash` or `fragmentHash` is known. */
export function otherHash(packet: Packet, hash: number): number {
  if (packet.ipId > 0 || packet.innerFragment || packet.protocol === IpProtocol.tcp) return hash & ~CUT;
  const { view, payloadStart, payloadEnd, payloadLength } = packet;
  return endHash(hash, view, payloadStart, payloadEnd, payloadLength);
}

/** Of a TCP header; of zeros where there is none. */
export function tcpHash(sequence: number, acknowledgement: number, flags: number, window: number): number {
  const other = Math.imul(sequence ^ Math.imul(acknowledgement, 0xc2b2ae35), 0x27d4eb2f);
  return Math.imul((other ^ (other >>> 13)) + flags + (window << 8), 0x165667b1);
}

/** Of a fragment by its place in the datagram: the one that completes it at one point comes again at another. */
export function fragmentHash(packet: Packet): number {
  const hash = Math.imul(packet.fragmentId ^ Math.imul(packet.fragmentOffset + 1, 0xc2b2ae35), 0x27d4eb2f);
  return Math.imul(hash ^ (hash >>> 15), 0x9e3779b1);
}

/** Of content that is not TCP's: its beginning. Each place looked at costs as much as all the arithmetic. */
export function contentHash(view: DataView, start: number, end: number, ipId: number, seed: number): number {
  const length = end - start;
  let hash = seed;
  if (length < HEAD_BYTES && (ipId <= 0 || length < HEAD_BYTES_BESIDE_ID)) {
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
    return hash ^ (hash >>> 15);
  }
  hash = Math.imul(hash ^ view.getInt32(start), 0x9e3779b1);
  hash = Math.imul((hash ^ (hash >>> 15)) + view.getInt32(start + 4), 0x85ebca6b);
  hash = Math.imul((hash ^ (hash >>> 13)) + view.getInt32(start + 8), 0xc2b2ae35);
  if (ipId <= 0) {
    hash = Math.imul((hash ^ (hash >>> 15)) + view.getInt32(start + 12), 0x27d4eb2f);
    hash = Math.imul((hash ^ (hash >>> 13)) + view.getInt32(start + 16), 0x165667b1);
  }
  return hash ^ (hash >>> 15);
}

/**
 * Of what no IP identification tells apart: a content's hash with that of its last bytes in the lower half; where those were not
 * captured, CUT and what comes next behind the beginning.
 */
export function endHash(hash: number, view: DataView, start: number, end: number, length: number): number {
  const head = hash & HEAD_MASK;
  if (end - start >= length) return end - start < HEAD_BYTES ? head : head | lowerHalf(view, end - 4);
  return end - start < HEAD_BYTES + 4 ? head | CUT : head | CUT | lowerHalf(view, start + HEAD_BYTES);
}

function lowerHalf(view: DataView, at: number): number {
  return (Math.imul(view.getInt32(at), 0x9e3779b1) >>> 16) & ~CUT;
}

/**
 * True where all is equal, or all but the end: one capture has that and the other one not, or one of two that have not has less
 * than what comes next.
 */
export function isAlike(one: number, other: number): boolean {
  if (one === other) return true;
  if (((one ^ other) & HEAD_MASK) !== 0) return false;
  return ((one ^ other) & CUT) !== 0 || (one & ~HEAD_MASK) === CUT || (other & ~HEAD_MASK) === CUT;
}
