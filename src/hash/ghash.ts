/**
 * GHASH and the tag of AES-128-GCM (NIST SP 800-38D), to tell a right tag from a wrong one without an exception: what
 * only looks like a QUIC Initial is frequent, and node:crypto says "wrong tag" by throwing.
 */
import { aes128Block } from "./aes-block.ts";

const zero = new DataView(new ArrayBuffer(16));
const counter = new DataView(new ArrayBuffer(16));
const tail = new DataView(new ArrayBuffer(16));

/** Multiples of the hash key by all four-bit numbers, four words each, high word first (Shoup's tables). */
const table = new Int32Array(16 * 4);
/** What falls out at the low end by four bits comes back at the high end as this, in the upper half of a word. */
const REDUCTION: Int32Array = Int32Array.from({ length: 16 }, (_, low) => {
  let x = 0;
  for (let bit = 0; bit < 4; bit++) if (((low >> bit) & 1) !== 0) x ^= 0xe100 >> (3 - bit);
  return x << 16;
});

let h0 = 0;
let h1 = 0;
let h2 = 0;
let h3 = 0;

function prepare(key: Uint8Array): void {
  const h = aes128Block(key, zero, 0);
  const word = (at: number): number =>
    ((h[at] ?? 0) << 24) | ((h[at + 1] ?? 0) << 16) | ((h[at + 2] ?? 0) << 8) | (h[at + 3] ?? 0);
  let [x0, x1, x2, x3] = [word(0), word(4), word(8), word(12)];
  table.fill(0);
  // The highest bit of the four stands for H itself, each lower one for H times x, x squared ...
  for (let bit = 8; bit > 0; bit >>= 1) {
    table.set([x0, x1, x2, x3], bit * 4);
    const carry = (x3 & 1) !== 0 ? 0xe1000000 : 0;
    x3 = (x3 >>> 1) | (x2 << 31);
    x2 = (x2 >>> 1) | (x1 << 31);
    x1 = (x1 >>> 1) | (x0 << 31);
    x0 = (x0 >>> 1) ^ carry;
  }
  for (let i = 1; i < 16; i++) {
    const low = i & -i;
    if (low === i) continue;
    for (let w = 0; w < 4; w++)
      table[i * 4 + w] = (table[(i ^ low) * 4 + w] ?? 0) ^ (table[low * 4 + w] ?? 0);
  }
}

/** Multiplies the state by H, from the last four bits to the first. */
function multiply(): void {
  let z0 = 0;
  let z1 = 0;
  let z2 = 0;
  let z3 = 0;
  for (let i = 31; i >= 0; i--) {
    const word = i >= 24 ? h3 : i >= 16 ? h2 : i >= 8 ? h1 : h0;
    const nibble = (word >>> (28 - 4 * (i & 7))) & 15;
    if (i < 31) {
      const out = z3 & 15;
      z3 = (z3 >>> 4) | (z2 << 28);
      z2 = (z2 >>> 4) | (z1 << 28);
      z1 = (z1 >>> 4) | (z0 << 28);
      z0 = (z0 >>> 4) ^ (REDUCTION[out] ?? 0);
    }
    const at = nibble * 4;
    z0 ^= table[at] ?? 0;
    z1 ^= table[at + 1] ?? 0;
    z2 ^= table[at + 2] ?? 0;
    z3 ^= table[at + 3] ?? 0;
  }
  h0 = z0;
  h1 = z1;
  h2 = z2;
  h3 = z3;
}

function absorb(view: DataView, start: number, end: number): void {
  let at = start;
  for (; at + 16 <= end; at += 16) {
    h0 ^= view.getInt32(at);
    h1 ^= view.getInt32(at + 4);
    h2 ^= view.getInt32(at + 8);
    h3 ^= view.getInt32(at + 12);
    multiply();
  }
  if (at === end) return;
  for (let i = 0; i < 16; i++) tail.setUint8(i, at + i < end ? view.getUint8(at + i) : 0);
  absorb(tail, 0, 16);
}

/**
 * Whether the 16 bytes of `view` at `end` are the tag of the ciphertext [start, end) with the additional data
 * [aadStart, start), under a key of 16 bytes and a nonce of 12.
 */
export function gcmTagFits(
  key: Uint8Array,
  nonce: Uint8Array,
  view: DataView,
  aadStart: number,
  start: number,
  end: number,
): boolean {
  prepare(key);
  h0 = h1 = h2 = h3 = 0;
  absorb(view, aadStart, start);
  absorb(view, start, end);
  h1 ^= (start - aadStart) * 8;
  h3 ^= (end - start) * 8;
  multiply();
  for (let i = 0; i < 12; i++) counter.setUint8(i, nonce[i] ?? 0);
  counter.setUint32(12, 1);
  const mask = aes128Block(key, counter, 0);
  for (let i = 0; i < 16; i++) {
    const word = i < 4 ? h0 : i < 8 ? h1 : i < 12 ? h2 : h3;
    if ((((word >>> (24 - 8 * (i & 3))) & 0xff) ^ (mask[i] ?? 0)) !== view.getUint8(end + i)) return false;
  }
  return true;
}
