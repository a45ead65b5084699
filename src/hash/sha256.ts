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

/** The block in the first 16 words of W into the state (FIPS 180-4, section 6.2.2). */
function rounds(h: Int32Array): void {
  const w = W;
  const constants = K;
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15] ?? 0;
    const y = w[i - 2] ?? 0;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    // Cut to 32 bits at every step: sums of more would be worked out as doubles.
    w[i] = ((((w[i - 16] ?? 0) + s0) | 0) + (((w[i - 7] ?? 0) + s1) | 0)) | 0;
  }
  let a = h[0] ?? 0;
  let b = h[1] ?? 0;
  let c = h[2] ?? 0;
  let d = h[3] ?? 0;
  let e = h[4] ?? 0;
  let f = h[5] ?? 0;
  let g = h[6] ?? 0;
  let k = h[7] ?? 0;
  // Four rounds at a time, in which the words change their names instead of their places.
  for (let i = 0; i < 64; i += 4) {
    const t = first(e, f, g, k, ((constants[i] ?? 0) + (w[i] ?? 0)) | 0);
    const d1 = (d + t) | 0;
    const a1 = (t + second(a, b, c)) | 0;
    const u = first(d1, e, f, g, ((constants[i + 1] ?? 0) + (w[i + 1] ?? 0)) | 0);
    const c1 = (c + u) | 0;
    const b1 = (u + second(a1, a, b)) | 0;
    const v = first(c1, d1, e, f, ((constants[i + 2] ?? 0) + (w[i + 2] ?? 0)) | 0);
    const e1 = (b + v) | 0;
    const f1 = (v + second(b1, a1, a)) | 0;
    const x = first(e1, c1, d1, e, ((constants[i + 3] ?? 0) + (w[i + 3] ?? 0)) | 0);
    e = (a + x) | 0;
    a = (x + second(f1, b1, a1)) | 0;
    b = f1;
    c = b1;
    d = a1;
    f = e1;
    g = c1;
    k = d1;
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

/** T1 of a round; `input` is the round's constant and word of the message. */
function first(e: number, f: number, g: number, h: number, input: number): number {
  const sum = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
  return (((((h + sum) | 0) + (g ^ (e & (f ^ g)))) | 0) + input) | 0;
}

/** T2 of a round. */
function second(a: number, b: number, c: number): number {
  const sum = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
  return (sum + ((a & b) | (c & (a | b)))) | 0;
}

/** Takes in the rest of a message of which `before` bytes (whole blocks) are in the state already. */
function finish(h: Int32Array, message: Uint8Array, length: number, before: number): void {
  let at = 0;
  for (; at + BLOCK <= length; at += BLOCK) {
    load(message, at, at + BLOCK);
    rounds(h);
  }
  load(message, at, length);
  const rest = length - at;
  W[rest >> 2] = (W[rest >> 2] ?? 0) | (0x80 << (24 - 8 * (rest & 3)));
  if (rest >= BLOCK - 8) {
    rounds(h);
    load(message, 0, 0);
  }
  const bits = (before + length) * 8;
  W[14] = Math.floor(bits / 2 ** 32);
  W[15] = bits | 0;
  rounds(h);
}

/** The bytes [start, end), at most a block, into the first 16 words of W, zeros behind them. */
function load(message: Uint8Array, start: number, end: number): void {
  let i = 0;
  let at = start;
  for (; at + 4 <= end; at += 4)
    W[i++] =
      ((message[at] ?? 0) << 24) |
      ((message[at + 1] ?? 0) << 16) |
      ((message[at + 2] ?? 0) << 8) |
      (message[at + 3] ?? 0);
  for (; i < 16; i++) W[i] = 0;
  const last = (end - start) >> 2;
  for (let shift = 24; at < end; shift -= 8) W[last] = (W[last] ?? 0) | ((message[at++] ?? 0) << shift);
}

/** The first twelve hex digits of the SHA-256 of the first `length` bytes. */
export function sha256Hex12(message: Uint8Array, length: number): string {
  for (let i = 0; i < 8; i++) state[i] = INITIAL[i] ?? 0;
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
    prepare(this.#inner, key, INNER_PAD);
    prepare(this.#outer, key, OUTER_PAD);
  }

  /** Writes the code of the first `length` bytes of a message to `out`: 32 bytes of it, or as many as fit. */
  digest(message: Uint8Array, length: number, out: Uint8Array): void {
    const inner = this.#inner;
    const outer = this.#outer;
    for (let i = 0; i < 8; i++) state[i] = inner[i] ?? 0;
    finish(state, message, length, BLOCK);
    // The outer hash: one block with the inner digest, of 64 + 32 bytes in all.
    for (let i = 0; i < 8; i++) {
      W[i] = state[i] ?? 0;
      state[i] = outer[i] ?? 0;
    }
    W[8] = 0x80000000;
    for (let i = 9; i < 15; i++) W[i] = 0;
    W[15] = (BLOCK + 32) * 8;
    rounds(state);
    for (let i = 0; i < 32 && i < out.length; i++) out[i] = (state[i >> 2] ?? 0) >>> (24 - 8 * (i & 3));
  }
}

function prepare(h: Int32Array, key: Uint8Array, pad: number): void {
  load(key, 0, key.length);
  for (let i = 0; i < 16; i++) W[i] = (W[i] ?? 0) ^ pad;
  for (let i = 0; i < 8; i++) h[i] = INITIAL[i] ?? 0;
  rounds(h);
}
