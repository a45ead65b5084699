/** Lengths of the two hellos; nothing else is sent before the framing begins (MS-TURN 2.1.1). */
export const PSEUDO_CLIENT_LENGTH = 50;
export const PSEUDO_SERVER_LENGTH = 83;

const CLIENT_PREFIX: readonly number[] = [0x16, 3, 1, 0, 0x2d, 1, 0, 0, 0x29, 3, 1];
/** No session id, one cipher suite (0x0018, which no browser offers), null compression. After 32 bytes of random. */
const CLIENT_SUFFIX: readonly number[] = [0, 0, 2, 0, 0x18, 1, 0];
const SERVER_PREFIX: readonly number[] = [0x16, 3, 1, 0, 0x4e, 2, 0, 0, 0x46, 3, 1];
const SESSION_ID_LENGTH = 0x20;
/** The suite, null compression, and a ServerHelloDone in the same record. After 32 bytes of session id. */
const SERVER_SUFFIX: readonly number[] = [0, 0x18, 0, 0x0e, 0, 0, 0];
const RANDOM_END = 43;
const SERVER_SUFFIX_AT = 76;

/** How much of a pseudo-TLS hello the bytes are. */
export const PseudoTls = { no: 0, more: 1, client: 2, server: 3 } as const;
export type PseudoTls = (typeof PseudoTls)[keyof typeof PseudoTls];

/**
 * Looks for Microsoft's pseudo-TLS hello at `start`: exact bytes but for random and session id, so that no real
 * handshake is taken for one. `more`: as far as it goes it fits.
 */
export function pseudoTlsHello(view: DataView, start: number, end: number): PseudoTls {
  if (matches(view, start, end, CLIENT_PREFIX)) {
    if (end - start < PSEUDO_CLIENT_LENGTH)
      return matches(view, start + RANDOM_END, end, CLIENT_SUFFIX) ? PseudoTls.more : PseudoTls.no;
    return matches(view, start + RANDOM_END, end, CLIENT_SUFFIX) ? PseudoTls.client : PseudoTls.no;
  }
  if (!matches(view, start, end, SERVER_PREFIX)) return PseudoTls.no;
  if (end - start > RANDOM_END && view.getUint8(start + RANDOM_END) !== SESSION_ID_LENGTH)
    return PseudoTls.no;
  if (!matches(view, start + SERVER_SUFFIX_AT, end, SERVER_SUFFIX)) return PseudoTls.no;
  return end - start < PSEUDO_SERVER_LENGTH ? PseudoTls.more : PseudoTls.server;
}

/** True when the bytes from `at` are the pattern, as far as there are bytes. */
function matches(view: DataView, at: number, end: number, pattern: readonly number[]): boolean {
  for (let i = 0; i < pattern.length && at + i < end; i++)
    if (view.getUint8(at + i) !== pattern[i]) return false;
  return true;
}
