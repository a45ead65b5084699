import { parseAddress } from "../address/address.ts";
import { type Prefix, parsePrefix, prefixOf } from "../address/prefix.ts";

/** A line that could not be read, and a prefix that holds whatever it may have been a route to. */
export interface UnreadRow {
  readonly prefix: Prefix;
  readonly line: number;
}

const ANY_IPV4: Prefix = { version: 4, words: [0, 0, 0xffff, 0], length: 0 };
const ANY_IPV6: Prefix = { version: 6, words: [0, 0, 0, 0], length: 0 };
/** Of a row that is known to be a route, and nothing more. */
export const ANYWHERE: readonly Prefix[] = [ANY_IPV4, ANY_IPV6];

/** A row's network stands in its first characters, behind marks, times and peers. */
const MOST_SEARCHED = 400;
/** "52.112/14", as hosts of BSD print it. */
const SHORT = /^\d{1,3}(?:\.\d{1,3}){1,2}\/\d{1,2}$/;
/** Four words like those of an address, or what begins like an IPv6 prefix: mistyped, or a byte was lost. */
const BROKEN_IPV4 = /^(\w{1,4})\.(\w{1,4})\.(\w{1,4})\.(\w{1,4})(?:\/|$)/;
const BROKEN_IPV6 = /^(?:\w{1,5}:){1,7}(?::|\w{1,5}\/)/;

/**
 * What a line may have been a route to; nothing for one without an address, which is no row of a table. A network has no host
 * bits, so that 52.112.0.0 is that of no prefix shorter than 52.112.0.0/12, whatever length its row gave it.
 */
export function mayRoute(text: string): readonly Prefix[] {
  const found: Prefix[] = [];
  for (const word of text.slice(0, MOST_SEARCHED).split(/[\s|,;"'()[\]]+/)) {
    if (!/\d/.test(word) || !/[.:]/.test(word)) continue;
    const isNetwork = word.includes("/");
    // Behind the first one next hops stand.
    if (found.length > 0 && !isNetwork) continue;
    const prefix = widest(word);
    if (prefix !== undefined) found.push(prefix);
  }
  return found;
}

function widest(word: string): Prefix | undefined {
  const [text = "", digits = ""] = word.split("/");
  const address = parseAddress(SHORT.test(word) ? padded(text) : text);
  if (address === undefined)
    return isBrokenIPv4(word) ? ANY_IPV4 : BROKEN_IPV6.test(word) ? ANY_IPV6 : undefined;
  const { version, words } = address;
  // The default route counts for nothing where it leads to Microsoft, and is the last of all elsewhere.
  if (words[3] === 0 && words[1] === 0 && words[0] === 0 && (version === 4 || words[2] === 0))
    return undefined;
  const length = Math.min(shortest(version, words), parsePrefix(`::/${digits}`)?.length ?? 128);
  return prefixOf(version, words, length);
}

/** Two numbers of the four at least: names of hosts have dots, too. */
function isBrokenIPv4(word: string): boolean {
  const labels = BROKEN_IPV4.exec(word)?.slice(1) ?? [];
  return labels.filter((label) => /^\d{1,3}$/.test(label)).length >= 2;
}

function padded(text: string): string {
  return [...text.split("."), "0", "0"].slice(0, 4).join(".");
}

/** The shortest length that a network of this address can have. */
function shortest(version: 4 | 6, words: Prefix["words"]): number {
  let length = version === 4 ? 32 : 128;
  for (let i = 3; i >= (version === 4 ? 3 : 0); i--) {
    const word = words[i] ?? 0;
    if (word !== 0) return length - (31 - Math.clz32(word & -word));
    length -= 32;
  }
  return 0;
}
