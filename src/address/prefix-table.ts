import { MAPPED_PREFIX } from "./address.ts";
import { MAPPED_BITS, type Prefix, lastAddress, prefixDepth } from "./prefix.ts";

/** Slots of the first-level index for every stretch of addresses, as a power of two. */
const INDEX_SPREAD = 4;
const INDEX_BITS_MAX = 16;

const LAST_IPV4 = [0, 0, MAPPED_PREFIX, 0xffffffff] as const;
const LAST_IPV6 = [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff] as const;

/**
 * Longest-prefix match over typed arrays.
 *
 * Prefixes never half overlap, so all of them together cut the line of addresses into stretches, each with one
 * longest prefix; a lookup is a search for the stretch (narrowed by an index over the first bits for IPv4). Memory
 * is about 30 bytes a prefix whatever the prefixes are, which a trie of fixed strides cannot promise for host routes.
 * Every prefix knows the one around it, so all matches are a walk outwards.
 *
 * IPv4 is given in IPv4-mapped words; IPv6 prefixes inside `::ffff:0:0/96` are taken as the IPv4 they mean.
 * Where a prefix is given twice, the first wins in `longest` and all are in `matches`.
 */
export class PrefixTable {
  /** How many prefixes the table holds. */
  readonly size: number;
  readonly #values: Int32Array;
  // For every prefix the next one outwards, or -1. Prefixes are numbered as given.
  readonly #around: Int32Array;
  // IPv4: stretch i begins at starts4[i] and belongs to prefix owners4[i] (-1: none).
  readonly #starts4: Uint32Array;
  readonly #owners4: Int32Array;
  readonly #index4: Uint32Array;
  readonly #shift4: number;
  // IPv6: four words a stretch.
  readonly #starts6: Uint32Array;
  readonly #owners6: Int32Array;

  /** `values[i]` (from 0 to 2^31-1) is what `longest` answers for `prefixes[i]`; without values the index itself. */
  constructor(prefixes: readonly Prefix[], values?: ArrayLike<number>) {
    this.size = prefixes.length;
    this.#values = Int32Array.from({ length: this.size }, (_, i) => values?.[i] ?? i);
    this.#around = new Int32Array(this.size).fill(-1);

    const order4: number[] = [];
    const order6: number[] = [];
    // Backwards, so that of equal prefixes the first given becomes the innermost.
    for (let i = prefixes.length - 1; i >= 0; i--) {
      const prefix = prefixes[i];
      if (prefix !== undefined) (isIPv4(prefix) ? order4 : order6).push(i);
    }
    const stretches4 = sweep(prefixes, order4, this.#around, LAST_IPV4);
    this.#starts4 = Uint32Array.from(stretches4.owners, (_, i) => stretches4.starts[i * 4 + 3] ?? 0);
    this.#owners4 = stretches4.owners;
    const stretches6 = sweep(prefixes, order6, this.#around, LAST_IPV6);
    this.#starts6 = stretches6.starts;
    this.#owners6 = stretches6.owners;

    const bits = Math.min(INDEX_BITS_MAX, Math.ceil(Math.log2(this.#starts4.length + 1)) + INDEX_SPREAD);
    this.#shift4 = 32 - bits;
    this.#index4 = new Uint32Array((1 << bits) + 1);
    let stretch = 0;
    for (let slot = 0; slot < 1 << bits; slot++) {
      const first = slot * 2 ** this.#shift4;
      while ((this.#starts4[stretch + 1] ?? Infinity) <= first) stretch++;
      this.#index4[slot] = stretch;
    }
    this.#index4[1 << bits] = this.#starts4.length - 1;
  }

  /** Value of the longest prefix that holds the address, or -1. */
  longest(w0: number, w1: number, w2: number, w3: number): number {
    const prefix = this.#innermost(w0, w1, w2, w3);
    return prefix < 0 ? -1 : (this.#values[prefix] ?? -1);
  }

  /** Values of all prefixes that hold the address, longest first; empty where none does. */
  matches(w0: number, w1: number, w2: number, w3: number): number[] {
    const found: number[] = [];
    let prefix = this.#innermost(w0, w1, w2, w3);
    while (prefix >= 0) {
      found.push(this.#values[prefix] ?? -1);
      prefix = this.#around[prefix] ?? -1;
    }
    return found;
  }

  #innermost(w0: number, w1: number, w2: number, w3: number): number {
    if (w2 === MAPPED_PREFIX && w0 === 0 && w1 === 0) {
      const slot = w3 >>> this.#shift4;
      let low = this.#index4[slot] ?? 0;
      let high = this.#index4[slot + 1] ?? 0;
      while (low < high) {
        const middle = (low + high + 1) >>> 1;
        if ((this.#starts4[middle] ?? 0) <= w3) low = middle;
        else high = middle - 1;
      }
      return this.#owners4[low] ?? -1;
    }
    const starts = this.#starts6;
    let low = 0;
    let high = this.#owners6.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const at = middle * 4;
      let difference = (starts[at] ?? 0) - w0;
      if (difference === 0) difference = (starts[at + 1] ?? 0) - w1;
      if (difference === 0) difference = (starts[at + 2] ?? 0) - w2;
      if (difference === 0) difference = (starts[at + 3] ?? 0) - w3;
      if (difference <= 0) low = middle;
      else high = middle - 1;
    }
    return this.#owners6[low] ?? -1;
  }
}

function isIPv4(prefix: Prefix): boolean {
  const [w0, w1, w2] = prefix.words;
  return prefixDepth(prefix) >= MAPPED_BITS && w0 === 0 && w1 === 0 && w2 === MAPPED_PREFIX;
}

/** Stretches of addresses in ascending order from the lowest address on; `starts` has four words for each. */
interface Stretches {
  readonly starts: Uint32Array;
  readonly owners: Int32Array;
}

/** Cuts the line of addresses at every first and behind every last address, and notes who is around whom. */
function sweep(
  prefixes: readonly Prefix[],
  given: readonly number[],
  around: Int32Array,
  end: readonly number[],
): Stretches {
  const order = sorted(prefixes, given);
  const starts = new Uint32Array((order.length * 2 + 1) * 4);
  const owners = new Int32Array(order.length * 2 + 1);
  owners[0] = -1;
  let count = 1;
  const open: { readonly prefix: number; readonly last: readonly number[] }[] = [];

  const cut = (words: readonly number[], owner: number): void => {
    // A stretch of no length, left by two cuts at one address, is taken over.
    const at = count > 0 && compareWords(starts, (count - 1) * 4, words) === 0 ? count - 1 : count++;
    starts.set(words, at * 4);
    owners[at] = owner;
  };
  const close = (): void => {
    const closed = open.pop();
    const next = closed === undefined ? undefined : successor(closed.last, end);
    if (next !== undefined) cut(next, open.at(-1)?.prefix ?? -1);
  };

  for (const index of order) {
    const prefix = prefixes[index];
    if (prefix === undefined) continue;
    while (open.length > 0 && compare(open.at(-1)?.last ?? [], prefix.words) < 0) close();
    around[index] = open.at(-1)?.prefix ?? -1;
    cut(prefix.words, index);
    open.push({ prefix: index, last: lastAddress(prefix) });
  }
  while (open.length > 0) close();
  return { starts: starts.slice(0, count * 4), owners: owners.slice(0, count) };
}

/** Prefixes by first address, the shorter before the longer, else as they came. */
function sorted(prefixes: readonly Prefix[], given: readonly number[]): Uint32Array {
  const words = new Uint32Array(prefixes.length * 4);
  const depths = new Uint8Array(prefixes.length);
  for (const i of given) {
    const prefix = prefixes[i];
    if (prefix === undefined) continue;
    words.set(prefix.words, i * 4);
    depths[i] = prefixDepth(prefix);
  }
  return Uint32Array.from(given).toSorted((a, b) => {
    for (let i = 0; i < 4; i++) {
      const difference = (words[a * 4 + i] ?? 0) - (words[b * 4 + i] ?? 0);
      if (difference !== 0) return difference;
    }
    return (depths[a] ?? 0) - (depths[b] ?? 0);
  });
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < 4; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareWords(starts: Uint32Array, at: number, words: readonly number[]): number {
  for (let i = 0; i < 4; i++) {
    const difference = (starts[at + i] ?? 0) - (words[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The address behind one, or `undefined` behind the last. */
function successor(words: readonly number[], last: readonly number[]): number[] | undefined {
  if (compare(words, last) === 0) return undefined;
  const next = [...words];
  for (let i = 3; i >= 0; i--) {
    if (next[i] !== 0xffffffff) {
      next[i] = (next[i] ?? 0) + 1;
      return next;
    }
    next[i] = 0;
  }
  return undefined;
}
