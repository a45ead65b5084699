import { MAPPED_PREFIX, formatAddress, parseAddress } from "../address/address.ts";

/** An IP prefix; IPv4 words are in the IPv4-mapped form (0, 0, 0xffff, abcd), as in `Packet`. */
export interface Prefix {
  readonly version: 4 | 6;
  /** Network address: unsigned 32-bit words, most significant first, no bit set beyond `length`. */
  readonly words: readonly [number, number, number, number];
  /** 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly length: number;
}

/** "192.0.2.0/24", "2001:db8::/32". */
export function prefixText(prefix: Prefix): string {
  return `${formatAddress(prefix.version, ...prefix.words)}/${prefix.length}`;
}

/** A prefix that was read, and whether the text had bits set beyond the length ("10.0.0.1/8"). */
export interface ReadPrefix {
  readonly prefix: Prefix;
  readonly hostBits: boolean;
}

/**
 * Reads "a.b.c.d/len", "x::y/len" or a bare address (a whole one: /32 or /128).
 * `undefined` for anything else: octets above 255 or with leading zeros, zone ids, dotted masks.
 */
export function readPrefix(text: string): ReadPrefix | undefined {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const whole = address.version === 4 ? 32 : 128;
  let length = whole;
  if (slash >= 0) {
    const digits = text.slice(slash + 1);
    if (!/^(?:0|[1-9]\d{0,2})$/.test(digits)) return undefined;
    length = Number(digits);
    if (length > whole) return undefined;
  }
  const prefix = prefixOf(address.version, address.words, length);
  return { prefix, hostBits: prefix.words.some((word, index) => word !== address.words[index]) };
}

/** The prefix of `length` bits that holds an address. */
export function prefixOf(
  version: 4 | 6,
  words: readonly [number, number, number, number],
  length: number,
): Prefix {
  const bits = version === 4 ? 96 + length : length;
  return {
    version,
    length,
    words: [
      (words[0] & maskOf(bits, 0)) >>> 0,
      (words[1] & maskOf(bits, 1)) >>> 0,
      (words[2] & maskOf(bits, 2)) >>> 0,
      (words[3] & maskOf(bits, 3)) >>> 0,
    ],
  };
}

/** True when the two share an address, which for prefixes means that one holds the other. */
export function overlap(a: Prefix, b: Prefix): boolean {
  if (a.version !== b.version) return false;
  const shorter = Math.min(a.length, b.length);
  const one = prefixOf(a.version, a.words, shorter);
  const two = prefixOf(b.version, b.words, shorter);
  return one.words.every((word, index) => word === two.words[index]);
}

/** Mask of word `index` (0 to 3) for a prefix of `bits` bits. */
function maskOf(bits: number, index: number): number {
  const here = Math.min(32, Math.max(0, bits - 32 * index));
  return here === 0 ? 0 : (0xffffffff << (32 - here)) >>> 0;
}

/**
 * Values by prefix, found by longest match. Made for a lookup a flow, not one a packet.
 * IPv4 addresses only ever match IPv4 prefixes: ::/0 does not hold 192.0.2.1.
 */
export class PrefixMap<T> {
  readonly #byLength = new Map<number, Map<string, T>>();
  #lengths: readonly number[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(prefix: Prefix): T | undefined {
    return this.#byLength.get(bitsOf(prefix))?.get(prefix.words.join(" "));
  }

  set(prefix: Prefix, value: T): void {
    const bits = bitsOf(prefix);
    let found = this.#byLength.get(bits);
    if (found === undefined) {
      found = new Map();
      this.#byLength.set(bits, found);
      this.#lengths = [...this.#byLength.keys()].sort((a, b) => b - a);
    }
    const key = prefix.words.join(" ");
    if (!found.has(key)) this.#size++;
    found.set(key, value);
  }

  /** Value of the longest prefix that holds the address; `undefined` when none does. */
  find(w0: number, w1: number, w2: number, w3: number): T | undefined {
    const isIPv4 = w0 === 0 && w1 === 0 && w2 === MAPPED_PREFIX;
    for (const bits of this.#lengths) {
      // IPv4 lengths are kept from IPV4_LENGTHS on, so that the two families never meet.
      const length = isIPv4 ? bits - IPV4_LENGTHS : bits;
      if (isIPv4 ? length < 0 : length > 128) continue;
      const mapped = isIPv4 ? 96 + length : length;
      const key = `${(w0 & maskOf(mapped, 0)) >>> 0} ${(w1 & maskOf(mapped, 1)) >>> 0} ${(w2 & maskOf(mapped, 2)) >>> 0} ${(w3 & maskOf(mapped, 3)) >>> 0}`;
      const value = this.#byLength.get(bits)?.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

/** Added to IPv4 lengths in the map's keys, so that 0.0.0.0/0 and ::/96 differ. */
const IPV4_LENGTHS = 1000;

function bitsOf(prefix: Prefix): number {
  return prefix.version === 4 ? IPV4_LENGTHS + prefix.length : prefix.length;
}
