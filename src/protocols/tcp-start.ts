import { DNS_HEADER_LENGTH, isDns } from "./dns.ts";
import { lookForHttp } from "./http.ts";
import { lookForSip } from "./sip-message.ts";
import { lookForSmtp } from "./smtp.ts";
import { PseudoTls, pseudoTlsHello } from "./pseudo-tls.ts";
import { TcpMediaStart, tcpMediaStart } from "./tcp-media-start.ts";
import type { TcpSegment } from "./tcp-segment.ts";
import { lookForTls } from "./tls-flow.ts";

/** Protocols over TCP that are told by the first bytes of a direction. */
export type TcpProtocol = "tls" | "media" | "sip" | "http" | "dns" | "smtp";

const DNS_PORT = 53;

/** Blank lines that clients send before a SIP or HTTP message to keep a connection open. */
const MOST_BLANKS = 8;

/**
 * What the bytes are, seen as the beginning of one direction; undefined when nothing recognises them (yet).
 * Microsoft's pseudo-TLS goes first since it is made to look like TLS; what needs a whole message goes before what is
 * content with a few bytes.
 */
export function tcpProtocolOf(view: DataView, start: number, end: number): TcpProtocol | undefined {
  const pseudo = pseudoTlsHello(view, start, end);
  if (pseudo === PseudoTls.more) return undefined;
  if (pseudo !== PseudoTls.no) return "media";
  if (lookForTls(view, start, end) !== "no") return "tls";
  const text = skipBlankLines(view, start, end);
  if (lookForSip(view, text, end) === "sip") return "sip";
  const http = lookForHttp(view, text, end);
  if (http === "request" || http === "response") return "http";
  if (isFramedDns(view, start, end)) return "dns";
  const media = tcpMediaStart(view, start, end);
  if (media !== TcpMediaStart.no && media !== TcpMediaStart.more) return "media";
  return lookForSmtp(view, start, end) === "no" ? undefined : "smtp";
}

/** A two-byte length and the whole DNS message that it announces (RFC 1035, section 4.2.2). */
export function isFramedDns(view: DataView, start: number, end: number): boolean {
  if (end - start < 2 + DNS_HEADER_LENGTH) return false;
  const stop = start + 2 + view.getUint16(start);
  return stop <= end && view.getUint16(start + 6) > 0 && isDns(view, start + 2, stop);
}

/**
 * True for a segment on DNS's own port that begins with a message of which the snap length cut the rest; what was
 * captured of it makes sense.
 */
export function isCutDns({ packet, view, start, end, length: onWire }: TcpSegment): boolean {
  if (packet.sourcePort !== DNS_PORT && packet.destinationPort !== DNS_PORT) return false;
  if (end - start < 2 + DNS_HEADER_LENGTH) return false;
  const length = view.getUint16(start);
  const isCut = start + 2 + length > end && 2 + length <= onWire;
  return isCut && view.getUint16(start + 6) > 0 && isDns(view, start + 2, end, length);
}

/** Offset after the blank lines at the beginning, as many as are passed over. */
export function skipBlankLines(view: DataView, start: number, end: number): number {
  let at = start;
  while (at < end && at < start + MOST_BLANKS && (view.getUint8(at) === 13 || view.getUint8(at) === 10)) at++;
  return at;
}
