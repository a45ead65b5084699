/** Bytes of an RTP header without CSRCs and extension (RFC 3550, section 5.1). */
export const RTP_HEADER_LENGTH = 12;

/** One-byte header extensions of RFC 8285 begin with this profile. */
const ONE_BYTE_EXTENSIONS = 0xbede;

/**
 * Length of the header (CSRCs and extension included) when the bytes could be an RTP packet, else 0. `length` is what
 * the wire carried. A weak test (RFC 3550, A.1 says so): of 228 flows in a corpus with such a packet, two thirds were
 * something else. The padding bit is not looked at, SRTP encrypts the count.
 */
export function rtpHeaderLength(view: DataView, start: number, end: number, length: number): number {
  if (end - start < RTP_HEADER_LENGTH) return 0;
  const first = view.getUint8(start);
  if (first >> 6 !== 2) return 0;
  // 35 to 95: unassigned, or RTCP's packet types (RFC 5761, section 4).
  const payloadType = view.getUint8(start + 1) & 0x7f;
  if (payloadType > 34 && payloadType < 96) return 0;
  let headerLength = RTP_HEADER_LENGTH + 4 * (first & 0xf);
  if ((first & 0x10) !== 0) {
    if (start + headerLength + 4 > end) return headerLength + 4 <= length ? headerLength + 4 : 0;
    headerLength += 4 + 4 * view.getUint16(start + headerLength + 2);
  }
  return headerLength <= length ? headerLength : 0;
}

/**
 * Absolute send time of an RTP packet in units of 2^-18 s (24 bits, wraps every 64 s), or -1: the first three-byte
 * element of its one-byte header extensions (RFC 8285; abs-send-time of the WebRTC project has that form, and in
 * clear also under SRTP). Whether the id means it is known from how it advances, or from SDP.
 */
export function absoluteSendTime(view: DataView, start: number, end: number): number {
  const first = view.getUint8(start);
  if ((first & 0x10) === 0) return -1;
  let at = start + RTP_HEADER_LENGTH + 4 * (first & 0xf);
  if (at + 8 > end || view.getUint16(at) !== ONE_BYTE_EXTENSIONS) return -1;
  const stop = Math.min(end, at + 4 + 4 * view.getUint16(at + 2));
  at += 4;
  while (at + 4 <= stop) {
    const element = view.getUint8(at);
    if (element === 0) {
      at++;
      continue;
    }
    const elementLength = (element & 0xf) + 1;
    if (element >> 4 === 15) return -1;
    if (elementLength === 3) return view.getUint32(at) & 0xffffff;
    at += 1 + elementLength;
  }
  return -1;
}
