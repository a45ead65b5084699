/** Bytes of a DTLS record header (RFC 6347, 4.1). */
export const RECORD_HEADER = 13;
/** Handshake header: type, length, sequence, fragment offset, fragment length. */
export const HANDSHAKE_HEADER = 12;
export const HANDSHAKE = 22;
export const CLIENT_HELLO = 1;
/** Records in one datagram; real ones have a handful. */
export const MAX_RECORDS = 64;

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

/** The extension by which a handshake gives keys to SRTP (RFC 5764). */
export const USE_SRTP = 14;
