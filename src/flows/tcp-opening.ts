import type { Packet } from "../wire/packet.ts";
import * as layout from "./layout.ts";
import type { Sighting } from "./sighting.ts";
import { isInYoungHole } from "./tcp-sequence.ts";

const OPENED = layout.TCP_SYN_SENT | layout.TCP_SYN_ACK_SENT;

/** True for a SYN or SYN-ACK that the direction sent before: the same number, late or again. */
export function isSameOpening(page: Uint32Array, at: number, packet: Packet, d: 0 | 1): boolean {
  const state = page[at + layout.TCP_STATE] ?? 0;
  return (
    (state & (OPENED << (8 * d))) !== 0 &&
    (state & (layout.TCP_OPENS_AGAIN << d)) === 0 &&
    packet.tcpSequence === page[at + layout.FIRST_SEQUENCE + d]
  );
}

/**
 * True for a SYN or SYN-ACK of another connection in a flow that nobody closed, as far as the capture shows: its numbers have
 * nothing to do with those before. What merely came late precedes the first segment seen, or fills a young hole.
 */
export function isOtherOpening(sequence: number, end: number, seen: Sighting): boolean {
  const first = seen.own(layout.FIRST_SEQUENCE);
  if (((seen.word(layout.TCP_STATE) >>> (8 * seen.direction)) & OPENED) !== 0) return sequence !== first;
  return end !== first && !isInYoungHole(seen, sequence, end);
}
