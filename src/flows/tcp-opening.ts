import type { Packet } from "../wire/packet.ts";
import type { Direction } from "../words.ts";
import * as layout from "./layout.ts";
import type { Sighting } from "./sighting.ts";
import { isInYoungHole } from "./tcp-sequence.ts";

const OPENED = layout.TCP_SYN_SENT | layout.TCP_SYN_ACK_SENT;

/**
 * True for the SYN or SYN-ACK of the flow's connection: one that the direction sent before, late or again; or the first that is
 * seen, late because it was captured by another clock than what came of it (a reset, too), which begins just behind it.
 */
export function isSameOpening(page: Uint32Array, at: number, packet: Packet, d: Direction): boolean {
  const state = page[at + layout.TCP_STATE] ?? 0;
  if ((state & (layout.TCP_OPENS_AGAIN << d)) !== 0) return false;
  const sequence = packet.tcpSequence;
  const mine = state >>> (8 * d);
  if ((mine & OPENED) !== 0) return sequence === page[at + layout.FIRST_SEQUENCE + d];
  const end = (sequence + 1) >>> 0;
  if ((mine & layout.TCP_ACK_SENT) !== 0 && end === page[at + layout.FIRST_SEQUENCE + d]) return true;
  const theirs = state >>> (8 - 8 * d);
  const answered = (theirs & (layout.TCP_ACKED | layout.TCP_RST_SENT)) !== 0;
  return answered && end === page[at + layout.FIRST_ACK + 1 - d];
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
