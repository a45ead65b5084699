import type { Packet } from "../wire/packet.ts";

/** What a first look at one datagram says. */
export const QuickLook = {
  /** Nothing that is recognised over UDP starts like this; a later packet of the flow may say otherwise. */
  no: 0,
  /** Passes the strict STUN or MS-TURN header check. */
  stun: 1,
  /** A DNS message by port 53 and header. */
  dns: 2,
  /** An inspector has to watch the flow: RTP, RTCP, DTLS, QUIC, SIP, multiplexed TURN may start like this. */
  maybe: 3,
} as const;
export type QuickLook = (typeof QuickLook)[keyof typeof QuickLook];

/** Looks at one UDP payload without keeping or allocating anything. */
export function quickLook(packet: Packet): QuickLook {
  return packet.payloadEnd > packet.payloadStart ? QuickLook.maybe : QuickLook.no;
}
