import type { Packet } from "../wire/packet.ts";
import * as layout from "./layout.ts";
import type { OpenHoles } from "./open-holes.ts";
import { trackTcp } from "./tcp-track.ts";

/** Counts a packet in its flow's record; `number` is its packet number, `context` its link context. */
export function countPacket(
  page: Uint32Array,
  at: number,
  packet: Packet,
  direction: 0 | 1,
  seconds: number,
  nanoseconds: number,
  number: number,
  context: number,
  timed: boolean,
  flow: number,
  holes: OpenHoles,
): void {
  const d = direction;
  if (page[at + layout.PACKETS + d] === 0) {
    page[at + layout.FIRST_SECONDS + d] = seconds;
    page[at + layout.FIRST_NANOSECONDS + d] = nanoseconds;
    page[at + layout.FIRST_PACKET + d] = number;
    page[at + layout.CONTEXT + d] = context + 1;
    const marks = page[at + layout.MARKS] ?? 0;
    page[at + layout.MARKS] =
      d === 0
        ? ((marks & 0xffff) | (packet.dscp << 24) | (packet.timeToLive << 16)) >>> 0
        : ((marks & 0xffff0000) | (packet.dscp << 8) | packet.timeToLive) >>> 0;
    if (page[at + layout.PACKETS + 1 - d] === 0) {
      let meta = (page[at + layout.META] ?? 0) | (packet.tunnel << layout.META_TUNNEL_SHIFT);
      if (d === 1) meta |= layout.META_FIRST_DIRECTION;
      page[at + layout.META] = meta;
    }
  }
  // Before the counts and times, which still speak of the packet before this one.
  if (packet.protocol === 6) {
    const sameLink = page[at + layout.CONTEXT + d] === context + 1;
    trackTcp(page, at, packet, d, seconds, nanoseconds, sameLink, flow, holes);
  }
  if (!timed) page[at + layout.META] = (page[at + layout.META] ?? 0) | layout.META_UNTIMED;
  // Captures are not always in order: the last packet is the one with the latest time.
  const last = page[at + layout.LAST_SECONDS + d] ?? 0;
  if (seconds > last || (seconds === last && nanoseconds >= (page[at + layout.LAST_NANOSECONDS + d] ?? 0))) {
    page[at + layout.LAST_SECONDS + d] = seconds;
    page[at + layout.LAST_NANOSECONDS + d] = nanoseconds;
  }
  const first = page[at + layout.FIRST_SECONDS + d] ?? 0;
  if (
    timed &&
    (seconds < first || (seconds === first && nanoseconds < (page[at + layout.FIRST_NANOSECONDS + d] ?? 0)))
  ) {
    page[at + layout.FIRST_SECONDS + d] = seconds;
    page[at + layout.FIRST_NANOSECONDS + d] = nanoseconds;
  }
  page[at + layout.PACKETS + d] = (page[at + layout.PACKETS + d] ?? 0) + 1;
  countBytes(page, at, d, packet.ipLength);
}

/** Adds IP bytes to a direction's count. */
export function countBytes(page: Uint32Array, at: number, d: 0 | 1, length: number): void {
  const low = (page[at + layout.BYTES + d] ?? 0) + length;
  page[at + layout.BYTES + d] = low;
  if (low > 0xffffffff)
    page[at + layout.BYTES_UPPER] = (page[at + layout.BYTES_UPPER] ?? 0) + (d === 0 ? 1 : 0x10000);
}

/**
 * Counts the fragments of a datagram that came before its first one, which is about to be counted. They were seen
 * in the same link context as far as anybody can tell.
 */
export function countEarlierFragments(
  page: Uint32Array,
  at: number,
  packet: Packet,
  direction: 0 | 1,
  context: number,
  flow: number,
  holes: OpenHoles,
): void {
  const { protocol, ipLength, earlierFragments } = packet;
  packet.protocol = 0; // nothing of the transport header was in them
  packet.ipLength = packet.earlierBytes;
  const { earlierSeconds: seconds, earlierNanoseconds: nanoseconds } = packet;
  countPacket(
    page,
    at,
    packet,
    direction,
    seconds,
    nanoseconds,
    packet.earlierPacket,
    context,
    true,
    flow,
    holes,
  );
  packet.protocol = protocol;
  packet.ipLength = ipLength;
  page[at + layout.PACKETS + direction] = (page[at + layout.PACKETS + direction] ?? 0) + earlierFragments - 1;
}
