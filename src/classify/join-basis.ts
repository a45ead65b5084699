import * as layout from "../flows/layout.ts";
import { contextShares } from "./context-shares.ts";
import { secondsBetween } from "../path/moment.ts";
import { type Direction, opposite } from "../words.ts";
import type { Leg } from "./leg.ts";
import type { Links } from "./links.ts";

/**
 * What joined the two directions of one 5-tuple that were captured apart, each in captures of its own
 * (docs/evidence.md, Several captures); undefined where one capture holds both.
 */
export function joinBasisOf(leg: Leg, links: Links): string | undefined {
  if (!isCapturedApart(leg, links)) return undefined;
  const { application } = leg.recognition;
  if (leg.transport === "tcp") return sequenceFits(leg) && !openedApart(leg) ? "tcp-sequence" : "5-tuple";
  if (leg.recognition.directionsFit !== true) return "5-tuple";
  return application === "quic" ? "quic-connection-id" : "stun-transaction";
}

/**
 * Why directions that were captured apart may be of two flows that used one 5-tuple, or of two times of one: then they say
 * nothing of each other. Undefined where they fit, or one capture holds both.
 */
export function halvesDoubt(leg: Leg, links: Links): string | undefined {
  if (!isCapturedApart(leg, links)) return undefined;
  if (leg.transport === "tcp") {
    if (!sequenceFits(leg))
      return "the directions were captured apart, and their TCP numbers do not fit each other";
    return openedApart(leg) || tookTurns(leg) ? AT_OTHER_TIMES : undefined;
  }
  if (joinBasisOf(leg, links) !== "5-tuple") return undefined;
  const apart = apartSeconds(leg);
  if (apart > APART_SECONDS) return AT_OTHER_TIMES;
  // By clocks that may be off by as much: a flow that moved between two taps, of which each saw one direction, looks so, too.
  return apart > -APART_SECONDS && areLongerThan(leg, Math.max(ALONE_SECONDS, -apart * OVERLAPS))
    ? AT_OTHER_TIMES
    : undefined;
}

function isCapturedApart(leg: Leg, links: Links): boolean {
  const x = leg.contextOf(0);
  const y = leg.contextOf(1);
  // Nearly always one capture holds both, and their first packets show it.
  if (x < 0 || y < 0 || captureOf(links, x) === captureOf(links, y)) return false;
  const out = capturesOf(leg, leg.out, links);
  const back = capturesOf(leg, leg.back, links);
  return out.size > 0 && back.size > 0 && ![...out].some((capture) => back.has(capture));
}

function capturesOf(leg: Leg, direction: Direction, links: Links): Set<number> {
  return new Set(contextShares(leg, direction).map((share) => captureOf(links, share.context)));
}

function captureOf(links: Links, context: number): number {
  return links.pointOf(context)?.capture ?? -1;
}

/**
 * True when what one direction acknowledges is what the other sent, as far as each was captured: one half may end
 * before the other does, and what went on after that is not held against it.
 */
function sequenceFits(leg: Leg): boolean {
  for (const d of [0, 1] as const) {
    const other = opposite(d);
    const acked = leg.tcpWord(layout.LAST_ACK + d);
    const sent = leg.tcpWord(layout.NEXT_SEQUENCE + other);
    if (acked === 0 || sent === 0 || leg.bytesOf(other) > MOST_BYTES) continue;
    const ahead = (acked - sent) | 0;
    const goesOn = secondsBetween(leg.lastOf(d), leg.lastOf(other));
    const span = secondsBetween(leg.firstOf(other), leg.lastOf(other));
    const slack = slackOf(leg.bytesOf(other), span, Math.abs(goesOn));
    if (ahead > slack && goesOn > -ENDS_TOGETHER_SECONDS) return false;
    if (ahead < -slack - leg.bytesOf(other) && goesOn < ENDS_TOGETHER_SECONDS) return false;
    const state = leg.tcpState >>> (8 * other);
    // Nothing follows a FIN, and the SYN-ACK acknowledges what the first byte followed.
    if ((state & layout.TCP_FIN_SENT) !== 0 && ahead > 0) return false;
    const answers = ((leg.tcpState >>> (8 * d)) & layout.TCP_SYN_ACK_SENT) !== 0;
    if (!answers || (state & layout.TCP_SYN_SENT) === 0) continue;
    const sinceOpening = (sent - leg.tcpWord(layout.FIRST_ACK + d)) | 0;
    if (sinceOpening < 0 || sinceOpening > 2 * leg.bytesOf(other)) return false;
  }
  return true;
}

/**
 * True when both halves have the beginning of their connection, the one is over before the other begins, and no last
 * byte is acknowledged: whichever clocks the captures have, that fits by no chance.
 */
function openedApart(leg: Leg): boolean {
  for (const d of [0, 1] as const)
    if (leg.tcpWord(layout.LAST_ACK + d) === leg.tcpWord(layout.NEXT_SEQUENCE + opposite(d))) return false;
  const state = leg.tcpState;
  const syns = layout.TCP_SYN_SENT | layout.TCP_SYN_ACK_SENT;
  return (state & syns) !== 0 && (state & (syns << 8)) !== 0 && apartSeconds(leg) > APART_SECONDS;
}

/**
 * True where one half follows what the other one was: so looks a flow that moved between two taps, of which each saw one
 * direction. Whichever clocks the captures have, what both sent and acknowledged tells that.
 */
function tookTurns(leg: Leg): boolean {
  const acked = leg.tcpState & (leg.tcpState >>> 8) & layout.TCP_ACK_SENT;
  if (acked === 0 || leg.bytesOf(0) > MOST_BYTES || leg.bytesOf(1) > MOST_BYTES) return false;
  const isLong = areLongerThan(leg, ALONE_SECONDS);
  return (isLong || apartSeconds(leg) > FAR_APART_SECONDS) && (isAfter(leg, 0) || isAfter(leg, 1));
}

function areLongerThan(leg: Leg, seconds: number): boolean {
  return ([0, 1] as const).every((d) => secondsBetween(leg.firstOf(d), leg.lastOf(d)) > seconds);
}

/** True where the other direction had sent and acknowledged its last when this one began. */
function isAfter(leg: Leg, d: Direction): boolean {
  const other = opposite(d);
  const unacked = (leg.tcpWord(layout.NEXT_SEQUENCE + other) - leg.tcpWord(layout.FIRST_ACK + d)) | 0;
  const unsent = (leg.tcpWord(layout.LAST_ACK + other) - leg.tcpWord(layout.FIRST_SEQUENCE + d)) | 0;
  return unacked <= 0 && unsent <= 0;
}

/** Seconds from the end of the half that ends first to the beginning of the other; below 0 where they overlap. */
function apartSeconds(leg: Leg): number {
  return Math.max(
    secondsBetween(leg.lastOf(leg.out), leg.firstOf(leg.back)),
    secondsBetween(leg.lastOf(leg.back), leg.firstOf(leg.out)),
  );
}

/**
 * What a connection has under way, what went by in the time by which one half ends sooner, and what a capture may have
 * lost, in bytes. Connections that one end opens one after the other have numbers near each other (RFC 6528), so it is
 * little where little was sent.
 */
function slackOf(sent: number, seconds: number, endApart: number): number {
  return 2 ** 16 + 2 * Math.min(sent, 2 ** 23 + (sent / Math.max(seconds, 1)) * endApart);
}

/** A request and its answer follow each other: so do halves that are as short, unless clocks say that they lie farther apart. */
const ALONE_SECONDS = 1;
const FAR_APART_SECONDS = 60;
/** Numbers of 32 bits come round: of more than this they tell nothing. */
const MOST_BYTES = 2 ** 30;
const AT_OTHER_TIMES = "the directions were captured apart, and at different times";
/** Halves that end within this time of each other end together. */
const ENDS_TOGETHER_SECONDS = 5;
/** Times of halves that fit by nothing but their 5-tuple overlap, or nearly. */
const APART_SECONDS = 1;
/** Halves that are longer than so many times their overlap lie one after the other. */
const OVERLAPS = 8;
