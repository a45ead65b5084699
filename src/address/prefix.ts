import { type AddressWords, MAPPED_PREFIX, formatAddress, parseAddress } from "./address.ts";

/** An address prefix as a value. The words of IPv4 are in IPv4-mapped form; host bits are always zero. */
export interface Prefix {
  readonly version: 4 | 6;
  readonly words: AddressWords;
  /** Network bits in its own family: 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly length: number;
}

/** What to do with bits set behind the prefix length: `10.0.0.1/8` is refused, or read as `10.0.0.0/8`. */
export interface PrefixOptions {
  readonly hostBits?: "refuse" | "clear";
}

/** Bits by which an IPv4 prefix is longer in IPv4-mapped form (RFC 4291, section 2.5.5.2). */
export const MAPPED_BITS = 96;

const WHOLE = { 4: 32, 6: 128 } as const;

/** Reads `ADDRESS/LENGTH` or an address alone (its whole length); `undefined` for anything else. */
export function parsePrefix(text: string, options?: PrefixOptions): Prefix | undefined {
  const read = readPrefix(text, options);
  return "problem" in read ? undefined : read;
}

/** A prefix in the notation of `prefixText`, so that equal ones are equal texts; any other text as it is. */
export function canonicalPrefix(text: string): string {
  const prefix = parsePrefix(text);
  return prefix === undefined ? text : prefixText(prefix);
}

/** Why `parsePrefix` refuses a text, for a message: what was found and what was wanted. `undefined`: it does not. */
export function prefixProblem(text: string, options?: PrefixOptions): string | undefined {
  const read = readPrefix(text, options);
  return "problem" in read ? read.problem : undefined;
}

function readPrefix(text: string, options?: PrefixOptions): Prefix | { readonly problem: string } {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return { problem: `"${text}" is not an IPv4 or IPv6 address or prefix` };
  const { version } = address;
  if (slash < 0) return { version, words: address.words, length: WHOLE[version] };
  const digits = text.slice(slash + 1);
  const length = /^(?:0|[1-9]\d{0,2})$/.test(digits) ? Number(digits) : -1;
  if (length < 0 || length > WHOLE[version]) {
    return { problem: `"${text}" has no prefix length from 0 to ${WHOLE[version]}` };
  }
  const prefix = prefixOf(version, address.words, length);
  if (options?.hostBits !== "clear" && prefix.words.some((word, i) => word !== address.words[i])) {
    return { problem: `"${text}" has bits set behind its length; its network is ${prefixText(prefix)}` };
  }
  return prefix;
}

/** The prefix of that length (in its own family's bits) around an address. */
export function prefixOf(version: 4 | 6, words: Prefix["words"], length: number): Prefix {
  const depth = version === 4 ? length + MAPPED_BITS : length;
  return {
    version,
    words: [
      networkBits(words[0], depth),
      networkBits(words[1], depth - 32),
      networkBits(words[2], depth - 64),
      networkBits(words[3], depth - 96),
    ],
    length,
  };
}

/** A word with only its first bits kept; below 1 none, above 31 all. */
function networkBits(word: number, bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? word : (word & (-1 << (32 - bits))) >>> 0;
}

/** A word with every bit behind the first ones set. */
function hostBitsSet(word: number, bits: number): number {
  if (bits <= 0) return 0xffffffff;
  return bits >= 32 ? word : (word | (0xffffffff >>> bits)) >>> 0;
}

/** Length of a prefix counted in an address of 128 bits. */
export function prefixDepth(prefix: Prefix): number {
  return prefix.version === 4 ? prefix.length + MAPPED_BITS : prefix.length;
}

/** The last address of a prefix, as words; the first is `prefix.words`. */
export function lastAddress(prefix: Prefix): [number, number, number, number] {
  const depth = prefixDepth(prefix);
  const [w0, w1, w2, w3] = prefix.words;
  return [
    hostBitsSet(w0, depth),
    hostBitsSet(w1, depth - 32),
    hostBitsSet(w2, depth - 64),
    hostBitsSet(w3, depth - 96),
  ];
}

/** Whether an address lies in a prefix. `::/0` and its like hold no IPv4, `::ffff:0:0/96` holds all of it. */
export function prefixContains(prefix: Prefix, w0: number, w1: number, w2: number, w3: number): boolean {
  const depth = prefixDepth(prefix);
  if (w0 === 0 && w1 === 0 && w2 === MAPPED_PREFIX && depth < MAPPED_BITS) return false;
  const [p0, p1, p2, p3] = prefix.words;
  return (
    networkBits(w0, depth) === p0 &&
    networkBits(w1, depth - 32) === p1 &&
    networkBits(w2, depth - 64) === p2 &&
    networkBits(w3, depth - 96) === p3
  );
}

/** Whether a prefix holds all of another one of its family; itself, too. */
export function prefixCovers(outer: Prefix, inner: Prefix): boolean {
  return (
    outer.version === inner.version && outer.length <= inner.length && prefixContains(outer, ...inner.words)
  );
}

/** Canonical text, always with its length: `10.0.0.0/8`, `2001:db8::/32`. */
export function prefixText(prefix: Prefix): string {
  return `${formatAddress(prefix.version, ...prefix.words)}/${prefix.length}`;
}
