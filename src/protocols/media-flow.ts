import type { Direction, Modality } from "../words.ts";
import { FirstByte, firstByteClass } from "./demux.ts";
import { isDtls, isDtlsCiphertext, USE_SRTP } from "./dtls.ts";
import { DtlsHello } from "./dtls-hello.ts";
import { dscpModality } from "./modality-hint.ts";
import type { StreamReport } from "./recognition.ts";
import { hasSourceDescription, isRtcpType, RtcpForm, rtcpForm } from "./rtcp.ts";
import { RtcpRoundTrip } from "./rtcp-round-trip.ts";
import { LOWEST_REFUSED, LOWEST_REFUSED_AFTER_ICE, rtpHeaderLength } from "./rtp.ts";
import type { RtpStream } from "./rtp-stream.ts";
import { RtpStreams } from "./rtp-streams.ts";
import { StunFlavour, StunMessage } from "./stun.ts";
import { StunLedger } from "./stun-ledger.ts";
import type { ClientHello } from "./tls-client-hello.ts";
import {
  CHANNEL_HEADER_LENGTH,
  isChannelData,
  isMultiplexedTurn,
  MULTIPLEXED_HEADER_LENGTH,
} from "./turn.ts";
import type { SignaledCodec } from "./signaled-codec.ts";

/** Depth to which TURN is unwrapped: multiplexed TURN holding a Data indication holding RTP is three. */
const MAX_DEPTH = 3;
/** Accepted streams have to be at least this share of what is neither STUN, DTLS nor RTCP. */
const MEDIA_SHARE = 0.5;
/** A run as long and as steady as this is RTP, whatever else the ports were used for before or after (T.38 fax). */
const LONG_RUN = 50;
const STEADY_SHARE = 0.98;
/** Share of a tuple's datagrams that has to be RTCP for it to be RTCP alone. */
const RTCP_SHARE = 0.8;

/** What one datagram was. */
export const Datagram = {
  unknown: 0,
  stun: 1,
  dtls: 2,
  /** Passes RTP's weak test; the flow decides. */
  rtp: 3,
  rtcp: 4,
  /** TURN ChannelData or Microsoft's multiplexed TURN. */
  turnData: 5,
} as const;
export type Datagram = (typeof Datagram)[keyof typeof Datagram];

/** Stand for what a flow does not have; nothing is ever added to them. */
const NO_STUN = new StunLedger();
const NO_STREAMS = new RtpStreams(() => undefined);

/** One message laid over every datagram in turn. */
const shared = new StunMessage();

/**
 * Media and its set-up on one flow: STUN, TURN, DTLS, RTP and RTCP, also inside TURN. Takes datagrams, or the units of
 * a TCP framing, in order of capture.
 */
export class MediaFlow {
  readonly #signaled: (payloadType: number) => SignaledCodec | undefined;
  // Made when first needed: a lone STUN check or a datagram that is nothing keeps little.
  #stunLedger: StunLedger | undefined = undefined;
  #rtpStreams: RtpStreams | undefined = undefined;
  /** Made with the first readable RTCP: most flows have none. */
  #rtcpRoundTrip: RtcpRoundTrip | undefined;
  dtls = 0;
  dtlsFirstPacket = 0;
  #dtlsHello: DtlsHello | undefined;
  /** RTCP on the tuple itself, and inside TURN. */
  rtcp = 0;
  rtcpInside = 0;
  /** RTCP that is sure by itself: a compound with a source description, or an SRTCP trailer. */
  rtcpSure = 0;
  rtcpEncrypted = 0;
  rtcpFirstPacket = 0;
  rtpCandidates = 0;
  turnData = 0;
  turnDataFirstPacket = 0;
  multiplexed = 0;
  /** Datagrams that nothing recognised; counted by whoever also asks other protocols. */
  others = 0;
  /** ChannelData and multiplexed TURN, Send and Data, that held something recognised. */
  unwrapped = 0;
  #depth = 0;
  #dscp = 0;

  constructor(signaled: (payloadType: number) => SignaledCodec | undefined) {
    this.#signaled = signaled;
  }

  get stun(): StunLedger {
    return this.#stunLedger ?? NO_STUN;
  }

  get streams(): RtpStreams {
    return this.#rtpStreams ?? NO_STREAMS;
  }

  /** Classifies `view[start, end)`, of which the wire had `length` bytes, and counts it unless unknown. */
  add(
    view: DataView,
    start: number,
    end: number,
    length: number,
    direction: Direction,
    timeMs: number,
    packetNumber: number,
    dscp: number,
  ): Datagram {
    if (end <= start) return Datagram.unknown;
    this.#depth = 0;
    this.#dscp = dscp;
    return this.#look(view, start, end, length, direction, timeMs, packetNumber);
  }

  #look(
    view: DataView,
    start: number,
    end: number,
    length: number,
    direction: Direction,
    timeMs: number,
    packetNumber: number,
  ): Datagram {
    if (end - start < 2) return Datagram.unknown;
    const first = view.getUint8(start);
    const second = view.getUint8(start + 1);
    switch (firstByteClass(first, second)) {
      case FirstByte.rtp:
        return isRtcpType(second)
          ? this.#rtcp(view, start, end, length, direction, timeMs, packetNumber)
          : this.#rtp(view, start, end, length, direction, timeMs, packetNumber);
      case FirstByte.stun:
        return this.#stun(view, start, end, length, direction, timeMs, packetNumber);
      case FirstByte.multiplexedTurn:
        if (!isMultiplexedTurn(view, start, end, length)) return Datagram.unknown;
        this.multiplexed++;
        this.#countTurnData(packetNumber);
        this.#inside(
          view,
          start + MULTIPLEXED_HEADER_LENGTH,
          end,
          start + length,
          direction,
          timeMs,
          packetNumber,
        );
        return Datagram.turnData;
      case FirstByte.channel:
        return this.#channel(view, start, end, length, direction, timeMs, packetNumber);
      case FirstByte.dtls:
        return this.#dtls(view, start, end, length, direction, packetNumber);
      default:
        return Datagram.unknown;
    }
  }

  #rtp(
    view: DataView,
    start: number,
    end: number,
    length: number,
    direction: Direction,
    timeMs: number,
    packetNumber: number,
  ): Datagram {
    const refused = this.hasSetUp ? LOWEST_REFUSED_AFTER_ICE : LOWEST_REFUSED;
    const header = rtpHeaderLength(view, start, end, length, refused);
    if (header === 0) return Datagram.unknown;
    this.rtpCandidates++;
    this.#rtpStreams ??= new RtpStreams(this.#signaled);
    this.#rtpStreams.add(
      view,
      start,
      end,
      length - header,
      direction,
      timeMs,
      packetNumber,
      this.#dscp,
      this.#depth > 0,
    );
    return Datagram.rtp;
  }

  #rtcp(
    view: DataView,
    start: number,
    end: number,
    length: number,
    direction: Direction,
    timeMs: number,
    packetNumber: number,
  ): Datagram {
    const form = rtcpForm(view, start, end, length);
    if (form === RtcpForm.none) return Datagram.unknown;
    if (this.#depth > 0) this.rtcpInside++;
    else this.rtcp++;
    if (this.rtcpFirstPacket === 0) this.rtcpFirstPacket = packetNumber;
    if (form === RtcpForm.encrypted) {
      this.rtcpEncrypted++;
      if (this.#depth === 0) this.rtcpSure++;
    } else if (form === RtcpForm.plain) {
      if (this.#depth === 0 && hasSourceDescription(view, start, end)) this.rtcpSure++;
      this.#rtcpRoundTrip ??= new RtcpRoundTrip();
      this.#rtcpRoundTrip.add(view, start, end, direction, timeMs);
    }
    return Datagram.rtcp;
  }

  #stun(
    view: DataView,
    start: number,
    end: number,
    length: number,
    direction: Direction,
    timeMs: number,
    packetNumber: number,
  ): Datagram {
    if (shared.at(view, start, end, length) === StunFlavour.none) return Datagram.unknown;
    this.#stunLedger ??= new StunLedger();
    this.#stunLedger.add(shared, direction, timeMs, packetNumber, this.#depth > 0);
    // Kept before looking inside, where the same message object is laid over the content.
    const dataAt = shared.isTurn ? shared.dataAt : -1;
    if (dataAt >= 0 && shared.dataLength > 0) {
      const dataEnd = dataAt + shared.dataLength;
      this.#inside(view, dataAt, Math.min(end, dataEnd), dataEnd, direction, timeMs, packetNumber);
    }
    return Datagram.stun;
  }

  #channel(
    view: DataView,
    start: number,
    end: number,
    length: number,
    direction: Direction,
    timeMs: number,
    packetNumber: number,
  ): Datagram {
    if (!isChannelData(view, start, end, length)) return Datagram.unknown;
    // A capture may begin in the middle of a call: then what is inside has to prove it, by the flow rule.
    this.#countTurnData(packetNumber);
    const dataStart = start + CHANNEL_HEADER_LENGTH;
    const dataEnd = dataStart + view.getUint16(start + 2);
    this.#inside(view, dataStart, Math.min(end, dataEnd), dataEnd, direction, timeMs, packetNumber);
    return Datagram.turnData;
  }

  #countTurnData(packetNumber: number): void {
    if (this.#depth > 0) return;
    this.turnData++;
    if (this.turnDataFirstPacket === 0) this.turnDataFirstPacket = packetNumber;
  }

  #inside(
    view: DataView,
    start: number,
    end: number,
    declaredEnd: number,
    direction: Direction,
    timeMs: number,
    packetNumber: number,
  ): void {
    if (this.#depth >= MAX_DEPTH || end <= start) return;
    this.#depth++;
    const kind = this.#look(view, start, end, declaredEnd - start, direction, timeMs, packetNumber);
    this.#depth--;
    if (kind !== Datagram.unknown) this.unwrapped++;
  }

  #dtls(
    view: DataView,
    start: number,
    end: number,
    length: number,
    direction: Direction,
    packetNumber: number,
  ): Datagram {
    if (!isDtls(view, start, end, length))
      return this.dtls > 0 && isDtlsCiphertext(view.getUint8(start)) ? Datagram.dtls : Datagram.unknown;
    this.dtls++;
    if (this.dtls === 1) this.dtlsFirstPacket = packetNumber;
    this.#dtlsHello ??= new DtlsHello();
    if (this.#dtlsHello.wantsMore) this.#dtlsHello.add(view, start, end, direction);
    return Datagram.dtls;
  }

  /** The DTLS ClientHello, as far as it was captured. */
  get dtlsHello(): ClientHello | undefined {
    return this.#dtlsHello?.hello;
  }

  get dtlsInitiator(): Direction | undefined {
    return this.#dtlsHello?.initiator;
  }

  /** The DTLS handshake offers to give keys to SRTP. */
  get useSrtp(): boolean {
    return this.dtlsHello?.extensions.includes(USE_SRTP) ?? false;
  }

  /** True when STUN or DTLS was on the tuple: then fewer packets make a stream. */
  get hasSetUp(): boolean {
    return this.stun.messages > 0 || this.dtls > 0;
  }

  /** Streams by the flow rule; none when too much of the flow is something else. */
  acceptedStreams(): RtpStream[] {
    const streams = this.streams.accepted(this.hasSetUp);
    const packets = streams.reduce((sum, stream) => sum + stream.candidates, 0);
    const wrapped = streams.reduce((sum, stream) => sum + stream.wrapped, 0);
    // What came inside TURN is counted as the TURN datagram that held it, not as a candidate of the tuple.
    const competing = this.others + this.rtpCandidates - Math.min(wrapped, this.rtpCandidates);
    if (packets - wrapped >= MEDIA_SHARE * competing) return streams;
    return streams.filter((stream) => stream.candidates >= LONG_RUN && stream.goodShare >= STEADY_SHARE);
  }

  /** True when the tuple's datagrams are RTCP and nothing else worth naming. */
  get isRtcpAlone(): boolean {
    const enough = this.rtcpSure >= 1 || this.rtcp >= 2;
    return enough && this.rtcp >= RTCP_SHARE * (this.rtcp + this.rtpCandidates + this.others);
  }

  /**
   * Round trip in ms by STUN and readable RTCP. Each is the way from the capture point to the side that answered, and
   * back; the longer of the two is taken, since the shorter is mostly the own side's time to think.
   */
  roundTripMs(): number | undefined {
    const { best: stun } = this.stun;
    const rtcp = this.#rtcpRoundTrip?.best;
    const there = least(stun[0], rtcp?.[0]);
    const here = least(stun[1], rtcp?.[1]);
    if (there === undefined || here === undefined) return there ?? here;
    return Math.max(there, here);
  }

  /** Reports of accepted streams. `hint`: modality by ports, the weakest rungs of the ladder. Call once. */
  reports(streams: readonly RtpStream[], hint: Modality | undefined): StreamReport[] {
    const reports: StreamReport[] = [];
    for (const stream of streams)
      reports.push(
        stream.report({
          microsoft: this.stun.microsoft,
          hint: hint ?? dscpModality(stream.dscp) ?? this.stun.serviceModality,
        }),
      );
    return reports;
  }
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
