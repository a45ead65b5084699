import { createRequire } from "node:module";

type IpAddress = typeof import("ip-address");

/** Loaded with the first address that is not written plainly, since most runs see none: it costs some 9 ms. */
let library: IpAddress | undefined;

/** Dotted quad without leading zeros, which some would read as octal numbers. */
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
const IPV6_GROUPS = /^[\da-f]{1,4}(?::[\da-f]{1,4})*$/i;

/**
 * The 128 bits of an IP address: unsigned 32-bit numbers, most significant first. IPv4 is held in its IPv4-mapped form
 * (0, 0, 0xffff, abcd), as in `Packet`.
 */
export type AddressWords = readonly [number, number, number, number];

/** An IP address as a value. */
export interface Address {
  readonly version: 4 | 6;
  readonly words: AddressWords;
}

/** Second-lowest word of an IPv4-mapped address (RFC 4291, section 2.5.5.2). */
export const MAPPED_PREFIX = 0xffff;

/** Whether a text is a dotted quad, as `parseAddress` reads it. */
export function isIPv4Text(text: string): boolean {
  return IPV4.test(text);
}

/** Dotted quad of an unsigned 32-bit number. */
export function formatIPv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** RFC 5952 text of an IPv6 address: lower case, the longest run of two or more zero groups shortened. */
export function formatIPv6(w0: number, w1: number, w2: number, w3: number): string {
  if (w0 === 0 && w1 === 0 && w2 === MAPPED_PREFIX) return `::ffff:${formatIPv4(w3)}`;
  const groups = [
    w0 >>> 16,
    w0 & 0xffff,
    w1 >>> 16,
    w1 & 0xffff,
    w2 >>> 16,
    w2 & 0xffff,
    w3 >>> 16,
    w3 & 0xffff,
  ];
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i > bestLength) {
      bestStart = i;
      bestLength = j - i;
    }
    if (j > i) i = j;
  }
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === bestStart) {
      text += "::";
      i += bestLength - 1;
      continue;
    }
    if (i > 0 && i !== bestStart + bestLength) text += ":";
    text += (groups[i] ?? 0).toString(16);
  }
  return text;
}

/** Text of an address given as four words; `version` 4 prints the last word as a dotted quad. */
export function formatAddress(version: number, w0: number, w1: number, w2: number, w3: number): string {
  return version === 4 ? formatIPv4(w3) : formatIPv6(w0, w1, w2, w3);
}

/** Reads an IPv4 or IPv6 address; `undefined` for anything else (also a zone id or a prefix length). */
export function parseAddress(text: string): Address | undefined {
  if (text.includes("/") || text.includes("%")) return undefined;
  if (!text.includes(":")) {
    return isIPv4Text(text)
      ? { version: 4, words: [0, 0, MAPPED_PREFIX, wordOf(text.split(".").map(Number), 0)] }
      : undefined;
  }
  const groups = plainGroups(text);
  if (groups !== undefined) {
    const word = (i: number): number => (((groups[i] ?? 0) << 16) | (groups[i + 1] ?? 0)) >>> 0;
    return { version: 6, words: [word(0), word(2), word(4), word(6)] };
  }
  try {
    library ??= createRequire(import.meta.url)("ip-address") as IpAddress;
    const bytes = new library.Address6(text).toUnsignedByteArray();
    const full = [...Array.from({ length: 16 - bytes.length }, () => 0), ...bytes];
    return { version: 6, words: [wordOf(full, 0), wordOf(full, 4), wordOf(full, 8), wordOf(full, 12)] };
  } catch {
    return undefined; // ip-address throws on what is no address; the caller says where it stood
  }
}

/** The eight groups of an IPv6 address in hexadecimal groups alone; `undefined` for other forms, and for what is none. */
function plainGroups(text: string): number[] | undefined {
  const [before = "", after, more] = text.split("::");
  if (more !== undefined) return undefined;
  const head = groupsOf(before);
  const tail = groupsOf(after ?? "");
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  return IPV6_GROUPS.test(text) ? text.split(":").map((group) => Number.parseInt(group, 16)) : undefined;
}

function wordOf(bytes: readonly number[], at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  );
}

/** Text of an address value. */
export function addressText(address: Address): string {
  return formatAddress(address.version, ...address.words);
}

/** One end of a flow as `address:port`, a host name or an address; IPv6 in brackets (RFC 3986, section 3.2.2). */
export function endText(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Text of an Ethernet address held as two halves of 24 bits: aa:bb:cc:dd:ee:ff. */
export function formatMac(high: number, low: number): string {
  const digits = high.toString(16).padStart(6, "0") + low.toString(16).padStart(6, "0");
  return digits.replace(/(..)(?=.)/g, "$1:");
}
