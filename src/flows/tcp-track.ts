import type { Packet } from "../wire/packet.ts";
import { ACK, FIN, RST, SYN } from "../wire/tcp-flags.ts";
import * as layout from "./layout.ts";
import type { OpenHoles } from "./open-holes.ts";
import type { Sighting } from "./sighting.ts";
import { isOtherOpening } from "./tcp-opening.ts";
import { isRefused, resetBits } from "./tcp-reset.ts";
import { beginSequence, followSequence, noteTail } from "./tcp-sequence.ts";

/**
 * After so long, a SYN or SYN-ACK without an answer would have been sent again (RFC 6298, appendix A; 1 s today): the ACK
 * came sooner, and the capture lacks it.
 */
const LONGEST_HANDSHAKE_US = 3_000_000;
/**
 * Data that acknowledges a SYN-ACK may be the first that the client sent, as by stacks that delay the ACK, or the capture lacks
 * the ACK before it, and its time is that at which there was something to say: no later than such an ACK (Linux's longest delay).
 */
const LONGEST_DELAY_US = 200_000;
/** Sooner than this neither a SYN nor a SYN-ACK is sent again: half of the timer's first value (RFC 6298, section 2.1). */
const SOONEST_REPEAT_US = 500_000;

/**
 * Follows one TCP segment in its flow's record: state bits for Zeek's conn_state words, segments sent again,
 * acknowledgements, handshake time. Called before the packet is counted. RFC 9293; sequence numbers compare modulo 2^32.
 */
export function trackTcp(packet: Packet, seen: Sighting, holes: OpenHoles): void {
  const flags = packet.tcpFlags;
  const own = 8 * seen.direction;
  const before = seen.word(layout.TCP_STATE);
  let state = before;
  if ((flags & SYN) !== 0) {
    state |= ((flags & ACK) !== 0 ? layout.TCP_SYN_ACK_SENT : layout.TCP_SYN_SENT) << own;
    if ((flags & ACK) === 0 && isRefused(packet, seen, state)) state |= layout.TCP_SYN_REFUSED;
  } else if ((flags & (ACK | RST)) === ACK) {
    state |= layout.TCP_ACK_SENT << own;
  }
  if (packet.payloadLength > 0) state |= layout.TCP_DATA_SENT << own;

  const length = packet.payloadLength + ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0);
  const end = (packet.tcpSequence + length) >>> 0;
  const ahead = (packet.tcpSequence - seen.own(layout.NEXT_SEQUENCE)) | 0;
  let again = false;
  let goesOn = false;
  const opening = layout.TCP_OPENS_AGAIN << seen.direction;
  const wasOpening = (before & opening) !== 0 && (flags & (SYN | RST)) === 0;
  let anew = wasOpening;
  if (wasOpening) state &= ~opening;
  if (((before >>> own) & layout.TCP_HEARD) === 0) beginSequence(seen, packet.tcpSequence, end);
  else if ((flags & (SYN | RST)) === SYN && isOtherOpening(packet.tcpSequence, end, seen)) {
    beginSequence(seen, packet.tcpSequence, end);
    holes.forget(seen.flow);
    state |= opening;
    anew = true;
  }
  // The other connection never was: the one before goes on.
  else if (wasOpening && ahead !== 0) beginSequence(seen, packet.tcpSequence, end);
  else if ((flags & RST) === 0) {
    // Who waits for an answer to what he sent again sends nothing new (RFC 5681, section 3.1): one was heard elsewhere.
    goesOn = packet.payloadLength > 0 && ahead >= 0;
    if (length > 0) again = followSequence(packet, end, seen, holes);
    else noteTail(packet.tcpSequence, seen, holes);
  }

  if ((flags & RST) !== 0) {
    state = resetBits(packet, seen, state);
    // What it refuses may still come: the buffers of two interfaces are not in step.
    if ((flags & ACK) !== 0 && seen.own(layout.PACKETS) === 0 && seen.other(layout.PACKETS) === 0)
      noteAcknowledgement(packet.tcpAcknowledgement, seen, true);
  }
  if ((flags & FIN) !== 0) state |= layout.TCP_FIN_SENT << own;
  if ((flags & (ACK | RST)) === ACK) {
    noteAcknowledgement(packet.tcpAcknowledgement, seen, ((before >>> own) & layout.TCP_ACKED) === 0 || anew);
    state = acknowledgedBits(packet.tcpAcknowledgement, seen, state);
    // What is behind a hole is not the first that the client sent.
    if ((flags & SYN) === 0 && ahead <= 0 && seen.word(layout.HANDSHAKE_US) === 0)
      noteHandshake(seen, state, packet);
  }
  countUnanswered(seen, again, goesOn);
  if (isClosed(state)) seen.mark(layout.META_CLOSED);
  seen.set(layout.TCP_STATE, state);
}

function noteAcknowledgement(ack: number, seen: Sighting, isFirst: boolean): void {
  if (isFirst) seen.setOwn(layout.FIRST_ACK, ack);
  if (isFirst || ((ack - seen.own(layout.LAST_ACK)) | 0) > 0) seen.setOwn(layout.LAST_ACK, ack);
}

/** State with what an acknowledgement tells of the other direction: data of it that was not seen, or that its FIN arrived. */
function acknowledgedBits(ack: number, seen: Sighting, state: number): number {
  const d = seen.direction;
  const other = 8 - 8 * d;
  const theirs = state >>> other;
  const ahead = (ack - seen.other(layout.NEXT_SEQUENCE)) | 0;
  let bits = 0;
  if ((theirs & layout.TCP_HEARD) !== 0 && ahead > 0)
    bits |= d === 0 ? layout.ACKED_UNSEEN_1 : layout.ACKED_UNSEEN_0;
  if ((theirs & layout.TCP_FIN_SENT) !== 0 && ahead >= 0) bits |= layout.TCP_FIN_ACKED << other;
  return state | bits;
}

/** Notes the time from a SYN to the first ACK behind its SYN-ACK. */
function noteHandshake(seen: Sighting, state: number, packet: Packet): void {
  const own = 8 * seen.direction;
  const synSent = ((state >>> own) & layout.TCP_SYN_SENT) !== 0;
  const answered = ((state >>> (8 - own)) & layout.TCP_SYN_ACK_SENT) !== 0;
  if (!synSent || !answered) return;
  // Only the first ACK after one SYN and one SYN-ACK measures the round trip; data behind it may have overtaken it.
  const isNext = seen.own(layout.PACKETS) === 1 && seen.other(layout.PACKETS) === 1;
  const isOvertaken = ((state >>> own) & layout.TCP_DATA_SENT) !== 0 && isLastOfHandshake(packet, seen);
  if (!isNext && !isOvertaken) return;
  const us = microsecondsSince(seen, seen.own(layout.FIRST_SECONDS), seen.own(layout.FIRST_NANOSECONDS));
  if (us <= 0 || us > (isNext ? LONGEST_HANDSHAKE_US : SOONEST_REPEAT_US)) return;
  if (packet.payloadLength > 0) {
    const here = microsecondsSince(
      seen,
      seen.other(layout.FIRST_SECONDS),
      seen.other(layout.FIRST_NANOSECONDS),
    );
    if (here > Math.max(us - here, LONGEST_DELAY_US)) return;
  }
  seen.set(layout.HANDSHAKE_US, Math.max(1, Math.round(us)));
}

/** Who has sent data acknowledges behind it: an empty segment at its beginning was sent before. */
function isLastOfHandshake(packet: Packet, seen: Sighting): boolean {
  return (
    packet.payloadLength === 0 &&
    (packet.tcpFlags & FIN) === 0 &&
    packet.tcpSequence === (seen.own(layout.FIRST_SEQUENCE) + 1) >>> 0 &&
    packet.tcpAcknowledgement === (seen.other(layout.FIRST_SEQUENCE) + 1) >>> 0
  );
}

function microsecondsSince(seen: Sighting, seconds: number, nanoseconds: number): number {
  return (seen.seconds - seconds) * 1e6 + (seen.nanoseconds - nanoseconds) / 1000;
}

/** What the other side sends answers; what goes out again unanswered is counted, saturating. */
function countUnanswered(seen: Sighting, again: boolean, goesOn: boolean): void {
  const shift = 16 * seen.direction;
  const count = (seen.word(layout.UNANSWERED) >>> shift) & 0xffff;
  const now = again && count < 0xffff ? count + 1 : goesOn ? 0 : count;
  seen.set(layout.UNANSWERED, now << shift);
}

function isClosed(state: number): boolean {
  if ((state & ((layout.TCP_RST_SENT << 8) | layout.TCP_RST_SENT)) !== 0) return true;
  const fins = (layout.TCP_FIN_SENT << 8) | layout.TCP_FIN_SENT;
  return (state & fins) === fins;
}
