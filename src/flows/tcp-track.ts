import type { Packet } from "../wire/packet.ts";
import * as layout from "./layout.ts";
import type { OpenHoles } from "./open-holes.ts";
import { opensAgain } from "./tcp-opening.ts";
import { beginSequence, followSequence, noteTail, tenths } from "./tcp-sequence.ts";

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** A firewall resets what it has no state for at once. */
const PROMPT_SECONDS = 5;

/**
 * After so long, a SYN or SYN-ACK without an answer would have been sent again (RFC 6298, appendix A; 1 s today): the ACK
 * came sooner, and the capture lacks it.
 */
const LONGEST_HANDSHAKE_US = 3_000_000;

/**
 * Follows one TCP segment in its flow's record: state bits for Zeek's conn_state words, segments sent again,
 * acknowledgements, handshake time. Called before the packet is counted; `sameLink` is false where this
 * direction's first packet was seen elsewhere, so that its time to live says nothing. RFC 9293; sequence numbers compare modulo 2^32.
 */
export function trackTcp(
  page: Uint32Array,
  at: number,
  packet: Packet,
  d: 0 | 1,
  seconds: number,
  nanoseconds: number,
  sameLink: boolean,
  flow: number,
  holes: OpenHoles,
): void {
  const flags = packet.tcpFlags;
  const own = 8 * d;
  const other = 8 * (1 - d);
  let state = page[at + layout.TCP_STATE] ?? 0;
  const before = state;
  if ((flags & SYN) !== 0) {
    state |= ((flags & ACK) !== 0 ? layout.TCP_SYN_ACK_SENT : layout.TCP_SYN_SENT) << own;
  } else if ((flags & (ACK | RST)) === ACK) {
    state |= layout.TCP_ACK_SENT << own;
  }

  const length = packet.payloadLength + ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0);
  if (packet.payloadLength > 0) state |= layout.TCP_DATA_SENT << own;
  const known =
    (before & ((layout.TCP_SYN_SENT | layout.TCP_SYN_ACK_SENT | layout.TCP_ACK_SENT) << own)) !== 0;
  const end = (packet.tcpSequence + length) >>> 0;
  const next = page[at + layout.NEXT_SEQUENCE + d] ?? 0;
  let again = false;
  let goesOn = false;
  const now = tenths(seconds, nanoseconds);
  const opening = layout.TCP_OPENS_AGAIN << d;
  const wasOpening = (before & opening) !== 0 && (flags & (SYN | RST)) === 0;
  let anew = wasOpening;
  state &= wasOpening ? ~opening : -1;
  if (!known) beginSequence(page, at, packet, d, end, now);
  else if ((flags & (SYN | RST)) === SYN && opensAgain(page, at, packet, d, end, now)) {
    beginSequence(page, at, packet, d, end, now);
    holes.forget(flow);
    state |= opening;
    anew = true;
  }
  // The other connection never was: the one before goes on.
  else if (wasOpening && packet.tcpSequence !== next) beginSequence(page, at, packet, d, end, now);
  else if ((flags & RST) === 0) {
    if (length > 0) again = followSequence(page, at, packet, d, end, next, now, flow, holes);
    else noteTail(page, at, packet.tcpSequence, d, next, now, flow, holes);
    // Who waits for an answer to what he sent again sends nothing new (RFC 6298, section 5): one was heard elsewhere.
    goesOn = packet.payloadLength > 0 && ((packet.tcpSequence - next) | 0) >= 0;
  }

  if ((flags & RST) !== 0) {
    state |= layout.TCP_RST_SENT << own;
    const theirs = state >>> other;
    if (
      (theirs & layout.TCP_SYN_SENT) !== 0 &&
      (theirs & (layout.TCP_ACK_SENT | layout.TCP_DATA_SENT)) === 0 &&
      ((state >>> own) & layout.TCP_SYN_ACK_SENT) === 0
    ) {
      state |= layout.TCP_SYN_REFUSED;
    }
    state |= resetSigns(page, at, packet, d, state, sameLink, seconds);
  }
  if ((flags & FIN) !== 0) state |= layout.TCP_FIN_SENT << own;

  if ((flags & ACK) !== 0 && (flags & RST) === 0) {
    const ack = packet.tcpAcknowledgement;
    const last = page[at + layout.LAST_ACK + d] ?? 0;
    const acked = (before & ((layout.TCP_SYN_ACK_SENT | layout.TCP_ACK_SENT) << own)) !== 0;
    if (!acked || anew) {
      page[at + layout.FIRST_ACK + d] = ack;
      page[at + layout.LAST_ACK + d] = ack;
    } else if (((ack - last) | 0) > 0) {
      page[at + layout.LAST_ACK + d] = ack;
    }
    const theirs = state >>> other;
    const theirNext = page[at + layout.NEXT_SEQUENCE + 1 - d] ?? 0;
    const heard = (theirs & (layout.TCP_SYN_SENT | layout.TCP_SYN_ACK_SENT | layout.TCP_ACK_SENT)) !== 0;
    if (heard && ((ack - theirNext) | 0) > 0)
      state |= d === 0 ? layout.ACKED_UNSEEN_1 : layout.ACKED_UNSEEN_0;
    if ((theirs & layout.TCP_FIN_SENT) !== 0 && ((ack - theirNext) | 0) >= 0)
      state |= layout.TCP_FIN_ACKED << other;
    // What is behind a hole is not the first that the client sent.
    if (((packet.tcpSequence - next) | 0) <= 0)
      handshakeTime(page, at, state, own, other, flags, seconds, nanoseconds, d);
  }

  // What the other side sends answers; what goes out again unanswered is counted, saturating.
  const unanswered = page[at + layout.UNANSWERED] ?? 0;
  const shift = 16 * d;
  const mine = (unanswered >>> shift) & 0xffff;
  page[at + layout.UNANSWERED] =
    again && mine < 0xffff ? ((mine + 1) << shift) >>> 0 : mine > 0 && !goesOn ? (mine << shift) >>> 0 : 0;

  if (closed(state)) page[at + layout.META] = (page[at + layout.META] ?? 0) | layout.META_CLOSED;
  page[at + layout.TCP_STATE] = state;
}

/**
 * Bits for a reset as a stateful firewall sends it that saw only half of a handshake: in somebody's name, so with
 * another time to live than that one's own packets, and before that one said anything. A server's reset later on,
 * or a load balancer's of an idle connection, is no such sign.
 */
function resetSigns(
  page: Uint32Array,
  at: number,
  packet: Packet,
  d: 0 | 1,
  state: number,
  sameLink: boolean,
  seconds: number,
): number {
  const mine = (state >>> (8 * d)) & 0xff;
  const theirs = (state >>> (8 * (1 - d))) & 0xff;
  const marks = page[at + layout.MARKS] ?? 0;
  const usual = d === 0 ? (marks >>> 16) & 0xff : marks & 0xff;
  const foreign = sameLink && (page[at + layout.PACKETS + d] ?? 0) > 0 && usual !== packet.timeToLive;
  const answersSynAck = (theirs & layout.TCP_SYN_ACK_SENT) !== 0 && (mine & layout.TCP_ACK_SENT) === 0;
  if (answersSynAck && (foreign || (mine & layout.TCP_SYN_SENT) === 0)) return layout.TCP_SYN_ACK_RESET;
  const early = (mine & (layout.TCP_SYN_ACK_SENT | layout.TCP_DATA_SENT)) === layout.TCP_SYN_ACK_SENT;
  const finished = ((mine | theirs) & layout.TCP_FIN_SENT) !== 0;
  // A connection opened ahead and never used is closed by whoever balances the load, after its idle time.
  const prompt = seconds - (page[at + layout.LAST_SECONDS + d] ?? 0) <= PROMPT_SECONDS;
  return foreign && early && prompt && !finished ? layout.TCP_RST_FOREIGN << (8 * d) : 0;
}

function handshakeTime(
  page: Uint32Array,
  at: number,
  state: number,
  own: number,
  other: number,
  flags: number,
  seconds: number,
  nanoseconds: number,
  d: 0 | 1,
): void {
  if ((flags & SYN) !== 0 || page[at + layout.HANDSHAKE_US] !== 0) return;
  const synSent = ((state >>> own) & layout.TCP_SYN_SENT) !== 0;
  const answered = ((state >>> other) & layout.TCP_SYN_ACK_SENT) !== 0;
  // Only the first ACK after one SYN and one SYN-ACK measures the round trip.
  if (!synSent || !answered || page[at + layout.PACKETS + d] !== 1 || page[at + layout.PACKETS + 1 - d] !== 1)
    return;
  const us =
    (seconds - (page[at + layout.FIRST_SECONDS + d] ?? 0)) * 1e6 +
    (nanoseconds - (page[at + layout.FIRST_NANOSECONDS + d] ?? 0)) / 1000;
  if (us > 0 && us <= LONGEST_HANDSHAKE_US) page[at + layout.HANDSHAKE_US] = Math.max(1, Math.round(us));
}

function closed(state: number): boolean {
  if ((state & ((layout.TCP_RST_SENT << 8) | layout.TCP_RST_SENT)) !== 0) return true;
  const fins = (layout.TCP_FIN_SENT << 8) | layout.TCP_FIN_SENT;
  return (state & fins) === fins;
}
