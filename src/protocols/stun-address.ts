/** An address as words, IPv4 in its mapped form, written by `StunMessage.readAddress`. */
export class StunAddress {
  version: 4 | 6 = 4;
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  port = 0;
}

/**
 * Reads the value of an address attribute that starts at `at` into `into`. `key`: where the bytes stand that it is XORed
 * with, -1 when it is not.
 */
export function readStunAddress(view: DataView, at: number, key: number, into: StunAddress): void {
  const port = view.getUint16(at + 2);
  into.port = key < 0 ? port : port ^ view.getUint16(key);
  if (view.getUint8(at + 1) === 1) {
    into.version = 4;
    into.word0 = into.word1 = 0;
    into.word2 = 0xffff;
    into.word3 = wordAt(view, at + 4, key, 0);
  } else {
    into.version = 6;
    into.word0 = wordAt(view, at + 4, key, 0);
    into.word1 = wordAt(view, at + 8, key, 4);
    into.word2 = wordAt(view, at + 12, key, 8);
    into.word3 = wordAt(view, at + 16, key, 12);
  }
}

function wordAt(view: DataView, at: number, key: number, offset: number): number {
  return key < 0 ? view.getUint32(at) : (view.getUint32(at) ^ view.getUint32(key + offset)) >>> 0;
}
