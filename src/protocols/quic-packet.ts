/** QUIC long headers (RFC 9000, section 17.2; RFC 9369 for version 2). */

export const QUIC_V1 = 0x00000001;
export const QUIC_V2 = 0x6b3343cf;

/** Drafts 29 to 32, which browsers used in 2020 and 2021: as version 1 but for the salt. */
const FIRST_DRAFT = 0xff00001d;
const LAST_DRAFT = 0xff000020;

/** True for a version whose Initial packets use the salt of the drafts. */
export function isQuicDraft(version: number): boolean {
  return version >= FIRST_DRAFT && version <= LAST_DRAFT;
}

/** Longest connection id of these versions. */
export const LONGEST_CONNECTION_ID = 20;

/** Of HTTP/3, where a server is that says nothing else (RFC 9114, section 3.1; RFC 9110, section 4.2.2). */
export const QUIC_PORT = 443;

/** Frames of one packet that are read, and ranges of one ACK frame. */
export const MOST_QUIC_FRAMES = 512;

/** Packet number (as if it had four bytes) and sample: the least that header protection needs. */
const SHORTEST_PROTECTED = 4 + 16;

/** Integrity tag of a Retry. */
const RETRY_TAG = 16;

export const QuicType = { initial: 0, zeroRtt: 1, handshake: 2, retry: 3, negotiation: 4 } as const;
export type QuicType = (typeof QuicType)[keyof typeof QuicType];

/** One long-header packet, laid over a datagram. Meaningful after `at` answered true. Offsets into the view. */
export class QuicLongHeader {
  type: QuicType = QuicType.initial;
  version = 0;
  destinationStart = 0;
  destinationLength = 0;
  sourceStart = 0;
  sourceLength = 0;
  /** Where the (protected) packet number begins; the packet's start and end. */
  packetNumberStart = 0;
  start = 0;
  end = 0;

  /**
   * Reads the packet at `start`; false when it is no long header of a known version or negotiation that fits. `wireEnd`:
   * where the datagram ended on the wire, of which the capture holds what is before `end`.
   */
  at(view: DataView, start: number, end: number, wireEnd: number = end): boolean {
    if (end - start < 7) return false;
    const first = view.getUint8(start);
    if ((first & 0x80) === 0) return false;
    this.start = start;
    this.version = view.getUint32(start + 1);
    if (this.version === 0) this.type = QuicType.negotiation;
    else if ((first & 0x40) === 0) return false;
    else if (this.version === QUIC_V1 || isQuicDraft(this.version))
      this.type = ((first >>> 4) & 3) as QuicType;
    // Version 2 counts its types one further (RFC 9369, section 3.2).
    else if (this.version === QUIC_V2) this.type = (((first >>> 4) + 3) & 3) as QuicType;
    else return false;
    this.destinationLength = view.getUint8(start + 5);
    this.destinationStart = start + 6;
    const sourceAt = this.destinationStart + this.destinationLength;
    if (this.destinationLength > LONGEST_CONNECTION_ID || sourceAt >= end) return false;
    this.sourceLength = view.getUint8(sourceAt);
    this.sourceStart = sourceAt + 1;
    const rest = this.sourceStart + this.sourceLength;
    if (this.sourceLength > LONGEST_CONNECTION_ID || rest > end) return false;
    return this.#body(view, rest, end, wireEnd);
  }

  #body(view: DataView, at: number, end: number, wireEnd: number): boolean {
    this.packetNumberStart = at;
    this.end = wireEnd;
    if (this.type === QuicType.negotiation) return offersKnownVersion(view, at, end);
    if (this.type === QuicType.retry) return wireEnd - at > RETRY_TAG;
    if (this.type === QuicType.initial) {
      const tokenLength = varint(view, at, end);
      if (tokenLength < 0) return false;
      at += varintLength(view, at) + tokenLength;
    }
    const length = varint(view, at, end);
    if (length < SHORTEST_PROTECTED) return false;
    this.packetNumberStart = at + varintLength(view, at);
    this.end = this.packetNumberStart + length;
    return this.end <= wireEnd;
  }
}

/** A list of versions with one of ours in it, whole. */
function offersKnownVersion(view: DataView, start: number, end: number): boolean {
  if (end - start < 4 || (end - start) % 4 !== 0 || end - start > 256) return false;
  for (let at = start; at < end; at += 4) {
    const version = view.getUint32(at);
    if (version === QUIC_V1 || version === QUIC_V2 || isQuicDraft(version)) return true;
  }
  return false;
}

/** Bytes of the variable-length integer at `at`, which must be there (RFC 9000, section 16). */
export function varintLength(view: DataView, at: number): number {
  return 1 << (view.getUint8(at) >>> 6);
}

/** Value of the variable-length integer at `at`; -1 when it is cut or larger than any length here can be. */
export function varint(view: DataView, at: number, end: number): number {
  if (at >= end) return -1;
  const length = varintLength(view, at);
  if (at + length > end) return -1;
  switch (length) {
    case 1:
      return view.getUint8(at) & 0x3f;
    case 2:
      return view.getUint16(at) & 0x3fff;
    case 4:
      return view.getUint32(at) & 0x3fffffff;
    default:
      return (view.getUint32(at) & 0x3fffffff) === 0 ? view.getUint32(at + 4) : -1;
  }
}

/** Offset after an ACK frame whose type ended before `at` (RFC 9000, section 19.3), or -1. */
export function skipAck(view: DataView, at: number, end: number, withCounts: boolean): number {
  let fields = 4; // largest acknowledged, delay, range count, first range
  for (let i = 0; i < fields; i++) {
    const value = varint(view, at, end);
    if (value < 0) return -1;
    if (i === 2) {
      if (value > MOST_QUIC_FRAMES) return -1;
      fields += 2 * value + (withCounts ? 3 : 0);
    }
    at += varintLength(view, at);
  }
  return at;
}
