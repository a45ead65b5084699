import type { Packet } from "../wire/packet.ts";
import { FirstByte, firstByteClass } from "./demux.ts";
import { isDns } from "./dns.ts";
import { isDtls } from "./dtls.ts";
import { isQuicLongHeader } from "./quic.ts";
import { mayBeQuicShortHeader } from "./quic-destination.ts";
import { isRtcpType } from "./rtcp.ts";
import { rtpHeaderLength } from "./rtp.ts";
import { isSip } from "./sip.ts";
import { StunFlavour, StunMessage } from "./stun.ts";
import { TEAMS_SIGNALING_PORT } from "./teams-udp-signaling.ts";
import { isChannelData, isMultiplexedTurn } from "./turn.ts";

/** What a first look at one datagram says. */
export const QuickLook = {
  /** Nothing that is recognised over UDP starts like this; a later packet of the flow may say otherwise. */
  no: 0,
  /** A whole STUN, TURN or MS-TURN message: an inspector finds addresses in it. */
  stun: 1,
  /** A DNS message on a DNS port: nothing more to learn of the flow, names are collected elsewhere. */
  dns: 2,
  /** An inspector has to watch the flow: RTP, RTCP, DTLS, QUIC, SIP, multiplexed TURN may start like this. */
  maybe: 3,
} as const;
export type QuickLook = (typeof QuickLook)[keyof typeof QuickLook];

/** The message, after the answer `stun`. */
export const quickMessage: StunMessage = new StunMessage();

/** Looks at one UDP payload without keeping or allocating anything. */
export function quickLook(packet: Packet): QuickLook {
  const { view, payloadStart: start, payloadEnd: end, sourcePort, destinationPort } = packet;
  if (end - start < 2) return QuickLook.no;
  const length = Math.max(packet.payloadLength, end - start);
  if ((isDnsPort(sourcePort) || isDnsPort(destinationPort)) && isDns(view, start, end, length))
    return QuickLook.dns;
  const first = view.getUint8(start);
  const second = view.getUint8(start + 1);
  switch (firstByteClass(first, second)) {
    case FirstByte.stun:
      if (quickMessage.at(view, start, end, length) !== StunFlavour.none) return QuickLook.stun;
      return isTeamsPort(sourcePort) || isTeamsPort(destinationPort) ? QuickLook.maybe : QuickLook.no;
    case FirstByte.rtp:
      return isRtcpType(second) || rtpHeaderLength(view, start, end, length) > 0
        ? QuickLook.maybe
        : QuickLook.no;
    case FirstByte.multiplexedTurn:
      return isMultiplexedTurn(view, start, end, length) || isQuicLongHeader(view, start, end, length)
        ? QuickLook.maybe
        : QuickLook.no;
    case FirstByte.quicLong:
      return isQuicLongHeader(view, start, end, length) ? QuickLook.maybe : QuickLook.no;
    case FirstByte.dtls:
      return isDtls(view, start, end, length) ? QuickLook.maybe : QuickLook.no;
    case FirstByte.channel:
    case FirstByte.text:
      return isSip(view, start, end) ||
        isChannelData(view, start, end, length) ||
        mayBeQuicShortHeader(packet)
        ? QuickLook.maybe
        : QuickLook.no;
    default:
      return isTeamsPort(sourcePort) || isTeamsPort(destinationPort) ? QuickLook.maybe : QuickLook.no;
  }
}

/** True for a port on which DNS is looked for. */
export function isDnsPort(port: number): boolean {
  return port === 53 || port === 5353 || port === 5355;
}

function isTeamsPort(port: number): boolean {
  return port === TEAMS_SIGNALING_PORT;
}
