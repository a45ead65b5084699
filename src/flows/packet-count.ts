import { IpProtocol } from "../wire/ip-protocol.ts";
import type { Packet } from "../wire/packet.ts";
import type { Direction } from "../words.ts";
import * as layout from "./layout.ts";
import type { OpenHoles } from "./open-holes.ts";
import type { Sighting } from "./sighting.ts";
import { trackTcp } from "./tcp-track.ts";

/** Counts a packet in its flow's record. */
export function countPacket(packet: Packet, seen: Sighting, holes: OpenHoles): void {
  const { seconds, nanoseconds } = seen;
  if (seen.own(layout.PACKETS) === 0) noteFirst(packet, seen);
  // Before the counts and times, which still speak of the packet before this one.
  if (packet.protocol === IpProtocol.tcp) trackTcp(packet, seen, holes);
  if (!seen.timed) seen.mark(layout.META_UNTIMED);
  // Captures are not always in order: the last packet is the one with the latest time.
  const last = seen.own(layout.LAST_SECONDS);
  if (seconds > last || (seconds === last && nanoseconds >= seen.own(layout.LAST_NANOSECONDS))) {
    seen.setOwn(layout.LAST_SECONDS, seconds);
    seen.setOwn(layout.LAST_NANOSECONDS, nanoseconds);
  }
  const first = seen.own(layout.FIRST_SECONDS);
  if (
    seen.timed &&
    (seconds < first || (seconds === first && nanoseconds < seen.own(layout.FIRST_NANOSECONDS)))
  ) {
    seen.setOwn(layout.FIRST_SECONDS, seconds);
    seen.setOwn(layout.FIRST_NANOSECONDS, nanoseconds);
  }
  seen.setOwn(layout.PACKETS, seen.own(layout.PACKETS) + 1);
  countBytes(seen.page, seen.at, seen.direction, packet.ipLength);
}

/** Notes what a direction's first packet alone tells, and of the flow's first one its tunnel and direction. */
function noteFirst(packet: Packet, seen: Sighting): void {
  const d = seen.direction;
  seen.setOwn(layout.FIRST_SECONDS, seen.seconds);
  seen.setOwn(layout.FIRST_NANOSECONDS, seen.nanoseconds);
  seen.setOwn(layout.FIRST_PACKET, seen.packetNumber);
  seen.setOwn(layout.CONTEXT, seen.context + 1);
  const marks = seen.word(layout.MARKS);
  seen.set(
    layout.MARKS,
    d === 0
      ? (marks & 0xffff) | (packet.dscp << 24) | (packet.timeToLive << 16)
      : (marks & 0xffff0000) | (packet.dscp << 8) | packet.timeToLive,
  );
  if (seen.other(layout.PACKETS) > 0) return;
  seen.mark(packet.tunnel << layout.META_TUNNEL_SHIFT);
  if (d === 1) seen.mark(layout.META_FIRST_DIRECTION);
}

/** Adds IP bytes to a direction's count. */
export function countBytes(page: Uint32Array, at: number, d: Direction, length: number): void {
  const low = (page[at + layout.BYTES + d] ?? 0) + length;
  page[at + layout.BYTES + d] = low;
  if (low > 0xffffffff)
    page[at + layout.BYTES_UPPER] = (page[at + layout.BYTES_UPPER] ?? 0) + (d === 0 ? 1 : 0x10000);
}

/**
 * Counts the fragments of a datagram that came before its first one, which is about to be counted. They were seen
 * in the same link context as far as anybody can tell.
 */
export function countEarlierFragments(packet: Packet, seen: Sighting, holes: OpenHoles): void {
  const { protocol, ipLength } = packet;
  const { seconds, nanoseconds, packetNumber, timed } = seen;
  packet.protocol = 0; // nothing of the transport header was in them
  packet.ipLength = packet.earlierBytes;
  seen.seconds = packet.earlierSeconds;
  seen.nanoseconds = packet.earlierNanoseconds;
  seen.packetNumber = packet.earlierPacket;
  seen.timed = true;
  countPacket(packet, seen, holes);
  packet.protocol = protocol;
  packet.ipLength = ipLength;
  seen.seconds = seconds;
  seen.nanoseconds = nanoseconds;
  seen.packetNumber = packetNumber;
  seen.timed = timed;
  seen.setOwn(layout.PACKETS, seen.own(layout.PACKETS) + packet.earlierFragments - 1);
}
