/**
 * AES-128 of single blocks (FIPS 197): QUIC's header protection needs one block a packet (RFC 9001, section 5.4.3), for
 * which node:crypto would set up a cipher. Not for secrets: it takes no care against timing attacks.
 */

const SBOX: Uint8Array = makeSbox();

/** Multiplication by x in AES's field. */
function double(value: number): number {
  return ((value << 1) ^ ((value & 0x80) !== 0 ? 0x11b : 0)) & 0xff;
}

/** The inverse in the field, then the affine map (section 5.1.1), walked by powers of the generator 3. */
function makeSbox(): Uint8Array {
  const sbox = new Uint8Array(256);
  const powers: number[] = [];
  for (let i = 0, x = 1; i < 255; i++, x ^= double(x)) powers.push(x);
  powers.forEach((x, i) => {
    const inverse = powers[(255 - i) % 255] ?? 0;
    let y = inverse;
    for (let turn = 1; turn <= 4; turn++) y ^= ((inverse << turn) | (inverse >> (8 - turn))) & 0xff;
    sbox[x] = y ^ 0x63;
  });
  sbox[0] = 0x63;
  return sbox;
}

/**
 * SubBytes and MixColumns of one byte as a column, by the byte's row (the tables of the cipher's original proposal): a
 * round is then four look-ups a column.
 */
const T0 = mixTable(0);
const T1 = mixTable(8);
const T2 = mixTable(16);
const T3 = mixTable(24);

function mixTable(turn: number): Int32Array {
  return Int32Array.from(SBOX, (s) => {
    const column = (double(s) << 24) | (s << 16) | (s << 8) | (double(s) ^ s);
    return turn === 0 ? column : (column >>> turn) | (column << (32 - turn));
  });
}

const ROUNDS = 10;
const schedule = new Int32Array(4 * (ROUNDS + 1));
let isExpanded = false;
const block = new Uint8Array(16);
const blockView = new DataView(block.buffer);

function substituted(word: number): number {
  return (
    ((SBOX[word >>> 24] ?? 0) << 24) |
    ((SBOX[(word >>> 16) & 255] ?? 0) << 16) |
    ((SBOX[(word >>> 8) & 255] ?? 0) << 8) |
    (SBOX[word & 255] ?? 0)
  );
}

/** Section 5.2; nothing is done for the key of the call before. */
function expandKey(key: Uint8Array): void {
  let isSame = isExpanded;
  for (let i = 0; i < 4; i++) {
    const at = 4 * i;
    const word =
      ((key[at] ?? 0) << 24) | ((key[at + 1] ?? 0) << 16) | ((key[at + 2] ?? 0) << 8) | (key[at + 3] ?? 0);
    if (schedule[i] !== word) isSame = false;
    schedule[i] = word;
  }
  if (isSame) return;
  isExpanded = true;
  let constant = 1;
  for (let i = 4; i < schedule.length; i++) {
    let word = schedule[i - 1] ?? 0;
    if ((i & 3) === 0) {
      word = substituted((word << 8) | (word >>> 24)) ^ (constant << 24);
      constant = double(constant);
    }
    schedule[i] = (schedule[i - 4] ?? 0) ^ word;
  }
}

/** Encrypts the 16 bytes of `view` at `at` under a key of 16; the answer is overwritten by the next call. */
export function aes128Block(key: Uint8Array, view: DataView, at: number): Uint8Array {
  expandKey(key);
  let a = view.getInt32(at) ^ (schedule[0] ?? 0);
  let b = view.getInt32(at + 4) ^ (schedule[1] ?? 0);
  let c = view.getInt32(at + 8) ^ (schedule[2] ?? 0);
  let d = view.getInt32(at + 12) ^ (schedule[3] ?? 0);
  for (let k = 4; k < 4 * ROUNDS; k += 4) {
    const w = mixed(a, b, c, d) ^ (schedule[k] ?? 0);
    const x = mixed(b, c, d, a) ^ (schedule[k + 1] ?? 0);
    const y = mixed(c, d, a, b) ^ (schedule[k + 2] ?? 0);
    d = mixed(d, a, b, c) ^ (schedule[k + 3] ?? 0);
    a = w;
    b = x;
    c = y;
  }
  // The last round mixes no columns.
  const k = 4 * ROUNDS;
  blockView.setInt32(0, substituted(shifted(a, b, c, d)) ^ (schedule[k] ?? 0));
  blockView.setInt32(4, substituted(shifted(b, c, d, a)) ^ (schedule[k + 1] ?? 0));
  blockView.setInt32(8, substituted(shifted(c, d, a, b)) ^ (schedule[k + 2] ?? 0));
  blockView.setInt32(12, substituted(shifted(d, a, b, c)) ^ (schedule[k + 3] ?? 0));
  return block;
}

/** A column of ShiftRows: its rows come from four columns. */
function shifted(a: number, b: number, c: number, d: number): number {
  return (a & 0xff000000) | (b & 0xff0000) | (c & 0xff00) | (d & 0xff);
}

function mixed(a: number, b: number, c: number, d: number): number {
  return (T0[a >>> 24] ?? 0) ^ (T1[(b >>> 16) & 255] ?? 0) ^ (T2[(c >>> 8) & 255] ?? 0) ^ (T3[d & 255] ?? 0);
}
