import { domainToASCII } from "node:url";
import { MAPPED_PREFIX } from "../address/address.ts";
import { MAPPED_BITS, type Prefix, parsePrefix, prefixText } from "../address/prefix.ts";
import { normalHost } from "./host-names.ts";

/** An address or prefix, also the address in a URL; an IPv4-mapped one is the IPv4 that it means. */
export function prefixIn(text: string): Prefix | undefined {
  const host = urlHost(text)?.replace(/^\[(.*)\]$/, "$1");
  const prefix = parsePrefix(host ?? text, { hostBits: "clear" });
  if (prefix === undefined || prefix.version === 4) return prefix;
  const { words, length } = prefix;
  const isMapped = words[0] === 0 && words[1] === 0 && words[2] === MAPPED_PREFIX && length >= MAPPED_BITS;
  return isMapped ? { version: 4, words, length: length - MAPPED_BITS } : prefix;
}

/**
 * The host of a URL (RFC 3986, section 3.2.2) or before a port, with the brackets of an IPv6 address; `undefined` for other
 * texts.
 */
export function urlHost(text: string): string | undefined {
  const found =
    /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/:?#[\]]+)/i.exec(text) ??
    /^(\[[^\]]*\]|[^/:?#[\]]+):\d{1,5}$/.exec(text);
  return found?.[1];
}

/** A host name in lower case, also from a URL; wildcards are kept, and other letters than ASCII's written as in DNS (RFC 3492). `undefined` for what cannot be one. */
export function hostOf(text: string): string | undefined {
  const given = normalHost(urlHost(text) ?? text);
  const host = /^[\x20-\x7e]*$/.test(given) ? given : domainToASCII(given);
  // A last label of digits is a mistyped address, never a name (RFC 3696, section 2).
  const valid = /^(?=.{1,253}$)[a-z0-9*_-]+(?:\.[a-z0-9*_-]+)+$/.test(host) && !/\.\d+$/.test(host);
  return valid ? host : undefined;
}

/** The network that a prefix with host bits was taken for, to be said; `undefined` where there were none. */
export function takenFor(text: string): string | undefined {
  const cleared = parsePrefix(text, { hostBits: "clear" });
  return cleared === undefined || parsePrefix(text) !== undefined ? undefined : prefixText(cleared);
}
