import { type Prefix, prefixOf } from "../address/prefix.ts";

/** A prefix of an UPDATE, with its path identifier where the session has them. */
export interface BgpPrefix extends Prefix {
  readonly pathId?: number;
}

/**
 * Reads prefixes as UPDATE and table dumps write them (a length in bits, then as few octets as hold it) into `into`.
 * False when the last one does not fit.
 */
export function parsePrefixes(
  view: DataView,
  start: number,
  end: number,
  version: 4 | 6,
  addPath: boolean,
  into: BgpPrefix[],
): boolean {
  let at = start;
  while (at < end) {
    const identifier = at;
    if (addPath) at += 4;
    const prefix = at < end ? parsePrefixBits(view, at, end, version) : undefined;
    if (prefix === undefined) return false;
    into.push(addPath ? { ...prefix, pathId: view.getUint32(identifier) } : prefix);
    at += 1 + ((prefix.length + 7) >>> 3);
  }
  return true;
}

/** One prefix: its length in bits, then as few octets as hold it. `undefined` when it does not fit before `end`. */
export function parsePrefixBits(view: DataView, at: number, end: number, version: 4 | 6): Prefix | undefined {
  if (at >= end) return undefined;
  const length = view.getUint8(at);
  const octets = (length + 7) >>> 3;
  if (length > (version === 4 ? 32 : 128) || at + 1 + octets > end) return undefined;
  const words: [number, number, number, number] = version === 4 ? [0, 0, 0xffff, 0] : [0, 0, 0, 0];
  const firstWord = version === 4 ? 3 : 0;
  for (let i = 0; i < octets; i++) {
    const word = firstWord + (i >>> 2);
    words[word] = ((words[word] ?? 0) | (view.getUint8(at + 1 + i) << (24 - 8 * (i & 3)))) >>> 0;
  }
  return prefixOf(version, words, length);
}
