import type { FlowKey } from "../flows/flow-key.ts";
import { BGP_PORT } from "../protocols/bgp-sessions.ts";
import { lookForSip } from "../protocols/sip-message.ts";
import { isFramedDns, skipBlankLines } from "../protocols/tcp-start.ts";
import { UDP_HEADER_LENGTH } from "../wire/udp.ts";
import { type Packet, PacketKind } from "../wire/packet.ts";

const DNS_PORT = 53;
const SIP_PORT = 5060;

/** Tuples of SIP on other ports that are remembered; the oldest go first. */
const MOST_TUPLES = 65_536;

/**
 * Tells packets that tell of other flows than their own: answers of DNS name their servers, SIP announces codecs of
 * media, BGP tells which links are ExpressRoute. Every stage that judges or recognises flows learns from all that came
 * before them. Rather too many than too few.
 */
export class LessonFinder {
  /**
   * Tuples on other ports of which a message began: SIP may have any, and only the first of a message's segments shows it.
   * Their keys in one number; those that share one only cost work.
   */
  readonly #tuples = new Set<number>();

  /** `key`: that of the packet's flow, where it has one. */
  isLesson(packet: Packet, key: FlowKey): boolean {
    const { kind, sourcePort, destinationPort } = packet;
    // A fragment that came before its first one may turn out to be one.
    if (packet.fragment && kind === PacketKind.otherIp) return true;
    if (kind !== PacketKind.udp && kind !== PacketKind.tcp) return false;
    return isTeaching(sourcePort) || isTeaching(destinationPort) || this.#isOnOtherPort(packet, key);
  }

  #isOnOtherPort(packet: Packet, { high, low }: FlowKey): boolean {
    const tuples = this.#tuples;
    const tuple = high * 2 ** 20 + (low >>> 12);
    if (tuples.size > 0 && tuples.has(tuple)) return true;
    if (!beginsLesson(packet)) return false;
    if (tuples.size >= MOST_TUPLES) tuples.delete(tuples.values().next().value ?? 0);
    tuples.add(tuple);
    return true;
  }
}

function isTeaching(port: number): boolean {
  return port === DNS_PORT || port === SIP_PORT || port === BGP_PORT;
}

/** True where a payload may begin with SIP, or with DNS over TCP. */
function beginsLesson(packet: Packet): boolean {
  const { kind, view, payloadStart, payloadEnd } = packet;
  if (payloadEnd > payloadStart) {
    if (mayBeSip(view, payloadStart, payloadEnd)) return true;
    return kind === PacketKind.tcp && isFramedDns(view, payloadStart, payloadEnd);
  }
  // Large offers come in fragments; the payload is shown with the one that completes it.
  const { fragmentStart, fragmentEnd } = packet;
  if (!packet.fragment || packet.fragmentOffset > 0 || kind !== PacketKind.udp) return false;
  return mayBeSip(view, fragmentStart + UDP_HEADER_LENGTH, fragmentEnd);
}

function mayBeSip(view: DataView, start: number, end: number): boolean {
  return lookForSip(view, skipBlankLines(view, start, end), end) !== "no";
}
