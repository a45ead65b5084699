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

/** What hosts and routers begin with. */
const INITIAL_TIMES_TO_LIVE = [64, 128, 255] as const;
/** A reset is from nearer than who sent the rest where that one is so many hops further away, and twice as far. */
const HOPS_BEHIND = 3;

/** TCP state with the reset and what it tells: a SYN that was refused, or a firewall's hand. */
export function resetBits(packet: Packet, seen: Sighting, state: number): number {
  const mine = (state >>> (8 * seen.direction)) & 0xff;
  const theirs = (state >>> (8 - 8 * seen.direction)) & 0xff;
  const refused =
    (theirs & layout.TCP_SYN_SENT) !== 0 &&
    (theirs & (layout.TCP_ACK_SENT | layout.TCP_DATA_SENT)) === 0 &&
    (mine & layout.TCP_SYN_ACK_SENT) === 0;
  const reset = state | (layout.TCP_RST_SENT << (8 * seen.direction));
  return reset | (refused ? layout.TCP_SYN_REFUSED : 0) | firewallBits(packet, seen, mine, theirs);
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
 * Bits for a reset as a stateful firewall sends it that saw only half of a handshake, or whose path the flow took up
 * later: in somebody's name, so with another time to live than that one's own packets. Once that one has said anything it
 * has to come from much nearer: a load balancer beside the server resets with another time to live, too. Its reset of an
 * idle connection is no such sign, nor is one that follows another.
 */
function firewallBits(packet: Packet, seen: Sighting, mine: number, theirs: number): number {
  const foreign = hasForeignTimeToLive(packet, seen);
  const answersSynAck = (theirs & layout.TCP_SYN_ACK_SENT) !== 0 && (mine & layout.TCP_ACK_SENT) === 0;
  if (answersSynAck && (foreign || (mine & layout.TCP_SYN_SENT) === 0)) return layout.TCP_SYN_ACK_RESET;
  const early = (mine & (layout.TCP_SYN_ACK_SENT | layout.TCP_DATA_SENT)) === layout.TCP_SYN_ACK_SENT;
  const cutsIn = (mine & layout.TCP_DATA_SENT) !== 0 && foreign && isFromNearer(packet, seen);
  const finished = ((mine | theirs) & (layout.TCP_FIN_SENT | layout.TCP_RST_SENT)) !== 0;
  // A connection opened ahead and never used is closed by whoever balances the load, after its idle time.
  const prompt = seen.seconds - seen.own(layout.LAST_SECONDS) <= PROMPT_SECONDS;
  return foreign && (early || cutsIn) && prompt && !finished
    ? layout.TCP_RST_FOREIGN << (8 * seen.direction)
    : 0;
}

/** Where the direction's first packet was a probe, or seen on another link, its time to live says nothing. */
function hasForeignTimeToLive(packet: Packet, seen: Sighting): boolean {
  if (seen.own(layout.PACKETS) === 0 || seen.own(layout.CONTEXT) !== seen.context + 1) return false;
  const first = firstTimeToLive(seen);
  return first > MOST_OF_PROBES && first !== packet.timeToLive;
}

function firstTimeToLive(seen: Sighting): number {
  const marks = seen.word(layout.MARKS);
  return seen.direction === 0 ? (marks >>> 16) & 0xff : marks & 0xff;
}

function isFromNearer(packet: Packet, seen: Sighting): boolean {
  const [far, near] = [hops(firstTimeToLive(seen)), hops(packet.timeToLive)];
  return far >= near + HOPS_BEHIND && far >= 2 * near;
}

/** How many routers a packet most likely has passed. */
function hops(timeToLive: number): number {
  return (INITIAL_TIMES_TO_LIVE.find((initial) => initial >= timeToLive) ?? 255) - timeToLive;
}
