/** TLS record types (RFC 8446, section 5.1). */
export const RecordType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

/** Record header: type, version, length. */
export const RECORD_HEADER_LENGTH = 5;

/** Longest record: 2^14 bytes and what TLS 1.2 encryption may add (RFC 5246, section 6.2.3). */
const LONGEST_RECORD = 16384 + 2048;

/** True when a record header that makes sense is at `at`; its 5 bytes must be there. */
function isRecordHeader(view: DataView, at: number): boolean {
  const type = view.getUint8(at);
  if (type < RecordType.changeCipherSpec || type > RecordType.applicationData) return false;
  if (view.getUint8(at + 1) !== 3 || view.getUint8(at + 2) > 4) return false;
  const length = view.getUint16(at + 3);
  if (length > LONGEST_RECORD) return false;
  if (type === RecordType.changeCipherSpec) return length === 1;
  return length > 0 || type === RecordType.applicationData;
}

/** Bytes of a hello that tell it: type, length in three bytes, the first byte of its version. */
const HELLO_BYTES = 5;

/** What a handshake at the beginning of a direction begins with; `more`: too little of it is there to say. */
export const Hello = { no: 0, client: 1, server: 2, more: 3 } as const;
export type Hello = (typeof Hello)[keyof typeof Hello];

/** Says whether the bytes begin with handshake records whose first message is a ClientHello or a ServerHello. */
export function helloAt(view: DataView, start: number, end: number): Hello {
  if (end - start <= RECORD_HEADER_LENGTH) return Hello.no;
  if (view.getUint8(start) !== RecordType.handshake || !isRecordHeader(view, start)) return Hello.no;
  const body = start + RECORD_HEADER_LENGTH;
  const message = view.getUint8(body);
  if (message !== Hello.client && message !== Hello.server) return Hello.no;
  if (view.getUint16(body - 2) < HELLO_BYTES) return helloInPieces(view, start, end, message);
  if (body + HELLO_BYTES > end) return Hello.more;
  // Version field of the hello itself: 0x0300 to 0x0303, whatever the record layer says.
  return view.getUint8(body + 1) === 0 && view.getUint8(body + 4) === 3 ? message : Hello.no;
}

/** As `helloAt`, where the first bytes of the message lie in several records. */
function helloInPieces(view: DataView, start: number, end: number, message: 1 | 2): Hello {
  let seen = 0;
  for (let at = start; at + RECORD_HEADER_LENGTH <= end;) {
    if (view.getUint8(at) !== RecordType.handshake || !isRecordHeader(view, at)) return Hello.no;
    const body = at + RECORD_HEADER_LENGTH;
    at = body + view.getUint16(at + 3);
    for (let i = body; i < Math.min(at, end); i++, seen++) {
      if (seen === 1 && view.getUint8(i) !== 0) return Hello.no;
      if (seen === HELLO_BYTES - 1) return view.getUint8(i) === 3 ? message : Hello.no;
    }
  }
  return Hello.more;
}

/**
 * True for a segment from the middle of a TLS connection: a chain of records that make sense, of which at least two
 * headers are there, or whose only record ends with the bytes.
 */
export function looksLikeRecords(view: DataView, start: number, end: number): boolean {
  let at = start;
  let headers = 0;
  while (at + RECORD_HEADER_LENGTH <= end) {
    if (!isRecordHeader(view, at)) return false;
    headers++;
    at += RECORD_HEADER_LENGTH + view.getUint16(at + 3);
  }
  // A bare header is what Skype's own protocol sends to look like TLS.
  if (headers === 1 && end - start === RECORD_HEADER_LENGTH) return false;
  return at === end ? headers > 0 : headers > 1;
}

/**
 * True for a segment of `length` bytes from the middle of a TLS connection of which the snap length cut the end: its
 * first record, of application data, ends where the segment did.
 */
export function looksLikeCutRecord(view: DataView, start: number, end: number, length: number): boolean {
  if (length <= end - start || end - start < RECORD_HEADER_LENGTH) return false;
  if (view.getUint8(start) !== RecordType.applicationData || !isRecordHeader(view, start)) return false;
  return RECORD_HEADER_LENGTH + view.getUint16(start + 3) === length;
}

/**
 * The SSLv2-framed ClientHello that old clients send to offer SSL 3.0 or TLS (RFC 5246, appendix E.2). Its four
 * lengths must add up.
 */
export function isSslV2Hello(view: DataView, start: number, end: number): boolean {
  if (end - start < 11 || (view.getUint8(start) & 0x80) === 0 || view.getUint8(start + 2) !== 1) return false;
  const version = view.getUint16(start + 3);
  if ((version < 0x0300 || version > 0x0303) && version !== 0x0002) return false;
  const ciphers = view.getUint16(start + 5);
  const session = view.getUint16(start + 7);
  const challenge = view.getUint16(start + 9);
  if (ciphers === 0 || ciphers % 3 !== 0 || (session !== 0 && session !== 16)) return false;
  return (
    challenge >= 16 &&
    challenge <= 32 &&
    (view.getUint16(start) & 0x7fff) === 9 + ciphers + session + challenge
  );
}

/** Where the plain handshake messages at the beginning of one direction lie. */
export interface Handshake {
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
  /** Nothing plain follows: another record type came, or bytes that are no record. */
  readonly ended: boolean;
}

/**
 * The handshake bytes of the records at the beginning of a direction, without the record headers: in place when one
 * record holds them all, else put together in a new buffer (never longer than the input).
 */
export function plainHandshake(view: DataView, start: number, end: number): Handshake {
  let at = start;
  let records = 0;
  let ended = false;
  let total = 0;
  while (at + RECORD_HEADER_LENGTH <= end) {
    if (view.getUint8(at) !== RecordType.handshake || !isRecordHeader(view, at)) {
      ended = true;
      break;
    }
    records++;
    const body = at + RECORD_HEADER_LENGTH;
    at = body + view.getUint16(at + 3);
    total += Math.min(at, end) - body;
  }
  const first = start + RECORD_HEADER_LENGTH;
  if (records <= 1) return { view, start: first, end: Math.max(first, Math.min(at, end)), ended };
  const joined = new Uint8Array(total);
  let to = 0;
  at = start;
  for (let i = 0; i < records; i++) {
    const body = at + RECORD_HEADER_LENGTH;
    at = body + view.getUint16(at + 3);
    const length = Math.min(at, end) - body;
    joined.set(new Uint8Array(view.buffer, view.byteOffset + body, length), to);
    to += length;
  }
  return { view: new DataView(joined.buffer), start: 0, end: total, ended };
}
