/** Bytes of a DTLS record header (RFC 6347, 4.1). */
const RECORD_HEADER = 13;
/** Handshake header: type, length, sequence, fragment offset, fragment length. */
const HANDSHAKE_HEADER = 12;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
/** Records in one datagram; real ones have a handful. */
const MAX_RECORDS = 64;

function isRecord(view: DataView, at: number): boolean {
  const type = view.getUint8(at);
  if (type < 20 || type > 26) return false;
  const version = view.getUint16(at + 1);
  // DTLS 1.2, 1.0, and OpenSSL's early 0.9.8 form.
  return version === 0xfefd || version === 0xfeff || version === 0x0100;
}

/**
 * True when the datagram is a chain of DTLS 1.0 or 1.2 records (1.3's first flights look the same) that ends exactly
 * at its end; `length` is what the wire carried, a cut capture is believed as far as it reaches.
 */
export function isDtls(view: DataView, start: number, end: number, length: number = end - start): boolean {
  const stop = start + length;
  let at = start;
  for (let records = 0; records < MAX_RECORDS; records++) {
    if (at === stop) return records > 0;
    if (at + RECORD_HEADER > stop) return false;
    if (at + RECORD_HEADER > end) return records > 0;
    if (!isRecord(view, at)) return false;
    at += RECORD_HEADER + view.getUint16(at + 11);
    if (at > stop) return false;
  }
  return false;
}

/** True for the unified header of DTLS 1.3 ciphertext (RFC 9147, section 4): only believed after a classic record. */
export function isDtlsCiphertext(firstByte: number): boolean {
  return firstByte >> 5 === 1;
}

/**
 * Offset of the ClientHello body (from client_version on) in a datagram that begins with one, or -1; a hello that is
 * cut into fragments is only found by its first.
 */
export function dtlsClientHelloAt(view: DataView, start: number, end: number): number {
  const body = start + RECORD_HEADER + HANDSHAKE_HEADER;
  if (body + 34 > end || view.getUint8(start) !== HANDSHAKE) return -1;
  if (view.getUint8(start + RECORD_HEADER) !== CLIENT_HELLO) return -1;
  const fragmentOffset = view.getUint32(start + RECORD_HEADER + 5) & 0xffffff;
  return fragmentOffset === 0 ? body : -1;
}

/** What a DTLS ClientHello says: the part before TLS would, plus the cookie. Offsets are into the view. */
export interface DtlsHello {
  /** Random of 32 bytes in hex. */
  readonly random: string;
  /** Where the extensions' list begins and ends; equal when there are none. */
  readonly extensionsStart: number;
  readonly extensionsEnd: number;
  /** The use_srtp extension (RFC 5764): media keyed by this handshake. */
  readonly useSrtp: boolean;
}

const USE_SRTP = 14;

/** Reads the ClientHello whose body starts at `at`; undefined when its lengths do not fit. */
export function readDtlsHello(view: DataView, at: number, end: number): DtlsHello | undefined {
  let random = "";
  for (let i = 0; i < 8; i++) random += view.getUint32(at + 2 + 4 * i).toString(16).padStart(8, "0");
  let next = at + 34;
  next = next < end ? next + 1 + view.getUint8(next) : end; // session id
  next = next < end ? next + 1 + view.getUint8(next) : end; // cookie
  next = next + 2 <= end ? next + 2 + view.getUint16(next) : end; // cipher suites
  next = next < end ? next + 1 + view.getUint8(next) : end; // compression methods
  if (next > end) return undefined;
  if (next + 2 > end) return { random, extensionsStart: end, extensionsEnd: end, useSrtp: false };
  const extensionsStart = next + 2;
  const extensionsEnd = Math.min(end, extensionsStart + view.getUint16(next));
  let useSrtp = false;
  for (let e = extensionsStart; e + 4 <= extensionsEnd; e += 4 + view.getUint16(e + 2)) {
    if (view.getUint16(e) === USE_SRTP) useSrtp = true;
  }
  return { random, extensionsStart, extensionsEnd, useSrtp };
}
