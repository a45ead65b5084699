/** How RTCP bytes were recognised. */
export const RtcpForm = {
  none: 0,
  /** A compound whose packets end exactly where the datagram does (RFC 3550, 6.1), or where an SRTCP trailer begins that says it is in clear. */
  plain: 1,
  /** Encrypted: only the first header can be read, the trailer's E bit and index are there (RFC 3711, 3.4). */
  encrypted: 2,
  /** The capture has only the beginning; the first header fits. */
  cut: 3,
} as const;
export type RtcpForm = (typeof RtcpForm)[keyof typeof RtcpForm];

export const SENDER_REPORT = 200;
export const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;

/** More packets in one compound than a datagram of 64 KiB has of real ones. */
const MAX_COMPOUND = 256;

/** Bytes of an SRTCP trailer without MKI and authentication tag: E bit and 31-bit index. */
const INDEX_LENGTH = 4;
/** Authentication tags: HMAC-SHA1-80 (with or without Microsoft's one-byte MKI 1), -32, AES-GCM's 16 bytes. */
const TRAILERS = [
  { mki: 0, tag: 10 },
  { mki: 1, tag: 10 },
  { mki: 0, tag: 4 },
  { mki: 1, tag: 4 },
  // AES-GCM puts the tag before the index (RFC 7714, section 9.2), so that nothing follows the index.
  { mki: 0, tag: 0 },
] as const;
const GCM_TAG = 16;
/** An index above this in a call would mean months of RTCP. */
const MAX_INDEX = 1 << 24;

/** True when byte 1 is a type that RTCP has, of 192 to 223, which RTP with the marker bit may not make (RFC 5761, section 4). */
export function isRtcpType(byte: number): boolean {
  return (byte >= 192 && byte <= 195) || (byte >= 200 && byte <= 213);
}

/** Recognises RTCP and SRTCP in a datagram; `length` is what the wire carried. */
export function rtcpForm(view: DataView, start: number, end: number, length: number): RtcpForm {
  if (end - start < 8 || !fits(view, start, start + length)) return RtcpForm.none;
  if (end - start < length) return RtcpForm.cut;
  if (walksExactly(view, start, end)) return RtcpForm.plain;
  if (srtcpIndex(view, start, end) >= 0) return RtcpForm.encrypted;
  return isOnlySigned(view, start, end) ? RtcpForm.plain : RtcpForm.none;
}

/** Index of the SRTCP trailer that ends at `end`, or -1 when none of the usual trailers fits. */
export function srtcpIndex(view: DataView, start: number, end: number): number {
  for (const { mki, tag } of TRAILERS) {
    const at = end - tag - mki - INDEX_LENGTH;
    if (at < start + 8 || (tag !== 0 && (at - start) % 4 !== 0)) continue;
    const word = view.getUint32(at);
    const index = word & 0x7fffffff;
    if (word < 0x80000000 || index >= MAX_INDEX) continue;
    if (mki === 1 && view.getUint8(at + INDEX_LENGTH) !== 1) continue;
    return index;
  }
  return -1;
}

/** True of a compound in clear with an SRTCP trailer, whose E bit is 0 then (UNENCRYPTED_SRTCP of RFC 4568, section 6.3.2). */
function isOnlySigned(view: DataView, start: number, end: number): boolean {
  const trailer = compoundEnd(view, start, end);
  const left = end - trailer;
  if (left === INDEX_LENGTH + GCM_TAG) return view.getUint32(end - INDEX_LENGTH) < MAX_INDEX;
  for (const { mki, tag } of TRAILERS) {
    if (tag === 0 || left !== INDEX_LENGTH + mki + tag || view.getUint32(trailer) >= MAX_INDEX) continue;
    if (mki === 0 || view.getUint8(trailer + INDEX_LENGTH) === 1) return true;
  }
  return false;
}

/** Where the packets of a compound in clear end, before any SRTCP trailer. */
export function compoundEnd(view: DataView, start: number, end: number): number {
  let at = start;
  while (at + 8 <= end && fits(view, at, end)) at += 4 * (view.getUint16(at + 2) + 1);
  return at;
}

function fits(view: DataView, at: number, end: number): boolean {
  if (view.getUint8(at) >> 6 !== 2 || !isRtcpType(view.getUint8(at + 1))) return false;
  return at + 4 * (view.getUint16(at + 2) + 1) <= end && view.getUint16(at + 2) >= 1;
}

function walksExactly(view: DataView, start: number, end: number): boolean {
  let at = start;
  for (let count = 0; count < MAX_COMPOUND; count++) {
    if (at === end) return true;
    if (at + 8 > end || !fits(view, at, end)) {
      // A BYE or an empty report may be one word (RFC 3550, 6.6), but never the first.
      if (count === 0 || at + 4 !== end || view.getUint8(at) >> 6 !== 2 || !isRtcpType(view.getUint8(at + 1)))
        return false;
    }
    at += 4 * (view.getUint16(at + 2) + 1);
  }
  return false;
}

/** True when a plain compound also has a source description: with it, one datagram is enough to be sure. */
export function hasSourceDescription(view: DataView, start: number, end: number): boolean {
  for (let at = start; at + 4 <= end; at += 4 * (view.getUint16(at + 2) + 1)) {
    if (at > start && view.getUint8(at + 1) === SOURCE_DESCRIPTION) return true;
  }
  return false;
}
