import type { Packet } from "../wire/packet.ts";
import { TEAMS_SIGNALING_PORT, TeamsSignal } from "./teams-udp-signaling.ts";
import type { UdpDecision } from "./udp-recognition.ts";

/** Datagrams that have to look alike where no name and no acknowledgement tells. */
const FEWEST_DATAGRAMS = 4;

/** True when one port of the packet is that of Teams' signaling, and of TURN. */
export function isTeamsPort(packet: Packet): boolean {
  return packet.sourcePort === TEAMS_SIGNALING_PORT || packet.destinationPort === TEAMS_SIGNALING_PORT;
}

/** Who knows the peers of flows. */
export interface SignalingPeers {
  /** True when one end of the packet is known (by DNS name) to be a Teams call signaling host (flightproxy). */
  isSignalingPeer?(packet: Packet): boolean;
}

/** Tells Teams' call signaling over UDP from a flow's datagrams. */
export class TeamsFlow {
  readonly #peers: SignalingPeers;
  /** Asked for with the first datagram that may be signaling. */
  #isPeer: boolean | undefined = undefined;
  #count = 0;
  #sure = 0;
  #firstPacket = 0;
  /** Which of the first bytes 3, 6 and 7 were seen: bits 0, 1, 2. */
  #kinds = 0;

  constructor(peers: SignalingPeers) {
    this.#peers = peers;
  }

  /** Counts a datagram that looks like it. */
  add(packet: Packet, signal: TeamsSignal, packetNumber: number): void {
    this.#isPeer ??= this.#peers.isSignalingPeer?.(packet) ?? false;
    if (!isTeamsPort(packet) && !this.#isPeer) return;
    this.#count++;
    const first = packet.view.getUint8(packet.payloadStart);
    this.#kinds |= first === 3 ? 1 : first === 6 ? 2 : 4;
    if (signal === TeamsSignal.acknowledgement) this.#sure++;
    if (this.#firstPacket === 0) this.#firstPacket = packetNumber;
  }

  /** Whether the flow is it. It shares its port with TURN; a few STUN messages on the tuple do not make it media. */
  decide(datagrams: number): UdpDecision | undefined {
    if (this.#count * 2 < datagrams) return undefined;
    const firstPacket = this.#firstPacket;
    const application = "teams-udp-signaling";
    if (this.#sure > 0)
      return { application, confidence: "high", rule: "teams-udp-signaling-uuid", firstPacket };
    if (this.#isPeer === true && this.#count > 0)
      return { application, confidence: "medium", rule: "teams-udp-signaling-peer", firstPacket };
    // Without a name: every datagram begins with 3, 6 or 7, and not all with the same.
    const kinds = (this.#kinds & 1) + ((this.#kinds >> 1) & 1) + (this.#kinds >> 2);
    if (this.#count === datagrams && this.#count >= FEWEST_DATAGRAMS && kinds > 1)
      return { application, confidence: "medium", rule: "teams-udp-signaling-pattern", firstPacket };
    return undefined;
  }
}
