import type { Application, Direction } from "../words.ts";
import type { Packet } from "../wire/packet.ts";
import { dnsIdentity, isDns, isDnsResponse } from "./dns.ts";
import { Datagram, MediaFlow, portModality } from "./media-flow.ts";
import { QuicFlow } from "./quic.ts";
import type { Confidence, Inspector, Recognition, StreamReport } from "./recognition.ts";
import type { SignaledCodec } from "./rtp-stream.ts";
import { isSip, SipDialogs } from "./sip.ts";
import { TEAMS_SIGNALING_PORT, TeamsSignal, teamsSignal } from "./teams-udp-signaling.ts";

/** DNS, multicast DNS and LLMNR, which share a format. */
const DNS_PORTS: ReadonlySet<number> = new Set([53, 5353, 5355]);
/** Datagrams after which a flow that shows nothing of interest is left alone. */
const REVIEW_EVERY = 64;
const ENOUGH_WITHOUT_MEDIA = 256;
const ENOUGH_DNS = 8;
const MAX_DNS_IDENTITIES = 4;

/** What an inspector may ask of the program around it. Every part can be left out. */
export interface UdpSurroundings {
  /** The codec that SDP announced for this payload type at the destination of this packet, if any. */
  codecFor?(packet: Packet, payloadType: number): SignaledCodec | undefined;
  /** True when one end of the packet is known (by DNS name) to be a Teams call signaling host (flightproxy). */
  isSignalingPeer?(packet: Packet): boolean;
}

interface Decision {
  readonly application: Application;
  readonly confidence: Confidence;
  readonly rule: string;
  readonly firstPacket: number;
}

/** Decides what a UDP flow carries: by flow, never by one packet, media first. Bounded by its parts. */
export class UdpInspector implements Inspector {
  readonly #surroundings: UdpSurroundings;
  readonly #media: MediaFlow;
  #quic: QuicFlow | undefined;
  #quicFirstPacket = 0;
  #sip: SipDialogs | undefined;
  #sipFirstPacket = 0;
  #dns = 0;
  #dnsFirstPacket = 0;
  #dnsInitiator: Direction | undefined;
  readonly #dnsIdentities: string[] = [];
  #teams = 0;
  #teamsSure = 0;
  #teamsFirstPacket = 0;
  #signalingPeer = false;
  #datagrams = 0;
  #wantsMore = true;
  #portA = 0;
  #portB = 0;
  #isDnsPort = false;
  #isTeamsPort = false;
  #packet: Packet | undefined;

  constructor(surroundings: UdpSurroundings = {}) {
    this.#surroundings = surroundings;
    this.#media = new MediaFlow((payloadType) => this.#signaledCodec(payloadType));
  }

  get wantsMore(): boolean {
    return this.#wantsMore;
  }

  inspect(
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): void {
    const { view, payloadStart: start, payloadEnd: end } = packet;
    if (end <= start) return;
    if (this.#datagrams === 0) this.#begin(packet);
    this.#datagrams++;
    if (this.#datagrams % REVIEW_EVERY === 0) this.#review();
    if (this.#isDnsPort && isDns(view, start, end)) {
      this.#addDns(view, start, end, direction, packetNumber);
      return;
    }
    this.#packet = packet;
    const timeMs = seconds * 1000 + nanoseconds / 1e6;
    const length = Math.max(packet.payloadLength, end - start);
    const kind = this.#media.add(view, start, end, length, direction, timeMs, packetNumber, packet.dscp);
    if (kind === Datagram.unknown) this.#other(view, start, end, direction, seconds, packetNumber);
  }

  #begin(packet: Packet): void {
    this.#portA = packet.sourcePort;
    this.#portB = packet.destinationPort;
    this.#isDnsPort = DNS_PORTS.has(packet.sourcePort) || DNS_PORTS.has(packet.destinationPort);
    this.#signalingPeer = this.#surroundings.isSignalingPeer?.(packet) ?? false;
    this.#isTeamsPort =
      this.#signalingPeer ||
      packet.sourcePort === TEAMS_SIGNALING_PORT ||
      packet.destinationPort === TEAMS_SIGNALING_PORT;
  }

  #signaledCodec(payloadType: number): SignaledCodec | undefined {
    return this.#packet === undefined ? undefined : this.#surroundings.codecFor?.(this.#packet, payloadType);
  }

  #addDns(view: DataView, start: number, end: number, direction: Direction, packetNumber: number): void {
    this.#dns++;
    if (this.#dns === 1) {
      this.#dnsFirstPacket = packetNumber;
      this.#dnsInitiator = isDnsResponse(view, start) ? (direction === 0 ? 1 : 0) : direction;
    }
    if (this.#dnsIdentities.length < MAX_DNS_IDENTITIES) {
      const identity = dnsIdentity(view, start, end);
      if (identity !== undefined && !this.#dnsIdentities.includes(identity)) this.#dnsIdentities.push(identity);
    }
    if (this.#dns >= ENOUGH_DNS && this.#dns === this.#datagrams) this.#wantsMore = false;
  }

  /** What is no media: SIP, QUIC, Teams' signaling, or nothing known. */
  #other(
    view: DataView,
    start: number,
    end: number,
    direction: Direction,
    seconds: number,
    packetNumber: number,
  ): void {
    const first = view.getUint8(start);
    if (first >= 0x41 && first <= 0x5a && isSip(view, start, end)) {
      this.#sip ??= new SipDialogs();
      if (this.#sip.add(view, start, end, direction, seconds, packetNumber)) {
        if (this.#sipFirstPacket === 0) this.#sipFirstPacket = packetNumber;
        return;
      }
    }
    if (first >= 0xc0 || (first >= 0x40 && this.#quic !== undefined)) {
      const answer = this.#addQuic(view, start, end, direction, packetNumber);
      if (answer) return;
    }
    if (this.#isTeamsPort) {
      const signal = teamsSignal(view, start, end);
      if (signal !== TeamsSignal.no) {
        this.#teams++;
        if (signal === TeamsSignal.acknowledgement) this.#teamsSure++;
        if (this.#teamsFirstPacket === 0) this.#teamsFirstPacket = packetNumber;
      }
    }
    // Blank lines keep SIP's path open (RFC 5626, 3.5.1); they are nothing of their own.
    if (this.#sip === undefined || first !== 0x0d) this.#media.others++;
  }

  #addQuic(view: DataView, start: number, end: number, direction: Direction, packetNumber: number): boolean {
    const quic = this.#quic ?? new QuicFlow();
    const answer = quic.add(view, start, end, direction);
    if (answer === "no") return false;
    if (this.#quic === undefined) this.#quicFirstPacket = packetNumber;
    this.#quic = quic;
    if (quic.authenticated && !quic.wantsMore) this.#wantsMore = false;
    return true;
  }

  /** Stops watching where nothing more is to be expected; media is watched to the end. */
  #review(): void {
    const media = this.#media;
    if (media.streams.promising || media.stun.messages > 0 || media.turnData > 0 || media.rtcp > 0) return;
    if (this.#sip !== undefined) return;
    const mayYetBeMedia = media.rtpCandidates > 0 || media.dtls > 0;
    if (!mayYetBeMedia || this.#datagrams >= ENOUGH_WITHOUT_MEDIA) this.#wantsMore = false;
  }

  result(): Recognition {
    const media = this.#media;
    const accepted = media.acceptedStreams();
    const streams = media.reports(accepted, portModality(this.#portA, this.#portB));
    const decision = this.#decide(streams);
    const wrapped = accepted.some((stream) => stream.wrapped > 0);
    const main = streams.reduce<StreamReport | undefined>(
      (most, stream) => (most === undefined || stream.packets > most.packets ? stream : most),
      undefined,
    );
    const quic = this.#quic;
    const dialog = this.#sip?.dialogs[0];
    const host = decision.application === "quic" ? quic?.serverName : undefined;
    return {
      ...decision,
      modality: main?.modality,
      codec: main?.codec,
      host,
      hostSource: host === undefined ? undefined : "quic",
      hostNote: decision.application === "quic" ? quic?.nameNote : undefined,
      ja4: decision.application === "quic" ? quic?.ja4 : undefined,
      initiator: this.#initiator(decision.application),
      reported: media.stun.reported(),
      streams,
      rttMs: media.roundTripMs(),
      carriesMedia: wrapped,
      usesTurn: media.stun.turn > 0 || media.multiplexed > 0 || (media.turnData > 0 && media.unwrapped > 0),
      iceChecks: media.stun.iceChecks,
      nominated: media.stun.nominated || (media.stun.nominationAsked && streams.length > 0),
      identities: this.#identities(),
      sip:
        dialog === undefined
          ? undefined
          : { callId: dialog.callId, from: dialog.from, to: dialog.to, method: dialog.method },
      dialogs: this.#sip?.dialogs,
      notes: this.#notes(streams),
    };
  }

  #decide(streams: readonly StreamReport[]): Decision {
    const media = this.#media;
    const first = streams[0];
    if (first !== undefined) {
      const second = media.stun.messages > 0 ? "+ice" : media.rtcp > 0 ? "+rtcp" : "";
      const confidence = second === "" ? "medium" : "high";
      return { application: "rtp", confidence, rule: `rtp-flow-rule${second}`, firstPacket: first.firstPacket };
    }
    if (media.isRtcpAlone) {
      const sure = media.rtcpSure > 0;
      const rule = media.rtcpEncrypted > 0 ? "srtcp-trailer" : "rtcp-compound";
      return {
        application: "rtcp",
        confidence: sure ? "high" : "medium",
        rule,
        firstPacket: media.rtcpFirstPacket,
      };
    }
    return this.#decideSignaling() ?? this.#decideSetUp() ?? this.#decideRest();
  }

  /** Teams' signaling shares its port with TURN; a few STUN messages on the tuple do not make it media. */
  #decideSignaling(): Decision | undefined {
    const sure = this.#teamsSure > 0 || this.#signalingPeer;
    if (!sure || this.#teams * 2 < this.#datagrams) return undefined;
    return {
      application: "teams-udp-signaling",
      confidence: this.#teamsSure > 0 ? "high" : "medium",
      rule: this.#teamsSure > 0 ? "teams-udp-signaling-uuid" : "teams-udp-signaling-peer",
      firstPacket: this.#teamsFirstPacket,
    };
  }

  #decideSetUp(): Decision | undefined {
    const { stun, turnData, multiplexed, unwrapped, turnDataFirstPacket } = this.#media;
    if (stun.msTurn > 0)
      return { application: "ms-turn", confidence: "certain", rule: "ms-turn-cookie", firstPacket: stun.firstPacket };
    if (multiplexed > 0 && unwrapped > 0)
      return {
        application: "ms-turn",
        confidence: "high",
        rule: "multiplexed-turn",
        firstPacket: turnDataFirstPacket,
      };
    if (stun.turn > 0)
      return { application: "turn", confidence: "certain", rule: "turn-method", firstPacket: stun.firstTurnPacket };
    if (turnData > 1 && unwrapped > 1)
      return { application: "turn", confidence: "medium", rule: "channel-data", firstPacket: turnDataFirstPacket };
    if (stun.messages === 0) return undefined;
    const onPort = this.#portA === TEAMS_SIGNALING_PORT || this.#portB === TEAMS_SIGNALING_PORT;
    const classic: Confidence = onPort ? "medium" : "low";
    return {
      application: "stun",
      confidence: stun.fingerprint ? "certain" : stun.classicOnly ? classic : "high",
      rule: stun.fingerprint ? "stun-fingerprint" : stun.classicOnly ? "stun-classic" : "stun-cookie",
      firstPacket: stun.firstPacket,
    };
  }

  #decideRest(): Decision {
    const { dtls, dtlsFirstPacket } = this.#media;
    if (this.#sipFirstPacket > 0)
      return { application: "sip", confidence: "certain", rule: "sip-start-line", firstPacket: this.#sipFirstPacket };
    if (dtls > 0)
      return { application: "dtls", confidence: "high", rule: "dtls-record-chain", firstPacket: dtlsFirstPacket };
    const quic = this.#quic;
    if (quic !== undefined) {
      const sure = quic.authenticated;
      const rule = sure ? "quic-initial-authenticated" : "quic-long-header";
      const confidence = sure ? "certain" : "medium";
      return { application: "quic", confidence, rule, firstPacket: this.#quicFirstPacket };
    }
    if (this.#dns > 0 && this.#dns * 2 >= this.#datagrams)
      return { application: "dns", confidence: "high", rule: "dns-message", firstPacket: this.#dnsFirstPacket };
    return { application: "unknown", confidence: "low", rule: "none", firstPacket: 0 };
  }

  #initiator(application: Application): Direction | undefined {
    if (application === "dns") return this.#dnsInitiator;
    if (application === "sip") return this.#sip?.initiator;
    if (application === "quic") return this.#quic?.initiator;
    return this.#media.stun.initiator ?? this.#media.dtlsInitiator;
  }

  #identities(): string[] {
    const { stun, dtlsRandom } = this.#media;
    return [
      ...stun.identities(),
      ...(dtlsRandom === undefined ? [] : [`dtls:${dtlsRandom}`]),
      ...(this.#quic?.identities ?? []),
      ...this.#dnsIdentities,
    ];
  }

  #notes(streams: readonly StreamReport[]): string[] {
    const media = this.#media;
    const notes: string[] = [];
    if (streams.length === 0 && media.streams.promising)
      notes.push(`${media.rtpCandidates} packets look like RTP, too few or too mixed to call it that`);
    if (media.streams.dropped > 0) notes.push("more RTP streams than are followed");
    if (media.useSrtp) notes.push("DTLS offers keys for SRTP (use_srtp)");
    if (media.stun.software !== undefined) notes.push(`STUN software: ${media.stun.software}`);
    if (media.stun.microsoft) notes.push("STUN attributes that only Microsoft's software sends");
    return notes;
  }
}
