import type { Application, Direction } from "../words.ts";
import type { Packet } from "../wire/packet.ts";
import { DnsFlow } from "./dns-flow.ts";
import { identityKey, type KeySink } from "./identity-key.ts";
import { ja4 } from "./ja4.ts";
import { Datagram, MediaFlow, portModality } from "./media-flow.ts";
import { QuicFlow } from "./quic.ts";
import type { Confidence, Inspector, Recognition, SdpMedia, StreamReport } from "./recognition.ts";
import { isSip, SipFlow } from "./sip.ts";
import { TEAMS_SIGNALING_PORT, TeamsSignal, teamsSignal } from "./teams-udp-signaling.ts";
import type { SignaledCodec } from "./signaled-codec.ts";

/** DNS, multicast DNS and LLMNR, which share a format. */
const DNS_PORTS: ReadonlySet<number> = new Set([53, 5353, 5355]);
/** Datagrams after which a flow that shows nothing of interest is left alone. */
const REVIEW_EVERY = 64;
/** Datagrams that have to look alike where no name and no acknowledgement tells. */
const FEWEST_TEAMS = 4;
const ENOUGH_WITHOUT_MEDIA = 256;

/** What an inspector may ask of the program around it. Every part can be left out. */
export interface UdpSurroundings {
  /** The codec that SDP announced for this payload type at the destination of this packet, if any. */
  codecFor?(packet: Packet, payloadType: number): SignaledCodec | undefined;
  /** Is told every media section that SIP on this flow announces (`SessionDirectory.learn`). */
  learn?(media: SdpMedia): void;
  /** True when one end of the packet is known (by DNS name) to be a Teams call signaling host (flightproxy). */
  isSignalingPeer?(packet: Packet): boolean;
}

interface Decision {
  readonly application: Application;
  readonly confidence: Confidence;
  readonly rule: string;
  readonly firstPacket: number;
  /** What another protocol's own reader found, when it decided. */
  readonly names?: Recognition;
}

/** Decides what a UDP flow carries: by flow, never by one packet, media first. Bounded by its parts. */
export class UdpInspector implements Inspector {
  readonly #surroundings: UdpSurroundings;
  readonly #media: MediaFlow;
  #quic: QuicFlow | undefined;
  #quicDatagrams = 0;
  #sip: SipFlow | undefined;
  #dns: DnsFlow | undefined;
  #dnsDatagrams = 0;
  #teams = 0;
  #teamsSure = 0;
  #teamsFirstPacket = 0;
  /** Which of the first bytes 3, 6 and 7 were seen: bits 0, 1, 2. */
  #teamsKinds = 0;
  /** Asked for with the first datagram that may be Teams' signaling. */
  #signalingPeer: boolean | undefined = undefined;
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

  get mediaSoFar(): boolean {
    return this.#media.streams.promising || this.#media.turnData > 0;
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
    if (this.#isDnsPort && this.#addDns(packet, direction, seconds, nanoseconds, packetNumber)) return;
    this.#packet = packet;
    const timeMs = seconds * 1000 + nanoseconds / 1e6;
    const length = Math.max(packet.payloadLength, end - start);
    const kind = this.#media.add(view, start, end, length, direction, timeMs, packetNumber, packet.dscp);
    if (kind === Datagram.unknown) this.#other(packet, direction, seconds, nanoseconds, packetNumber);
  }

  run(direction: Direction): number {
    return this.#media.streams.run(direction);
  }

  #begin(packet: Packet): void {
    this.#portA = packet.sourcePort;
    this.#portB = packet.destinationPort;
    this.#isDnsPort = DNS_PORTS.has(packet.sourcePort) || DNS_PORTS.has(packet.destinationPort);
    this.#isTeamsPort =
      packet.sourcePort === TEAMS_SIGNALING_PORT || packet.destinationPort === TEAMS_SIGNALING_PORT;
  }

  #signaledCodec(payloadType: number): SignaledCodec | undefined {
    return this.#packet === undefined ? undefined : this.#surroundings.codecFor?.(this.#packet, payloadType);
  }

  #addDns(
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): boolean {
    const dns = this.#dns ?? new DnsFlow();
    if (!dns.accept(packet, direction, seconds, nanoseconds, packetNumber)) return false;
    this.#dns = dns;
    this.#dnsDatagrams++;
    if (!dns.wantsMore && this.#dnsDatagrams === this.#datagrams) this.#wantsMore = false;
    return true;
  }

  /** What is no media: SIP, QUIC, Teams' signaling, or nothing known. */
  #other(
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): void {
    const { view, payloadStart: start, payloadEnd: end } = packet;
    const first = view.getUint8(start);
    if (first >= 0x41 && first <= 0x5a && (this.#sip !== undefined || isSip(view, start, end))) {
      const sip = this.#sip ?? new SipFlow((media) => this.#surroundings.learn?.(media));
      if (sip.accept(packet, direction, seconds, nanoseconds, packetNumber)) {
        this.#sip = sip;
        return;
      }
    }
    if (first >= 0xc0 || (first >= 0x40 && this.#quic !== undefined)) {
      const quic = this.#quic ?? new QuicFlow();
      if (quic.accept(packet, direction, seconds, nanoseconds, packetNumber)) {
        this.#quic = quic;
        this.#quicDatagrams++;
        if (quic.authenticated && !quic.wantsMore) this.#wantsMore = false;
        return;
      }
    }
    this.#lookForTeams(packet, packetNumber);
    // Blank lines keep SIP's path open (RFC 5626, 3.5.1); they are nothing of their own.
    if (this.#sip === undefined || first !== 0x0d) this.#media.others++;
  }

  #lookForTeams(packet: Packet, packetNumber: number): void {
    const { view, payloadStart: start, payloadEnd: end } = packet;
    const signal = teamsSignal(view, start, end);
    if (signal === TeamsSignal.no) return;
    this.#signalingPeer ??= this.#surroundings.isSignalingPeer?.(packet) ?? false;
    if (!this.#isTeamsPort && !this.#signalingPeer) return;
    this.#teams++;
    const first = view.getUint8(start);
    this.#teamsKinds |= first === 3 ? 1 : first === 6 ? 2 : 4;
    if (signal === TeamsSignal.acknowledgement) this.#teamsSure++;
    if (this.#teamsFirstPacket === 0) this.#teamsFirstPacket = packetNumber;
  }

  /** Stops watching where nothing more is to be expected; media is watched to the end. */
  #review(): void {
    const media = this.#media;
    if (media.streams.promising || media.stun.messages > 0 || media.turnData > 0 || media.rtcp > 0) return;
    if (this.#sip !== undefined) return;
    const mayYetBeMedia = media.rtpCandidates > 0 || media.dtls > 0;
    if (!mayYetBeMedia || this.#datagrams >= ENOUGH_WITHOUT_MEDIA) this.#wantsMore = false;
  }

  identityKeys(sink: KeySink): void {
    const { stun, dtlsHello, streams } = this.#media;
    stun.identityKeys(sink);
    if (dtlsHello !== undefined) sink.add(identityKey(`dtls:${dtlsHello.random}`));
    streams.identityKeys(sink);
    this.#quic?.identityKeys(sink);
    this.#dns?.identityKeys(sink);
  }

  discard(): void {
    this.#media.streams.discard();
    this.#quic?.discard();
  }

  result(): Recognition {
    const media = this.#media;
    const inRuns = media.streams.endRuns();
    media.rtpCandidates += inRuns;
    this.#datagrams += inRuns;
    const accepted = media.acceptedStreams();
    const streams = media.reports(accepted, portModality(this.#portA, this.#portB));
    // Asked in any case: it gives back the memory that its hello took.
    const quic = this.#quic?.result();
    const decision = this.#decide(streams, quic);
    const wrapped = accepted.some((stream) => stream.wrapped > 0) || media.rtcpInside > 1;
    const main = streams.reduce<StreamReport | undefined>(
      (most, stream) => (most === undefined || stream.packets > most.packets ? stream : most),
      undefined,
    );
    const dtls = decision.application === "dtls" ? media.dtlsHello : undefined;
    const { names } = decision;
    const dtlsJa4 = dtls?.complete === true ? ja4(dtls, "d") : undefined;
    // One shape for all flows, and no list of its own for one that has nothing to list: a million may be held.
    return {
      application: decision.application,
      confidence: decision.confidence,
      rule: decision.rule,
      firstPacket: decision.firstPacket,
      modality: main?.modality,
      host: dtls === undefined ? names?.host : dtls.serverName,
      hostSource: dtls === undefined ? names?.hostSource : dtls.serverName === undefined ? undefined : "sni",
      hostNote: dtls === undefined ? names?.hostNote : dtls.nameNote,
      ja4: dtls === undefined ? names?.ja4 : dtlsJa4,
      codec: main?.codec,
      initiator: names?.initiator ?? media.stun.initiator ?? media.dtlsInitiator,
      reported: orNothing(media.stun.reported()),
      streams: orNothing(streams),
      rttMs: media.roundTripMs(),
      carriesMedia: wrapped,
      usesTurn: media.stun.turn > 0 || media.multiplexed > 0 || (media.turnData > 0 && media.unwrapped > 0),
      microsoftStun: media.stun.microsoft || media.stun.msTurn > 0 || media.multiplexed > 0,
      iceChecks: media.stun.iceChecks,
      nominated: media.stun.nominated || (media.stun.nominationAsked && streams.length > 0),
      identities: orNothing(this.#identities(names)),
      sip: names?.sip,
      purpose: names?.purpose,
      dialogs: this.#sip?.dialogs,
      notes: orNothing([...(names?.notes ?? []), ...this.#notes(streams)]),
    };
  }

  #decide(streams: readonly StreamReport[], quic: Recognition | undefined): Decision {
    const media = this.#media;
    const first = streams[0];
    if (first !== undefined) {
      const second = media.stun.messages > 0 ? "+ice" : media.rtcp > 0 ? "+rtcp" : "";
      const confidence = second === "" ? "medium" : "high";
      return {
        application: "rtp",
        confidence,
        rule: `rtp-flow-rule${second}`,
        firstPacket: first.firstPacket,
      };
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
    return this.#decideSignaling() ?? this.#decideSetUp() ?? this.#decideRest(quic);
  }

  /** Teams' signaling shares its port with TURN; a few STUN messages on the tuple do not make it media. */
  #decideSignaling(): Decision | undefined {
    if (this.#teams * 2 < this.#datagrams) return undefined;
    const firstPacket = this.#teamsFirstPacket;
    const application = "teams-udp-signaling";
    if (this.#teamsSure > 0)
      return { application, confidence: "high", rule: "teams-udp-signaling-uuid", firstPacket };
    if (this.#signalingPeer === true && this.#teams > 0)
      return { application, confidence: "medium", rule: "teams-udp-signaling-peer", firstPacket };
    // Without a name: every datagram begins with 3, 6 or 7, and not all with the same.
    const kinds = (this.#teamsKinds & 1) + ((this.#teamsKinds >> 1) & 1) + (this.#teamsKinds >> 2);
    if (this.#teams === this.#datagrams && this.#teams >= FEWEST_TEAMS && kinds > 1)
      return { application, confidence: "medium", rule: "teams-udp-signaling-pattern", firstPacket };
    return undefined;
  }

  #decideSetUp(): Decision | undefined {
    const { stun, turnData, multiplexed, unwrapped, turnDataFirstPacket } = this.#media;
    if (stun.msTurn > 0)
      return {
        application: "ms-turn",
        confidence: "certain",
        rule: "ms-turn-cookie",
        firstPacket: stun.firstPacket,
      };
    if (multiplexed > 0 && unwrapped > 0)
      return {
        application: "ms-turn",
        confidence: "high",
        rule: "multiplexed-turn",
        firstPacket: turnDataFirstPacket,
      };
    if (stun.turn > 0)
      return {
        application: "turn",
        confidence: "certain",
        rule: "turn-method",
        firstPacket: stun.firstTurnPacket,
      };
    if (turnData > 1 && unwrapped > 1)
      return {
        application: "turn",
        confidence: "medium",
        rule: "channel-data",
        firstPacket: turnDataFirstPacket,
      };
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

  #decideRest(quic: Recognition | undefined): Decision {
    const { dtls, dtlsFirstPacket } = this.#media;
    if (this.#sip !== undefined) return named(this.#sip.result());
    if (dtls > 0)
      return {
        application: "dtls",
        confidence: "high",
        rule: "dtls-record-chain",
        firstPacket: dtlsFirstPacket,
      };
    if (quic !== undefined && this.#quicDatagrams * 2 >= this.#datagrams) return named(quic);
    if (this.#dns !== undefined && this.#dnsDatagrams * 2 >= this.#datagrams)
      return named(this.#dns.result());
    return { application: "unknown", confidence: "low", rule: "none", firstPacket: 0 };
  }

  #identities(names: Recognition | undefined): string[] {
    const { stun, dtlsHello } = this.#media;
    return [
      ...stun.identities(),
      ...(dtlsHello === undefined ? [] : [`dtls:${dtlsHello.random}`]),
      ...(names?.identities ?? []),
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

const NOTHING: readonly never[] = Object.freeze([]);

function orNothing<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NOTHING : list;
}

function named(names: Recognition): Decision {
  const { application, confidence, rule, firstPacket } = names;
  return { application, confidence, rule, firstPacket, names };
}
