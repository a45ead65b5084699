import type { Packet } from "../wire/packet.ts";
import * as layout from "./layout.ts";
import type { Sighting } from "./sighting.ts";

/**
 * Hosts begin at 64 or more: a connection that began with less is a probe of the way (traceroute goes up to 30), whose reset, sent
 * by the host itself when an answer comes, has another time to live.
 */
const MOST_OF_PROBES = 32;
/** A firewall resets what it has no state for at once. */
const PROMPT_SECONDS = 5;

/** TCP state, which knows of the reset already, with what the reset tells: a SYN that was refused, or a firewall's hand. */
export function resetBits(packet: Packet, seen: Sighting, state: number): number {
  const mine = (state >>> (8 * seen.direction)) & 0xff;
  const theirs = (state >>> (8 - 8 * seen.direction)) & 0xff;
  const refused =
    (theirs & layout.TCP_SYN_SENT) !== 0 &&
    (theirs & (layout.TCP_ACK_SENT | layout.TCP_DATA_SENT)) === 0 &&
    (mine & layout.TCP_SYN_ACK_SENT) === 0;
  return state | (refused ? layout.TCP_SYN_REFUSED : 0) | firewallBits(packet, seen, mine, theirs);
}

/** True for a SYN that a reset answered which the capture has before it, as the flow's first packet. */
export function isRefused(packet: Packet, seen: Sighting, state: number): boolean {
  const theirs = state >>> (8 - 8 * seen.direction);
  return (
    (theirs & (layout.TCP_RST_SENT | layout.TCP_ACKED)) === layout.TCP_RST_SENT &&
    seen.other(layout.FIRST_ACK) === (packet.tcpSequence + 1) >>> 0
  );
}

/**
 * Bits for a reset as a stateful firewall sends it that saw only half of a handshake: in somebody's name, so with
 * another time to live than that one's own packets, and before that one said anything. A server's reset later on,
 * or a load balancer's of an idle connection, is no such sign.
 */
function firewallBits(packet: Packet, seen: Sighting, mine: number, theirs: number): number {
  const foreign = hasForeignTimeToLive(packet, seen);
  const answersSynAck = (theirs & layout.TCP_SYN_ACK_SENT) !== 0 && (mine & layout.TCP_ACK_SENT) === 0;
  if (answersSynAck && (foreign || (mine & layout.TCP_SYN_SENT) === 0)) return layout.TCP_SYN_ACK_RESET;
  const early = (mine & (layout.TCP_SYN_ACK_SENT | layout.TCP_DATA_SENT)) === layout.TCP_SYN_ACK_SENT;
  const finished = ((mine | theirs) & layout.TCP_FIN_SENT) !== 0;
  // A connection opened ahead and never used is closed by whoever balances the load, after its idle time.
  const prompt = seen.seconds - seen.own(layout.LAST_SECONDS) <= PROMPT_SECONDS;
  return foreign && early && prompt && !finished ? layout.TCP_RST_FOREIGN << (8 * seen.direction) : 0;
}

/** Where the direction's first packet was a probe, or seen on another link, its time to live says nothing. */
function hasForeignTimeToLive(packet: Packet, seen: Sighting): boolean {
  if (seen.own(layout.PACKETS) === 0 || seen.own(layout.CONTEXT) !== seen.context + 1) return false;
  const marks = seen.word(layout.MARKS);
  const first = seen.direction === 0 ? (marks >>> 16) & 0xff : marks & 0xff;
  return first > MOST_OF_PROBES && first !== packet.timeToLive;
}
