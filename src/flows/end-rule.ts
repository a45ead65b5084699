import { IpProtocol } from "../wire/ip-protocol.ts";
import type { Packet } from "../wire/packet.ts";
import { ACK, FIN, RST, SYN } from "../wire/tcp-flags.ts";
import type { Direction } from "../words.ts";
import { isWithoutTime, silenceUntil, startDirection } from "./flow-span.ts";
import * as layout from "./layout.ts";
import { isSameOpening } from "./tcp-opening.ts";

/** A closed connection's SYN that comes again so many seconds later opens another one. */
const LATE_SYN_SECONDS = 1;

/** Idle time-outs in seconds: TCP 1 h, UDP 5 min; none for active flows. */
export interface Timeouts {
  readonly tcp: number;
  readonly udp: number;
  /** Longest time that one row covers; Infinity for no bound. */
  readonly active: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = { tcp: 3600, udp: 300, active: Number.POSITIVE_INFINITY };

/** When a flow is over: idle too long, as long as one row may be, or closed and opened again. */
export class EndRule {
  readonly timeouts: Timeouts;

  constructor(timeouts: Timeouts) {
    this.timeouts = timeouts;
  }

  /** A flow is over that was silent for more seconds than this. */
  idle(page: Uint32Array, at: number): number {
    const protocol = (page[at + layout.META] ?? 0) & layout.META_PROTOCOL;
    return protocol === IpProtocol.tcp ? this.timeouts.tcp : this.timeouts.udp;
  }

  /** As `idle`, of a flow that FIN or RST closed no more than `linger`. */
  idleAfter(page: Uint32Array, at: number, linger: number): number {
    const idle = this.idle(page, at);
    return linger < idle && ((page[at + layout.META] ?? 0) & layout.META_CLOSED) !== 0 ? linger : idle;
  }

  /** True when a packet of a flow's 5-tuple, in its direction `d`, is the first of another flow. */
  isOver(
    page: Uint32Array,
    at: number,
    packet: Packet,
    d: Direction,
    seconds: number,
    nanoseconds: number,
  ): boolean {
    const silence = silenceUntil(page, at, seconds, nanoseconds);
    if (silence > this.idle(page, at) && !isWithoutTime(page, at)) return true;
    const first = startDirection(page, at);
    const age =
      seconds -
      (page[at + layout.FIRST_SECONDS + first] ?? 0) +
      (nanoseconds - (page[at + layout.FIRST_NANOSECONDS + first] ?? 0)) / 1e9;
    if (age > this.timeouts.active) return true;
    return packet.protocol === IpProtocol.tcp && opensAgain(page, at, packet, d, silence);
  }
}

/** True for the SYN, or where that was not captured the SYN-ACK, of another connection between the same ports. */
function opensAgain(page: Uint32Array, at: number, packet: Packet, d: Direction, silence: number): boolean {
  if ((packet.tcpFlags & (SYN | FIN | RST)) !== SYN) return false;
  const state = page[at + layout.TCP_STATE] ?? 0;
  const mine = state >>> (8 * d);
  const isSyn = (packet.tcpFlags & ACK) === 0;
  const isClosed = ((page[at + layout.META] ?? 0) & layout.META_CLOSED) !== 0;
  // Who was heard before and opens after the other's FIN sent one, too, which the capture lost.
  const isHalfClosed =
    ((state >>> (8 - 8 * d)) & layout.TCP_FIN_SENT) !== 0 && (mine & layout.TCP_HEARD) !== 0;
  // Who sent a FIN opens another connection with its next SYN or SYN-ACK: the other side may be captured elsewhere.
  if ((mine & layout.TCP_FIN_SENT) === 0 && !(isSyn && (isClosed || isHalfClosed))) return false;
  // The SYN of the closed connection, seen late or again, starts nothing.
  return !isSameOpening(page, at, packet, d) || silence >= LATE_SYN_SECONDS || wasChallenged(state, d);
}

/**
 * True where a SYN was answered with an ACK of an old connection, which its sender reset: the same SYN comes again (RFC 9293,
 * section 3.5.1, figure 9).
 */
function wasChallenged(state: number, d: Direction): boolean {
  const theirs = state >>> (8 - 8 * d);
  const isAnswered = (theirs & layout.TCP_SYN_ACK_SENT) !== 0;
  return (
    !isAnswered && (theirs & layout.TCP_ACK_SENT) !== 0 && ((state >>> (8 * d)) & layout.TCP_RST_SENT) !== 0
  );
}
