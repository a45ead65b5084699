import { formatAddress } from "../address/address.ts";
import { type Packet, PacketKind } from "../wire/packet.ts";
import { bgpMessageLength } from "./bgp.ts";
import { type BgpPeer, type BgpSession, FollowedSession } from "./bgp-session.ts";

/** Port of BGP (RFC 4271, section 8.2.1). */
export const BGP_PORT = 179;
/** More sessions than this at a time are not followed. */
export const MAX_BGP_SESSIONS = 256;

/**
 * Follows BGP sessions (TCP port 179). Bounded: `MAX_BGP_SESSIONS` sessions with two buffers each.
 * Show it every TCP packet from or to `BGP_PORT`.
 */
export class BgpSessions {
  readonly #sessions = new Map<string, FollowedSession>();

  /** `context` is the number of the packet's link context, whatever the caller counts by. */
  observe(packet: Packet, context: number, seconds: number, packetNumber: number): void {
    if (packet.kind !== PacketKind.tcp) return;
    if (packet.sourcePort !== BGP_PORT && packet.destinationPort !== BGP_PORT) return;
    const source = `${addressOf(packet, "source")} ${packet.sourcePort}`;
    const destination = `${addressOf(packet, "destination")} ${packet.destinationPort}`;
    const isForward = source < destination;
    const key = isForward ? `${source} ${destination}` : `${destination} ${source}`;
    let session = this.#sessions.get(key);
    if (session === undefined) {
      // A session begins with a message, so that a flood of SYNs to the port fills no table.
      if (bgpMessageLength(packet.view, packet.payloadStart, packet.payloadEnd) === 0) return;
      if (this.#sessions.size >= MAX_BGP_SESSIONS && !this.#forgetOne()) return;
      session = new FollowedSession(peerOf(packet, !isForward), peerOf(packet, isForward));
      this.#sessions.set(key, session);
    }
    session.observe(packet, isForward ? 0 : 1, context, seconds, packetNumber);
  }

  /** Gives up a session that is over and not with Microsoft: a router that fails to agree with another tries for ever. */
  #forgetOne(): boolean {
    for (const [key, session] of this.#sessions)
      if (session.isOver && !session.isMicrosoftPeering) return this.#sessions.delete(key);
    return false;
  }

  /** True before the first BGP message. */
  get isEmpty(): boolean {
    return this.#sessions.size === 0;
  }

  /** Sessions in which a BGP message was read, in the order in which they were first seen. */
  sessions(): readonly BgpSession[] {
    return [...this.#sessions.values()].filter((session) => session.messages > 0);
  }
}

function addressOf(packet: Packet, end: "source" | "destination"): string {
  return end === "source"
    ? formatAddress(packet.ipVersion, packet.source0, packet.source1, packet.source2, packet.source3)
    : formatAddress(
        packet.ipVersion,
        packet.destination0,
        packet.destination1,
        packet.destination2,
        packet.destination3,
      );
}

function peerOf(packet: Packet, isDestination: boolean): BgpPeer {
  return {
    address: addressOf(packet, isDestination ? "destination" : "source"),
    isPublic: isDestination
      ? isPublicAddress(packet.ipVersion, packet.destination0, packet.destination3)
      : isPublicAddress(packet.ipVersion, packet.source0, packet.source3),
    as: undefined,
  };
}

/** False for the special blocks of RFC 6890 that no router of the Internet forwards; documentation's count as public. */
function isPublicAddress(version: number, w0: number, w3: number): boolean {
  if (version === 6) return w0 >>> 29 === 1; // 2000::/3, global unicast
  const first = w3 >>> 24;
  if (first === 0 || first === 10 || first === 127 || first >= 224) return false;
  if (w3 >>> 16 === 0xa9fe || w3 >>> 16 === 0xc0a8) return false; // 169.254/16, 192.168/16
  return w3 >>> 20 !== 0xac1 && w3 >>> 22 !== 0x191; // 172.16/12, 100.64/10
}
