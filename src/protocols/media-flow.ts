import type { Direction } from "../words.ts";
import type { Arrival } from "./arrival.ts";
import { FirstByte, firstByteClass } from "./demux.ts";
import { isDtls, isDtlsCiphertext, USE_SRTP } from "./dtls.ts";
import { DtlsHello } from "./dtls-hello.ts";
import { compoundEnd, hasSourceDescription, isRtcpType, RtcpForm, rtcpForm } from "./rtcp.ts";
import { RtcpRoundTrip } from "./rtcp-round-trip.ts";
import { LOWEST_REFUSED, LOWEST_REFUSED_AFTER_ICE, rtpHeaderLength } from "./rtp.ts";
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

/** False where the first bytes of `view[start, end)` leave no media to be looked for: `MediaFlow.add` says unknown. */
export function mayBeMedia(view: DataView, start: number, end: number, length: number): boolean {
  if (end - start < 2) return false;
  switch (firstByteClass(view.getUint8(start), view.getUint8(start + 1))) {
    case FirstByte.text:
    case FirstByte.quicLong:
    case FirstByte.unknown:
      return false;
    case FirstByte.channel:
      return isChannelData(view, start, end, length);
    default:
      return true;
  }
}

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
  /** The first DTLS was inside TURN. */
  isHelloInside = false;
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
  add(view: DataView, start: number, end: number, length: number, arrival: Arrival): Datagram {
    if (end - start < 2) return Datagram.unknown;
    const first = view.getUint8(start);
    const second = view.getUint8(start + 1);
    switch (firstByteClass(first, second)) {
      case FirstByte.rtp:
        return isRtcpType(second)
          ? this.#rtcp(view, start, end, length, arrival)
          : this.#rtp(view, start, end, length, arrival);
      case FirstByte.stun:
        return this.#stun(view, start, end, length, arrival);
      case FirstByte.multiplexedTurn:
        if (!isMultiplexedTurn(view, start, end, length)) return Datagram.unknown;
        this.multiplexed++;
        this.#countTurnData(arrival);
        this.#inside(view, start + MULTIPLEXED_HEADER_LENGTH, end, start + length, arrival);
        return Datagram.turnData;
      case FirstByte.channel:
        return this.#channel(view, start, end, length, arrival);
      case FirstByte.dtls:
        return this.#dtls(view, start, end, length, arrival);
      default:
        return Datagram.unknown;
    }
  }

  #rtp(view: DataView, start: number, end: number, length: number, arrival: Arrival): Datagram {
    const refused = this.#takesUnassigned(view.getUint8(start + 1) & 0x7f)
      ? LOWEST_REFUSED_AFTER_ICE
      : LOWEST_REFUSED;
    const header = rtpHeaderLength(view, start, end, length, refused);
    if (header === 0) return Datagram.unknown;
    this.rtpCandidates++;
    this.#rtpStreams ??= new RtpStreams(this.#signaled);
    this.#rtpStreams.add(view, start, end, length - header, arrival);
    return Datagram.rtp;
  }

  /** True where a payload type from 35 to 63 may be media's: after ICE, or where signaling gives it a meaning. */
  #takesUnassigned(payloadType: number): boolean {
    if (payloadType < LOWEST_REFUSED || payloadType >= LOWEST_REFUSED_AFTER_ICE) return false;
    return this.hasSetUp || this.#signaled(payloadType) !== undefined;
  }

  #rtcp(view: DataView, start: number, end: number, length: number, arrival: Arrival): Datagram {
    const form = rtcpForm(view, start, end, length);
    if (form === RtcpForm.none) return Datagram.unknown;
    if (arrival.depth > 0) this.rtcpInside++;
    else this.rtcp++;
    if (this.rtcpFirstPacket === 0) this.rtcpFirstPacket = arrival.packetNumber;
    if (form === RtcpForm.encrypted) {
      this.rtcpEncrypted++;
      if (arrival.depth === 0) this.rtcpSure++;
    } else if (form === RtcpForm.plain) {
      const readEnd = compoundEnd(view, start, end);
      if (arrival.depth === 0 && hasSourceDescription(view, start, readEnd)) this.rtcpSure++;
      this.#rtcpRoundTrip ??= new RtcpRoundTrip();
      this.#rtcpRoundTrip.add(view, start, readEnd, arrival.direction, arrival.timeMs);
    }
    return Datagram.rtcp;
  }

  #stun(view: DataView, start: number, end: number, length: number, arrival: Arrival): Datagram {
    if (shared.at(view, start, end, length) === StunFlavour.none) return Datagram.unknown;
    this.#stunLedger ??= new StunLedger();
    this.#stunLedger.add(shared, arrival);
    // Kept before looking inside, where the same message object is laid over the content.
    const dataAt = shared.isTurn ? shared.dataAt : -1;
    if (dataAt >= 0 && shared.dataLength > 0) {
      const dataEnd = dataAt + shared.dataLength;
      this.#inside(view, dataAt, Math.min(end, dataEnd), dataEnd, arrival);
    }
    return Datagram.stun;
  }

  #channel(view: DataView, start: number, end: number, length: number, arrival: Arrival): Datagram {
    if (!isChannelData(view, start, end, length)) return Datagram.unknown;
    // A capture may begin in the middle of a call: then what is inside has to prove it, by the flow rule.
    this.#countTurnData(arrival);
    const dataStart = start + CHANNEL_HEADER_LENGTH;
    const dataEnd = dataStart + view.getUint16(start + 2);
    this.#inside(view, dataStart, Math.min(end, dataEnd), dataEnd, arrival);
    return Datagram.turnData;
  }

  #countTurnData(arrival: Arrival): void {
    if (arrival.depth > 0) return;
    this.turnData++;
    if (this.turnDataFirstPacket === 0) this.turnDataFirstPacket = arrival.packetNumber;
  }

  #inside(view: DataView, start: number, end: number, declaredEnd: number, arrival: Arrival): void {
    if (arrival.depth >= MAX_DEPTH || end <= start) return;
    arrival.depth++;
    const kind = this.add(view, start, end, declaredEnd - start, arrival);
    arrival.depth--;
    if (kind !== Datagram.unknown) this.unwrapped++;
  }

  #dtls(view: DataView, start: number, end: number, length: number, arrival: Arrival): Datagram {
    if (!isDtls(view, start, end, length))
      return this.dtls > 0 && isDtlsCiphertext(view.getUint8(start)) ? Datagram.dtls : Datagram.unknown;
    this.dtls++;
    if (this.dtls === 1) this.dtlsFirstPacket = arrival.packetNumber;
    if (this.#dtlsHello === undefined) {
      this.#dtlsHello = new DtlsHello();
      this.isHelloInside = arrival.depth > 0;
    }
    if (this.#dtlsHello.wantsMore) this.#dtlsHello.add(view, start, end, arrival.direction);
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

  /** Best round trips of readable RTCP by direction, ms; undefined without any. */
  get rtcpRoundTrips(): RtcpRoundTrip["best"] | undefined {
    return this.#rtcpRoundTrip?.best;
  }
}
