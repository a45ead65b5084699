/** ServerHello and Certificate, the plain part of a server's answer. */

const SUPPORTED_VERSIONS = 43;

/** SHA-256 of "HelloRetryRequest", which TLS 1.3 sends as the random (RFC 8446, section 4.1.3). */
const RETRY_RANDOM = [0xcf21ad74, 0xe59a6111, 0xbe1d8c02, 0x1e65b891, 0xc2a21116, 0x7abb8c5e] as const;

export interface ServerHello {
  /** 0x0304 for TLS 1.3, 0x0303 for 1.2, and so on. */
  readonly version: number;
  /** A HelloRetryRequest: the client will send a second ClientHello. */
  readonly retry: boolean;
}

/** Reads the body of a whole ServerHello (RFC 8446, section 4.1.3). Undefined when it makes no sense. */
export function readServerHello(view: DataView, start: number, end: number): ServerHello | undefined {
  if (end - start < 38) return undefined;
  let version = view.getUint16(start);
  if (version >>> 8 !== 3 && version >>> 8 !== 0xfe) return undefined;
  const retry = RETRY_RANDOM.every((word, index) => view.getUint32(start + 2 + 4 * index) === word);
  const cipherAt = start + 35 + view.getUint8(start + 34);
  if (cipherAt + 3 > end) return undefined;
  let at = cipherAt + 5;
  while (at + 4 <= end) {
    const bodyEnd = at + 4 + view.getUint16(at + 2);
    if (bodyEnd > end) break;
    if (view.getUint16(at) === SUPPORTED_VERSIONS && bodyEnd - at === 6) version = view.getUint16(at + 4);
    at = bodyEnd;
  }
  return { version, retry };
}
