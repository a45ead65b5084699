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

const schedule = new Uint8Array(176);
const block = new Uint8Array(16);
const shifted = new Uint8Array(16);

function expandKey(key: Uint8Array): void {
  for (let i = 0; i < 16; i++) schedule[i] = key[i] ?? 0;
  let constant = 1;
  for (let at = 16; at < 176; at += 4) {
    for (let i = 0; i < 4; i++) {
      let byte = schedule[at - 4 + i] ?? 0;
      if (at % 16 === 0) {
        byte = SBOX[schedule[at - 4 + ((i + 1) & 3)] ?? 0] ?? 0;
        if (i === 0) byte ^= constant;
      }
      schedule[at + i] = (schedule[at - 16 + i] ?? 0) ^ byte;
    }
    if (at % 16 === 0) constant = double(constant);
  }
}

/** Encrypts the 16 bytes of `view` at `at` under a key of 16; the answer is overwritten by the next call. */
export function aes128Block(key: Uint8Array, view: DataView, at: number): Uint8Array {
  expandKey(key);
  for (let i = 0; i < 16; i++) block[i] = view.getUint8(at + i) ^ (schedule[i] ?? 0);
  for (let round = 1; round <= 10; round++) {
    // SubBytes and ShiftRows; columns are four bytes in a row.
    for (let i = 0; i < 16; i++) shifted[i] = SBOX[block[(i + 4 * (i & 3)) & 15] ?? 0] ?? 0;
    for (let column = 0; column < 16; column += 4) {
      const a = shifted[column] ?? 0;
      const b = shifted[column + 1] ?? 0;
      const c = shifted[column + 2] ?? 0;
      const d = shifted[column + 3] ?? 0;
      const k = 16 * round + column;
      // The last round mixes no columns.
      const all = a ^ b ^ c ^ d;
      const last = round === 10;
      block[column] = (last ? a : a ^ all ^ double(a ^ b)) ^ (schedule[k] ?? 0);
      block[column + 1] = (last ? b : b ^ all ^ double(b ^ c)) ^ (schedule[k + 1] ?? 0);
      block[column + 2] = (last ? c : c ^ all ^ double(c ^ d)) ^ (schedule[k + 2] ?? 0);
      block[column + 3] = (last ? d : d ^ all ^ double(d ^ a)) ^ (schedule[k + 3] ?? 0);
    }
  }
  return block;
}
