import { PseudoTls, pseudoTlsHello } from "./pseudo-tls.ts";
import { cutFraming } from "./tcp-media-cut.ts";
import { fitsChannels, fitsMicrosoft, fitsRfc4571, fitsStun, type Framing } from "./tcp-media-framing.ts";

/** What the first bytes of one direction of a TCP connection are, as far as media is concerned. */
export const TcpMediaStart = {
  /** Not media framing. */
  no: 0,
  /** Too few bytes to say. */
  more: 1,
  /** Microsoft's pseudo-TLS hello (MS-TURN 2.1.1): exact bytes, 50 from the client, 83 from the server. */
  pseudoTls: 2,
  /** Microsoft's TCP framing without the hello: 02/03, 00, length. */
  microsoftFraming: 3,
  /** RFC 4571 frames that hold STUN, or at least three that hold RTP. */
  rfc4571: 4,
  /** STUN or TURN straight on TCP (RFC 8489, section 6.2.2). */
  stun: 5,
  /** TURN's ChannelData alone: the capture began in the middle. */
  channels: 6,
  /** A unit of Microsoft's framing, of RFC 4571 or straight on TCP, of which the snap length cut the end. */
  cutMicrosoft: 7,
  cutRfc4571: 8,
  cutStun: 9,
} as const;
export type TcpMediaStart = (typeof TcpMediaStart)[keyof typeof TcpMediaStart];

/** Looks at the first contiguous bytes of one direction (`view` from `start` to `end`). Allocates nothing. */
export function tcpMediaStart(view: DataView, start: number, end: number): TcpMediaStart {
  if (end - start < 2) return TcpMediaStart.more;
  const hello = pseudoTlsHello(view, start, end);
  if (hello === PseudoTls.more) return TcpMediaStart.more;
  if (hello !== PseudoTls.no) return TcpMediaStart.pseudoTls;
  const microsoft = fitsMicrosoft(view, start, end);
  if (microsoft === "yes") return TcpMediaStart.microsoftFraming;
  const stun = fitsStun(view, start, end);
  if (stun === "yes") return TcpMediaStart.stun;
  const rfc4571 = fitsRfc4571(view, start, end);
  if (rfc4571 === "yes") return TcpMediaStart.rfc4571;
  if (fitsChannels(view, start, end) === "yes") return TcpMediaStart.channels;
  const more = microsoft === "more" || stun === "more" || rfc4571 === "more";
  return more ? TcpMediaStart.more : TcpMediaStart.no;
}

/** How the rest of a connection is framed that begins so. */
export const FRAMINGS: Readonly<Record<TcpMediaStart, Framing>> = {
  [TcpMediaStart.no]: "rfc4571",
  [TcpMediaStart.more]: "rfc4571",
  [TcpMediaStart.pseudoTls]: "microsoft",
  [TcpMediaStart.microsoftFraming]: "microsoft",
  [TcpMediaStart.rfc4571]: "rfc4571",
  [TcpMediaStart.stun]: "stun",
  [TcpMediaStart.channels]: "stun",
  [TcpMediaStart.cutMicrosoft]: "microsoft",
  [TcpMediaStart.cutRfc4571]: "rfc4571",
  [TcpMediaStart.cutStun]: "stun",
};

/** As `tcpMediaStart`, for a segment that the snap length cut; `length` is that on the wire. */
export function cutMediaStart(view: DataView, start: number, end: number, length: number): TcpMediaStart {
  if (length <= end - start) return TcpMediaStart.no;
  const framing = cutFraming(view, start, end, length);
  if (framing === "microsoft") return TcpMediaStart.cutMicrosoft;
  if (framing === "rfc4571") return TcpMediaStart.cutRfc4571;
  return framing === "stun" ? TcpMediaStart.cutStun : TcpMediaStart.no;
}
