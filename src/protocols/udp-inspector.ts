import type { Direction } from "../words.ts";
import type { Packet } from "../wire/packet.ts";
import { NO_ITEMS } from "../no-items.ts";
import { Arrival } from "./arrival.ts";
import { DnsFlow } from "./dns-flow.ts";
import { identityKey, type KeySink, LATER_QUIC } from "./identity-key.ts";
import { Datagram, MediaFlow, mayBeMedia } from "./media-flow.ts";
import { acceptedStreams, dtlsJa4, mainStream, roundTripMs, streamReports } from "./media-summary.ts";
import { portModality } from "./modality-hint.ts";
import { QuicFlow } from "./quic.ts";
import { mayBeQuicShortHeader, QuicDestination } from "./quic-destination.ts";
import type { Inspector, Recognition, SdpMedia, StreamReport } from "./recognition.ts";
import { isSip, SipFlow } from "./sip.ts";
import { isTeamsPort, type SignalingPeers, TeamsFlow } from "./teams-flow.ts";
import { TeamsSignal, teamsSignal } from "./teams-udp-signaling.ts";
import { decideUdp, FAX_RULE, type FollowedUdp } from "./udp-decision.ts";
import type { SignaledCodec } from "./signaled-codec.ts";
import { FaxSeen, mayBeUdptl } from "./udptl.ts";

/** DNS, multicast DNS and LLMNR, which share a format. */
const DNS_PORTS: ReadonlySet<number> = new Set([53, 5353, 5355]);
/** Datagrams after which a flow that shows nothing of interest is left alone. */
const REVIEW_EVERY = 64;
const ENOUGH_WITHOUT_MEDIA = 256;

/** Stands for the media of a flow that showed none; nothing is ever added to it. */
const NO_MEDIA = new MediaFlow(() => undefined);

/** How the datagram at hand came. */
const arrival = new Arrival();

/** What an inspector may ask of the program around it. Every part can be left out. */
export interface UdpSurroundings extends SignalingPeers {
  /** The codec that SDP announced for this payload type at the destination of this packet, if any. */
  codecFor?(packet: Packet, payloadType: number): SignaledCodec | undefined;
  /** SDP announced media at either end of this packet. */
  isOffered?(packet: Packet): boolean;
  /** What it announced there is fax (T.38). */
  isFax?(packet: Packet): boolean;
  /** Is told every media section that SIP on this flow announces (`SessionDirectory.learn`). */
  learn?(media: SdpMedia): void;
  /** Is shown every DNS message of this flow. */
  told?(packet: Packet, seconds: number, nanoseconds: number): void;
}

/** Decides what a UDP flow carries: by flow, never by one packet, media first. Bounded by its parts. */
export class UdpInspector implements Inspector {
  readonly #surroundings: UdpSurroundings;
  // Made when first needed: QUIC, SIP and DNS keep nothing of it.
  #mediaFlow: MediaFlow | undefined;
  /** Datagrams of nothing known that came before any that may be media. */
  #othersBefore = 0;
  #quic: QuicFlow | undefined;
  #quicDatagrams = 0;
  #quicDestination: QuicDestination | undefined;
  #sip: SipFlow | undefined;
  #dns: DnsFlow | undefined;
  #dnsDatagrams = 0;
  #teams: TeamsFlow | undefined;
  #datagrams = 0;
  #wantsMore = true;
  #portA = 0;
  #portB = 0;
  #isDnsPort = false;
  #isTeamsPort = false;
  #fax: FaxSeen | undefined;
  #packet: Packet | undefined;

  constructor(surroundings: UdpSurroundings = {}) {
    this.#surroundings = surroundings;
  }

  get #media(): MediaFlow {
    return this.#mediaFlow ?? NO_MEDIA;
  }

  #ownMedia(): MediaFlow {
    if (this.#mediaFlow !== undefined) return this.#mediaFlow;
    const media = new MediaFlow((payloadType) => this.#signaledCodec(payloadType));
    media.others = this.#othersBefore;
    this.#mediaFlow = media;
    return media;
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
    const length = Math.max(packet.payloadLength, end - start);
    if (this.#mediaFlow !== undefined || mayBeMedia(view, start, end, length)) {
      arrival.at(direction, seconds, nanoseconds, packetNumber, packet.dscp);
      if (this.#ownMedia().add(view, start, end, length, arrival) !== Datagram.unknown) return;
    }
    this.#other(packet, direction, seconds, nanoseconds, packetNumber);
  }

  run(direction: Direction): number {
    return this.#media.streams.run(direction);
  }

  #begin(packet: Packet): void {
    this.#portA = packet.sourcePort;
    this.#portB = packet.destinationPort;
    this.#isDnsPort = DNS_PORTS.has(packet.sourcePort) || DNS_PORTS.has(packet.destinationPort);
    this.#isTeamsPort = isTeamsPort(packet);
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
    this.#surroundings.told?.(packet, seconds, nanoseconds);
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
        if (quic.authenticated && !quic.wantsMore && !quic.wantsIds) this.#wantsMore = false;
        return;
      }
    }
    if (first < 0xc0 && mayBeQuicShortHeader(packet))
      (this.#quicDestination ??= new QuicDestination()).add(packet);
    const signal = teamsSignal(view, start, end);
    if (signal !== TeamsSignal.no)
      (this.#teams ??= new TeamsFlow(this.#surroundings)).add(packet, signal, packetNumber);
    // Blank lines keep SIP's path open (RFC 5626, 3.5.1); they are nothing of their own.
    if (this.#sip !== undefined && first === 0x0d) return;
    if (mayBeUdptl(view, start, end) && this.#surroundings.isFax?.(packet) === true) {
      (this.#fax ??= new FaxSeen(packetNumber)).add(seconds + nanoseconds / 1e9);
      return;
    }
    if (this.#mediaFlow === undefined) this.#othersBefore++;
    else this.#mediaFlow.others++;
  }

  /** Stops watching where nothing more is to be expected; media is watched to the end. */
  #review(): void {
    const media = this.#media;
    if (media.streams.promising || media.stun.messages > 0 || media.turnData > 0 || media.rtcp > 0) return;
    // Voice may come after it, or again.
    if (this.#sip !== undefined || this.#fax !== undefined) return;
    const mayYetBeMedia = media.rtpCandidates > 0 || media.dtls > 0;
    if (!mayYetBeMedia || this.#datagrams >= ENOUGH_WITHOUT_MEDIA) this.#wantsMore = false;
  }

  identityKeys(sink: KeySink): void {
    const { stun, dtlsHello, streams } = this.#media;
    stun.identityKeys(sink);
    if (dtlsHello !== undefined) sink.add(identityKey(`dtls:${dtlsHello.random}`));
    streams.identityKeys(sink);
    this.#quic?.identityKeys(sink);
    const laterId = this.#laterQuicId();
    if (laterId !== undefined) sink.add(identityKey(`quic:${laterId}`));
    this.#dns?.identityKeys(sink);
  }

  discard(): void {
    this.#media.streams.discard();
    this.#quic?.discard();
  }

  result(): Recognition {
    const media = this.#media;
    const inRuns = media.streams.endRuns();
    if (inRuns > 0) media.rtpCandidates += inRuns;
    this.#datagrams += inRuns;
    const accepted = acceptedStreams(media);
    const streams = streamReports(media, accepted, portModality(this.#portA, this.#portB));
    // Asked in any case: it gives back the memory that its hello took.
    const quic = this.#quic?.result();
    const decision = decideUdp(this.#followed(), streams, quic);
    const isFax = decision.rule === FAX_RULE;
    const fax = this.#fax;
    const wrapped = accepted.some((stream) => stream.wrapped > 0) || media.rtcpInside > 1 || isFax;
    const main = mainStream(streams);
    const { names } = decision;
    const hello = names === undefined ? media.dtlsHello : undefined;
    // A hello inside TURN asks for whoever is behind the relay.
    const dtls = media.isHelloInside ? undefined : hello;
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
      ja4: names === undefined ? dtlsJa4(media) : names.ja4,
      codec: isFax ? "t38" : main?.codec,
      initiator: names?.initiator ?? media.stun.initiator ?? media.dtlsInitiator,
      reported: orNothing(media.stun.reported()),
      streams: orNothing(streams),
      rttMs: roundTripMs(media),
      carriesMedia: wrapped,
      usesTurn: media.stun.turn > 0 || media.multiplexed > 0 || (media.turnData > 0 && media.unwrapped > 0),
      microsoftStun: media.stun.microsoft || media.stun.msTurn > 0 || media.multiplexed > 0,
      iceChecks: media.stun.iceChecks,
      nominated: media.stun.nominated || (media.stun.nominationAsked && streams.length > 0),
      identities: orNothing(this.#identities(names)),
      directionsFit: names?.directionsFit ?? media.stun.answersFit,
      sip: names?.sip,
      purpose: names?.purpose,
      dialogs: this.#sip?.dialogs,
      fax: fax && { startSeconds: fax.startSeconds, endSeconds: fax.endSeconds },
      notes: orNothing(this.#notes(names, streams)),
    };
  }

  #followed(): FollowedUdp {
    return {
      datagrams: this.#datagrams,
      media: this.#media,
      teams: this.#teams,
      sip: this.#sip,
      dns: this.#dns,
      dnsDatagrams: this.#dnsDatagrams,
      quicDatagrams: this.#quicDatagrams,
      isTeamsPort: this.#isTeamsPort,
      faxDatagrams: this.#fax?.datagrams ?? 0,
      faxPacket: this.#fax?.firstPacket ?? 0,
    };
  }

  #identities(names: Recognition | undefined): string[] {
    const { stun, dtlsHello } = this.#media;
    const identities = stun.identities();
    if (dtlsHello !== undefined) identities.push(`dtls:${dtlsHello.random}`);
    for (const identity of names?.identities ?? NO_ITEMS) identities.push(identity);
    const laterId = this.#laterQuicId();
    if (laterId !== undefined) identities.push(`${LATER_QUIC}${laterId}`);
    return identities;
  }

  /** Of a connection whose handshake was not seen. */
  #laterQuicId(): string | undefined {
    return this.#quic === undefined ? this.#quicDestination?.id : undefined;
  }

  #notes(names: Recognition | undefined, streams: readonly StreamReport[]): string[] {
    const media = this.#media;
    const notes: string[] = [];
    if (this.#fax !== undefined) notes.push("SDP offers fax over UDP (T.38) at this address");
    for (const note of names?.notes ?? NO_ITEMS) notes.push(note);
    if (streams.length === 0 && media.streams.promising)
      notes.push(`${media.rtpCandidates} packets look like RTP, too few or too mixed to call it that`);
    if (media.streams.retired > 0)
      notes.push(`${media.streams.retired} RTP streams that ended are not listed: longer or worse ones are`);
    if (media.streams.dropped > 0) notes.push("more RTP streams than are followed");
    if (media.useSrtp) notes.push("DTLS offers keys for SRTP (use_srtp)");
    if (media.stun.software !== undefined) notes.push(`STUN software: ${media.stun.software}`);
    if (media.stun.microsoft) notes.push("STUN attributes that only Microsoft's software sends");
    return notes;
  }
}

function orNothing<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NO_ITEMS : list;
}
