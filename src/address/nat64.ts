import { type AddressWords, MAPPED_PREFIX } from "./address.ts";
import { MAPPED_BITS, type Prefix, prefixOf } from "./prefix.ts";

/** The first word of NAT64's well-known prefix, 64:ff9b::/96 (RFC 6052, section 2.1); the two after it are 0. */
const WELL_KNOWN = 0x0064_ff9b;

/**
 * The IPv4 address, in its mapped form, that a host on an IPv6-only network reaches by an address of NAT64's well-known prefix;
 * any other address is given back as it is, the same array. A network's own prefix (RFC 6052, 2.2) cannot be told from an address.
 */
export function behindNat64(words: AddressWords): AddressWords {
  return isNat64(words[0], words[1], words[2]) ? [0, 0, MAPPED_PREFIX, words[3]] : words;
}

/** True for an address of NAT64's well-known prefix, by its first three words; the fourth is the IPv4 address. */
export function isNat64(w0: number, w1: number, w2: number): boolean {
  return w0 === WELL_KNOWN && w1 === 0 && w2 === 0;
}

/** The same of a prefix that lies in the well-known one. */
export function prefixBehindNat64(prefix: Prefix): Prefix {
  const words = behindNat64(prefix.words);
  if (words === prefix.words || prefix.version === 4 || prefix.length < MAPPED_BITS) return prefix;
  return prefixOf(4, words, prefix.length - MAPPED_BITS);
}
