/** Bytes of an RTP header without CSRCs and extension (RFC 3550, section 5.1). */
const RTP_HEADER_LENGTH = 12;

/** One-byte header extensions of RFC 8285 begin with this profile. */
const ONE_BYTE_EXTENSIONS = 0xbede;
/** Two-byte ones with this, but for its last four bits. */
const TWO_BYTE_EXTENSIONS = 0x1000;
/** Ids that are looked at; one-byte headers have no higher ones. */
const LAST_ID = 14;

/**
 * Lowest payload type that is refused: 35 to 63 are not assigned by RFC 3551, and 64 to 95 would be RTCP's packet types
 * (RFC 5761, section 4). Browsers that ran out of numbers above 95 give 35 to 63 to video codecs, always after ICE.
 */
export const LOWEST_REFUSED = 35;
export const LOWEST_REFUSED_AFTER_ICE = 64;

/**
 * Length of the header (CSRCs and extension included) when the bytes could be an RTP packet, else 0. `length` is what
 * the wire carried. A weak test (RFC 3550, A.1 says so): of 228 flows in a corpus with such a packet, two thirds were
 * something else. The padding bit is not looked at, SRTP encrypts the count.
 */
export function rtpHeaderLength(
  view: DataView,
  start: number,
  end: number,
  length: number,
  lowestRefused: number = LOWEST_REFUSED,
): number {
  if (end - start < RTP_HEADER_LENGTH) return 0;
  const first = view.getUint8(start);
  if (first >> 6 !== 2) return 0;
  const payloadType = view.getUint8(start + 1) & 0x7f;
  if (payloadType >= lowestRefused && payloadType < 96) return 0;
  let headerLength = RTP_HEADER_LENGTH + 4 * (first & 0xf);
  if ((first & 0x10) !== 0) {
    if (start + headerLength + 4 > end) return headerLength + 4 <= length ? headerLength + 4 : 0;
    headerLength += 4 + 4 * view.getUint16(start + headerLength + 2);
  }
  return headerLength <= length ? headerLength : 0;
}

/**
 * A header extension of three bytes that may be the absolute send time in units of 2^-18 s (24 bits, wraps every 64 s;
 * abs-send-time of the WebRTC project, in clear also under SRTP): its id times 2^24 plus its value, or -1 when there is
 * none. Which id means it is known from how it advances: `rejected` has a bit for each id that did not.
 */
export function absoluteSendTime(view: DataView, start: number, end: number, rejected: number): number {
  const first = view.getUint8(start);
  if ((first & 0x10) === 0) return -1;
  let at = start + RTP_HEADER_LENGTH + 4 * (first & 0xf);
  if (at + 8 > end) return -1;
  const profile = view.getUint16(at);
  const isLong = (profile & 0xfff0) === TWO_BYTE_EXTENSIONS;
  if (profile !== ONE_BYTE_EXTENSIONS && !isLong) return -1;
  const stop = Math.min(end, at + 4 + 4 * view.getUint16(at + 2));
  at += 4;
  while (at + 4 <= stop) {
    const element = view.getUint8(at);
    if (element === 0) {
      at++; // padding
      continue;
    }
    const id = isLong ? element : element >> 4;
    if (!isLong && id === 15) return -1;
    const length = isLong ? view.getUint8(at + 1) : (element & 0xf) + 1;
    at += isLong ? 2 : 1;
    if (length === 3 && at + 3 <= stop && id <= LAST_ID && ((rejected >> id) & 1) === 0)
      return id * 0x1000000 + ((view.getUint16(at) << 8) | view.getUint8(at + 2));
    at += length;
  }
  return -1;
}
