/**
 * SHA-256 and HMAC over it (FIPS 180-4, RFC 2104) for the very short inputs of fingerprints and QUIC keys: node:crypto
 * takes several microseconds to set up each hash, ten times as long as hashing a block. The tests hold both
 * against each other.
 */

// First 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, section 4.2.2).
const K: Int32Array = Int32Array.from(primes(64), (prime) => fraction(Math.cbrt, prime));
// ... and of the square roots of the first 8 (section 5.3.3).
const INITIAL: Int32Array = Int32Array.from(primes(8), (prime) => fraction(Math.sqrt, prime));

const BLOCK = 64;
const INNER_PAD = 0x36363636;
const OUTER_PAD = 0x5c5c5c5c;

const W = new Int32Array(64);
const state = new Int32Array(8);
const lastBlock = new Uint8Array(BLOCK);
const lastView = new DataView(lastBlock.buffer);

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** A double has 53 bits and the root at most 5 before the point: 32 behind it are exact. */
function fraction(root: (n: number) => number, n: number): number {
  const value = root(n);
  return Math.floor((value - Math.floor(value)) * 2 ** 32) | 0;
}

/** One block of 64 bytes into the state (FIPS 180-4, section 6.2.2). */
function compress(h: Int32Array, view: DataView, at: number): void {
  for (let i = 0; i < 16; i++) W[i] = view.getInt32(at + 4 * i);
  rounds(h);
}

function rounds(h: Int32Array): void {
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15] ?? 0;
    const y = W[i - 2] ?? 0;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    // Cut to 32 bits at every step: sums of more would be worked out as doubles.
    W[i] = ((((W[i - 16] ?? 0) + s0) | 0) + (((W[i - 7] ?? 0) + s1) | 0)) | 0;
  }
  let a = h[0] ?? 0;
  let b = h[1] ?? 0;
  let c = h[2] ?? 0;
  let d = h[3] ?? 0;
  let e = h[4] ?? 0;
  let f = h[5] ?? 0;
  let g = h[6] ?? 0;
  let k = h[7] ?? 0;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const chosen = (((k + s1) | 0) + (g ^ (e & (f ^ g)))) | 0;
    const t1 = (chosen + (((K[i] ?? 0) + (W[i] ?? 0)) | 0)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
    k = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  h[0] = (h[0] ?? 0) + a;
  h[1] = (h[1] ?? 0) + b;
  h[2] = (h[2] ?? 0) + c;
  h[3] = (h[3] ?? 0) + d;
  h[4] = (h[4] ?? 0) + e;
  h[5] = (h[5] ?? 0) + f;
  h[6] = (h[6] ?? 0) + g;
  h[7] = (h[7] ?? 0) + k;
}

/** Takes in the rest of a message of which `before` bytes (whole blocks) are in the state already. */
function finish(h: Int32Array, message: Uint8Array, length: number, before: number): void {
  let at = 0;
  if (length >= BLOCK) {
    const view = new DataView(message.buffer, message.byteOffset, length);
    for (; at + BLOCK <= length; at += BLOCK) compress(h, view, at);
  }
  lastBlock.fill(0);
  for (let i = 0; at + i < length; i++) lastBlock[i] = message[at + i] ?? 0;
  lastBlock[length - at] = 0x80;
  if (length - at >= BLOCK - 8) {
    compress(h, lastView, 0);
    lastBlock.fill(0);
  }
  const bits = (before + length) * 8;
  lastView.setUint32(BLOCK - 8, Math.floor(bits / 2 ** 32));
  lastView.setUint32(BLOCK - 4, bits >>> 0);
  compress(h, lastView, 0);
}

/** The first twelve hex digits of the SHA-256 of the first `length` bytes. */
export function sha256Hex12(message: Uint8Array, length: number): string {
  state.set(INITIAL);
  finish(state, message, length, 0);
  return hex8(state[0] ?? 0) + hex8(state[1] ?? 0).slice(0, 4);
}

function hex8(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}

/** A key of HMAC-SHA-256, prepared for many messages. */
export class HmacKey {
  readonly #inner: Int32Array = new Int32Array(8);
  readonly #outer: Int32Array = new Int32Array(8);

  /** `key`: at most 64 bytes. */
  constructor(key: Uint8Array) {
    this.set(key);
  }

  /** Another key in the place of this one. */
  set(key: Uint8Array): void {
    if (key.length > BLOCK) throw new RangeError("a key longer than a block would have to be hashed first");
    lastBlock.fill(0);
    lastBlock.set(key);
    this.#prepare(this.#inner, INNER_PAD);
    this.#prepare(this.#outer, OUTER_PAD);
  }

  #prepare(h: Int32Array, pad: number): void {
    h.set(INITIAL);
    for (let i = 0; i < 16; i++) W[i] = lastView.getInt32(4 * i) ^ pad;
    rounds(h);
  }

  /** Writes the code of the first `length` bytes of a message to `out`: 32 bytes of it, or as many as fit. */
  digest(message: Uint8Array, length: number, out: Uint8Array): void {
    state.set(this.#inner);
    finish(state, message, length, BLOCK);
    // The outer hash: one block with the inner digest, of 64 + 32 bytes in all.
    for (let i = 0; i < 8; i++) W[i] = state[i] ?? 0;
    W[8] = 0x80000000;
    for (let i = 9; i < 15; i++) W[i] = 0;
    W[15] = (BLOCK + 32) * 8;
    state.set(this.#outer);
    rounds(state);
    for (let i = 0; i < 32 && i < out.length; i++) out[i] = (state[i >> 2] ?? 0) >>> (24 - 8 * (i & 3));
  }
}
