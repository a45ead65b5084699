import type { Packet } from "../wire/packet.ts";
import * as layout from "./layout.ts";
import { isYoung, type OpenHoles } from "./open-holes.ts";

const FIN = 1;
const SYN = 2;
const ACK = 16;

/** A segment that fills a hole within this time (tenths of a millisecond) was reordered, not sent again (tshark's bound). */
const REORDER_TENTHS = 30;
/** As much before the first segment seen is taken for a hole: the largest window (RFC 7323, section 2.3). */
const UNSEEN_BEFORE = 2 ** 30;
/** An acknowledgement further ahead than a lost flight is long says nothing of what was sent: it may be of another connection. */
const LONGEST_TAIL = 2 ** 20;

/** Begins with a direction's first segment. */
export function beginSequence(
  page: Uint32Array,
  at: number,
  packet: Packet,
  d: 0 | 1,
  end: number,
  now: number,
): void {
  page[at + layout.FIRST_SEQUENCE + d] = packet.tcpSequence;
  page[at + layout.NEXT_SEQUENCE + d] = end;
  const meta = page[at + layout.META] ?? 0;
  page[at + layout.META] = (meta & ~(layout.META_TAIL_UNSEEN << d)) >>> 0;
  // What comes before the first segment that was seen is unseen, too.
  setHole(page, at, d, packet.tcpSequence - UNSEEN_BEFORE, packet.tcpSequence, now);
}

/** Moves the highest byte sent; true when the segment, which is not empty, had been sent before. */
export function followSequence(
  page: Uint32Array,
  at: number,
  packet: Packet,
  d: 0 | 1,
  end: number,
  next: number,
  now: number,
  flow: number,
  holes: OpenHoles,
): boolean {
  const sequence = packet.tcpSequence;
  if (((end - next) | 0) > 0) {
    page[at + layout.NEXT_SEQUENCE + d] = end;
    let isLate = false;
    if (((page[at + layout.META] ?? 0) & (layout.META_TAIL_UNSEEN << d)) !== 0)
      isLate = fillTail(page, at, d, sequence, end, next, now, flow, holes);
    else if (((sequence - next) | 0) > 0) openHole(page, at, d, next, sequence, now, flow, holes);
    // Sent again with new data behind it; the one byte of a zero-window probe is as good as not sent.
    const repeats = isLate || ((sequence - next) | 0) < -1;
    if (repeats) page[at + layout.RETRANSMISSIONS] = (page[at + layout.RETRANSMISSIONS] ?? 0) + 1;
    return repeats;
  }
  // A keep-alive repeats the last byte, and only that (RFC 9293, section 3.8.4).
  if (packet.payloadLength <= 1 && (packet.tcpFlags & (SYN | FIN)) === 0 && sequence === (next - 1) >>> 0) {
    return false;
  }
  if ((packet.tcpFlags & SYN) !== 0 && opensToo(page[at + layout.TCP_STATE] ?? 0, packet, d)) return false;
  const since = fillHole(page, at, d, sequence, end, now, flow, holes);
  // Not since the last packet: behind a lost segment others go on, and what fills a hole comes at once.
  if (since >= 0 && mayBeLate(page, at, since, now)) return false;
  page[at + layout.RETRANSMISSIONS] = (page[at + layout.RETRANSMISSIONS] ?? 0) + 1;
  return true;
}

/**
 * Notes what an empty segment says of data that was not seen before it: what comes of it later is late or sent again. It is
 * no data seen, so the highest byte sent stays where it is.
 */
export function noteTail(
  page: Uint32Array,
  at: number,
  sequence: number,
  d: 0 | 1,
  next: number,
  now: number,
  flow: number,
  holes: OpenHoles,
): void {
  const ahead = (sequence - next) | 0;
  if (ahead <= 0 || ahead > LONGEST_TAIL) return;
  const meta = page[at + layout.META] ?? 0;
  if ((meta & (layout.META_TAIL_UNSEEN << d)) === 0) {
    openHole(page, at, d, next, sequence, now, flow, holes);
    // It was lost before now: what is sent again may come before a round trip is over.
    page[at + layout.HOLE_SINCE + d] = now - longestReorder(page, at) + REORDER_TENTHS;
    page[at + layout.META] = (meta | (layout.META_TAIL_UNSEEN << d)) >>> 0;
    return;
  }
  const to = at + layout.HOLE + 2 * d + 1;
  if (((sequence - (page[to] ?? 0)) | 0) > 0) page[to] = sequence;
}

/** A segment behind the highest byte seen, where an empty one told of more; true where it was sent again. */
function fillTail(
  page: Uint32Array,
  at: number,
  d: 0 | 1,
  sequence: number,
  end: number,
  next: number,
  now: number,
  flow: number,
  holes: OpenHoles,
): boolean {
  const to = page[at + layout.HOLE + 2 * d + 1] ?? 0;
  const since = page[at + layout.HOLE_SINCE + d] ?? 0;
  if (((end - to) | 0) >= 0)
    page[at + layout.META] = ((page[at + layout.META] ?? 0) & ~(layout.META_TAIL_UNSEEN << d)) >>> 0;
  if (((sequence - to) | 0) >= 0) {
    if (sequence !== to) openHole(page, at, d, to, sequence, now, flow, holes);
    return false;
  }
  if (((sequence - next) | 0) > 0) keepHole(page, at, d, next, sequence, now, flow, holes);
  setHole(page, at, d, end, ((end - to) | 0) > 0 ? end : to, since);
  return !mayBeLate(page, at, since, now);
}

/** Takes a segment's bytes out of the hole that they are in; answers with when it opened, or with -1. */
function fillHole(
  page: Uint32Array,
  at: number,
  d: 0 | 1,
  sequence: number,
  end: number,
  now: number,
  flow: number,
  holes: OpenHoles,
): number {
  const hole = at + layout.HOLE + 2 * d;
  const from = page[hole] ?? 0;
  const to = page[hole + 1] ?? 0;
  if (from === to || ((sequence - from) | 0) < 0 || ((end - to) | 0) > 0)
    return holes.fill(flow, d, sequence, end, now, longestReorder(page, at));
  if (end === to) page[hole + 1] = sequence;
  else {
    if (sequence !== from) keepHole(page, at, d, from, sequence, now, flow, holes);
    page[hole] = end;
  }
  return page[at + layout.HOLE_SINCE + d] ?? 0;
}

/** True where the newest hole has all of a segment, which may be late. */
export function isInYoungHole(
  page: Uint32Array,
  at: number,
  d: 0 | 1,
  sequence: number,
  end: number,
  now: number,
): boolean {
  const from = page[at + layout.HOLE + 2 * d] ?? 0;
  const to = page[at + layout.HOLE + 2 * d + 1] ?? 0;
  return (
    ((sequence - from) | 0) >= 0 &&
    ((end - to) | 0) <= 0 &&
    mayBeLate(page, at, page[at + layout.HOLE_SINCE + d] ?? 0, now)
  );
}

function openHole(
  page: Uint32Array,
  at: number,
  d: 0 | 1,
  from: number,
  to: number,
  now: number,
  flow: number,
  holes: OpenHoles,
): void {
  const hole = at + layout.HOLE + 2 * d;
  if (page[hole] !== page[hole + 1])
    keepHole(page, at, d, page[hole] ?? 0, page[hole + 1] ?? 0, now, flow, holes);
  setHole(page, at, d, from, to, now);
}

/** Keeps a hole as old as the newest one beside the record, unless what fills it was sent again in any case. */
function keepHole(
  page: Uint32Array,
  at: number,
  d: 0 | 1,
  from: number,
  to: number,
  now: number,
  flow: number,
  holes: OpenHoles,
): void {
  const since = page[at + layout.HOLE_SINCE + d] ?? 0;
  if (mayBeLate(page, at, since, now)) holes.add(flow, d, from, to, since, now, longestReorder(page, at));
}

function setHole(page: Uint32Array, at: number, d: 0 | 1, from: number, to: number, since: number): void {
  page[at + layout.HOLE + 2 * d] = from;
  page[at + layout.HOLE + 2 * d + 1] = to;
  page[at + layout.HOLE_SINCE + d] = since;
}

function mayBeLate(page: Uint32Array, at: number, since: number, now: number): boolean {
  return isYoung(since, now, longestReorder(page, at));
}

function longestReorder(page: Uint32Array, at: number): number {
  return Math.max(REORDER_TENTHS, (page[at + layout.HANDSHAKE_US] ?? 0) / 200);
}

/** A time in tenths of a millisecond, modulo 2^32. */
export function tenths(seconds: number, nanoseconds: number): number {
  return (seconds * 1e4 + nanoseconds / 1e5) >>> 0;
}

/** True for the SYN-ACK of an end that had sent its SYN: both opened at once (RFC 9293, section 3.5). */
function opensToo(before: number, packet: Packet, d: 0 | 1): boolean {
  const mine = before >>> (8 * d);
  const syns = mine & (layout.TCP_SYN_SENT | layout.TCP_SYN_ACK_SENT);
  return (packet.tcpFlags & ACK) !== 0 && syns === layout.TCP_SYN_SENT;
}
