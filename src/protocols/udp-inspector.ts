import type { Direction } from "../words.ts";
import type { Packet } from "../wire/packet.ts";
import type { Inspector, Recognition } from "./recognition.ts";

/** A codec that signaling (SDP) gave for one payload type. */
export interface SignaledCodec {
  readonly encodingName: string;
  /** Hz. */
  readonly clockRate: number;
  readonly modality: "audio" | "video" | "sharing" | "data" | undefined;
}

/** A parser of one protocol over UDP (QUIC, DNS, SIP) that the inspector hands datagrams to. */
export interface DatagramParser {
  /** True when the datagram is of this protocol; it is then counted as such. */
  accept(
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): boolean;
  /** False when further datagrams would teach nothing. */
  readonly wantsMore: boolean;
  result(): Recognition;
}

/** What an inspector may ask of the program around it. Every part can be left out. */
export interface UdpSurroundings {
  /** The codec that SDP announced for a payload type sent towards `address`:`port` of this packet, if any. */
  codecFor?(packet: Packet, payloadType: number): SignaledCodec | undefined;
  /** True when one end of the packet is known (by DNS name) to be a Teams call signaling host (flightproxy). */
  isSignalingPeer?(packet: Packet): boolean;
  newQuic?(): DatagramParser;
  newDns?(): DatagramParser;
  newSip?(): DatagramParser;
}

/** Decides what a UDP flow carries: by flow, never by one packet. */
export class UdpInspector implements Inspector {
  readonly surroundings: UdpSurroundings;
  constructor(surroundings: UdpSurroundings = {}) {
    this.surroundings = surroundings;
  }
  get wantsMore(): boolean {
    return false;
  }
  inspect(
    _packet: Packet,
    _direction: Direction,
    _seconds: number,
    _nanoseconds: number,
    _number: number,
  ): void {}
  result(): Recognition {
    return { application: "unknown", confidence: "low", rule: "none", firstPacket: 0 };
  }
}
