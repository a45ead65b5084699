import type { Packet } from "../wire/packet.ts";
import { ACK, FIN, SYN } from "../wire/tcp-flags.ts";
import * as layout from "./layout.ts";
import { isYoung, type OpenHoles } from "./open-holes.ts";
import type { Sighting } from "./sighting.ts";

/** A segment that fills a hole within this time (tenths of a millisecond) was reordered, not sent again (tshark's bound). */
const REORDER_TENTHS = 30;
/** As much before the first segment seen is taken for a hole: the largest window (RFC 7323, section 2.3). */
const UNSEEN_BEFORE = 2 ** 30;
/** An acknowledgement further ahead than a lost flight is long says nothing of what was sent: it may be of another connection. */
const LONGEST_TAIL = 2 ** 20;

// Below, `next` is the sequence number after the highest byte sent, `end` that after a segment's last byte; all compare
// modulo 2^32 (RFC 9293, section 3.4).

/** Begins with a direction's first segment. */
export function beginSequence(seen: Sighting, sequence: number, end: number): void {
  seen.setOwn(layout.FIRST_SEQUENCE, sequence);
  seen.setOwn(layout.NEXT_SEQUENCE, end);
  seen.set(layout.META, seen.word(layout.META) & ~(layout.META_TAIL_UNSEEN << seen.direction));
  // What comes before the first segment that was seen is unseen, too.
  setHole(seen, sequence - UNSEEN_BEFORE, sequence, nowOf(seen));
}

/** Moves the highest byte sent; true when the segment, which is not empty, had been sent before. */
export function followSequence(packet: Packet, end: number, seen: Sighting, holes: OpenHoles): boolean {
  const next = seen.own(layout.NEXT_SEQUENCE);
  let repeats = isRepeated(packet, end, seen, holes);
  const { lag, direction, context } = seen;
  if (lag !== undefined) {
    const now = nowOf(seen);
    if (repeats && lag.isBehind(direction, context, packet.tcpSequence, end, now, longestReorder(seen)))
      repeats = false;
    if (((end - next) | 0) > 0) lag.led(direction, context, end, now);
  }
  if (repeats) seen.set(layout.RETRANSMISSIONS, seen.word(layout.RETRANSMISSIONS) + 1);
  return repeats;
}

function isRepeated(packet: Packet, end: number, seen: Sighting, holes: OpenHoles): boolean {
  const sequence = packet.tcpSequence;
  const next = seen.own(layout.NEXT_SEQUENCE);
  if (((end - next) | 0) > 0) {
    seen.setOwn(layout.NEXT_SEQUENCE, end);
    const ahead = (sequence - next) | 0;
    let isLate = false;
    if (seen.isMarkedOwn(layout.META_TAIL_UNSEEN)) isLate = fillTail(seen, sequence, end, next, holes);
    else if (ahead > 0) openHole(seen, next, sequence, holes);
    // Sent again with new data behind it; the one byte of a zero-window probe is as good as not sent.
    return isLate || ahead < -1;
  }
  // A keep-alive repeats the last byte, and only that (RFC 9293, section 3.8.4).
  const isKeepAlive = packet.payloadLength <= 1 && (packet.tcpFlags & (SYN | FIN)) === 0;
  if (isKeepAlive && sequence === (next - 1) >>> 0) return false;
  if (opensToo(packet, seen)) return false;
  const since = fillHole(seen, sequence, end, holes);
  // Not since the last packet: behind a lost segment others go on, and what fills a hole comes at once.
  return since < 0 || !mayBeLate(seen, since);
}

/**
 * Notes what an empty segment says of data that was not seen before it: what comes of it later is late or sent again. It is
 * no data seen, so the highest byte sent stays where it is.
 */
export function noteTail(sequence: number, seen: Sighting, holes: OpenHoles): void {
  const next = seen.own(layout.NEXT_SEQUENCE);
  const ahead = (sequence - next) | 0;
  if (ahead <= 0 || ahead > LONGEST_TAIL) return;
  if (!seen.isMarkedOwn(layout.META_TAIL_UNSEEN)) {
    openHole(seen, next, sequence, holes);
    // It was lost before now: what is sent again may come before a round trip is over.
    seen.setOwn(layout.HOLE_SINCE, nowOf(seen) - longestReorder(seen) + REORDER_TENTHS);
    seen.mark(layout.META_TAIL_UNSEEN << seen.direction);
  } else if (((sequence - holeTo(seen)) | 0) > 0) setHole(seen, holeFrom(seen), sequence, holeSince(seen));
}

/** A segment behind the highest byte seen, where an empty one told of more; true where it was sent again. */
function fillTail(seen: Sighting, sequence: number, end: number, next: number, holes: OpenHoles): boolean {
  const to = holeTo(seen);
  const since = holeSince(seen);
  if (((end - to) | 0) >= 0)
    seen.set(layout.META, seen.word(layout.META) & ~(layout.META_TAIL_UNSEEN << seen.direction));
  if (((sequence - to) | 0) >= 0) {
    if (sequence !== to) openHole(seen, to, sequence, holes);
    return false;
  }
  if (((sequence - next) | 0) > 0) keepHole(seen, next, sequence, holes);
  setHole(seen, end, ((end - to) | 0) > 0 ? end : to, since);
  return !mayBeLate(seen, since);
}

/** Takes a segment's bytes out of the hole that they are in; answers with when it opened, or with -1. */
function fillHole(seen: Sighting, sequence: number, end: number, holes: OpenHoles): number {
  const from = holeFrom(seen);
  const to = holeTo(seen);
  const since = holeSince(seen);
  if (from === to || ((sequence - from) | 0) < 0 || ((end - to) | 0) > 0)
    return holes.fill(seen.flow, seen.direction, sequence, end, nowOf(seen), longestReorder(seen));
  if (end === to) setHole(seen, from, sequence, since);
  else {
    if (sequence !== from) keepHole(seen, from, sequence, holes);
    setHole(seen, end, to, since);
  }
  return since;
}

/** True where the newest hole has all of a segment, which may be late. */
export function isInYoungHole(seen: Sighting, sequence: number, end: number): boolean {
  return (
    ((sequence - holeFrom(seen)) | 0) >= 0 &&
    ((end - holeTo(seen)) | 0) <= 0 &&
    mayBeLate(seen, holeSince(seen))
  );
}

/** Makes a hole the newest one. */
function openHole(seen: Sighting, from: number, to: number, holes: OpenHoles): void {
  if (holeFrom(seen) !== holeTo(seen)) keepHole(seen, holeFrom(seen), holeTo(seen), holes);
  setHole(seen, from, to, nowOf(seen));
}

/** Keeps a hole as old as the newest one beside the record, unless what fills it was sent again in any case. */
function keepHole(seen: Sighting, from: number, to: number, holes: OpenHoles): void {
  const since = holeSince(seen);
  if (mayBeLate(seen, since))
    holes.add(seen.flow, seen.direction, from, to, since, nowOf(seen), longestReorder(seen));
}

/** The newest hole in what the packet's direction sent, empty where both ends are the same. */
function holeFrom(seen: Sighting): number {
  return seen.word(layout.HOLE + 2 * seen.direction);
}

function holeTo(seen: Sighting): number {
  return seen.word(layout.HOLE + 2 * seen.direction + 1);
}

/** When it opened, in tenths of a millisecond modulo 2^32. */
function holeSince(seen: Sighting): number {
  return seen.own(layout.HOLE_SINCE);
}

function setHole(seen: Sighting, from: number, to: number, since: number): void {
  seen.set(layout.HOLE + 2 * seen.direction, from);
  seen.set(layout.HOLE + 2 * seen.direction + 1, to);
  seen.setOwn(layout.HOLE_SINCE, since);
}

/** Whether a hole of that age may still be filled by what was only reordered. */
function mayBeLate(seen: Sighting, since: number): boolean {
  return isYoung(since, nowOf(seen), longestReorder(seen));
}

/** Tenths of a millisecond: half the handshake's round trip where that is longer, since what is sent again takes a whole one. */
function longestReorder(seen: Sighting): number {
  return Math.max(REORDER_TENTHS, seen.word(layout.HANDSHAKE_US) / 200);
}

function nowOf(seen: Sighting): number {
  return tenthsOf(seen.seconds, seen.nanoseconds);
}

/** A time in tenths of a millisecond, modulo 2^32: it goes round every five days. */
export function tenthsOf(seconds: number, nanoseconds: number): number {
  return (seconds * 1e4 + nanoseconds / 1e5) >>> 0;
}

/** True for the SYN-ACK of an end that had sent its SYN: both opened at once (RFC 9293, section 3.5). */
function opensToo(packet: Packet, seen: Sighting): boolean {
  const sent = seen.word(layout.TCP_STATE) >>> (8 * seen.direction);
  const syns = sent & (layout.TCP_SYN_SENT | layout.TCP_SYN_ACK_SENT);
  return (packet.tcpFlags & (SYN | ACK)) === (SYN | ACK) && syns === layout.TCP_SYN_SENT;
}
