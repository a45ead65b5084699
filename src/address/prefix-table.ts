import { MAPPED_PREFIX } from "./address.ts";
import { MAPPED_BITS, type Prefix, lastAddress, prefixDepth } from "./prefix.ts";

/** Slots of the first-level index for every stretch of addresses, as a power of two. */
const INDEX_SPREAD = 4;
const INDEX_BITS_MAX = 16;

const LAST_IPV4 = Uint32Array.of(0, 0, MAPPED_PREFIX, 0xffffffff);
const LAST_IPV6 = Uint32Array.of(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff);

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
    this.#values = new Int32Array(this.size);
    for (let i = 0; i < this.size; i++) this.#values[i] = values?.[i] ?? i;
    this.#around = new Int32Array(this.size).fill(-1);

    const order4: number[] = [];
    const order6: number[] = [];
    // Backwards, so that of equal prefixes the first given becomes the innermost.
    for (let i = prefixes.length - 1; i >= 0; i--) {
      const prefix = prefixes[i];
      if (prefix !== undefined) (isIPv4(prefix) ? order4 : order6).push(i);
    }
    const stretches4 = sweep(prefixes, order4, this.#around, LAST_IPV4);
    this.#starts4 = new Uint32Array(stretches4.owners.length);
    for (let i = 0; i < this.#starts4.length; i++) this.#starts4[i] = stretches4.starts[i * 4 + 3] ?? 0;
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

/** First and last addresses of some prefixes, four words each, in sweeping order; `ids` are their numbers. */
interface Edges {
  readonly ids: Uint32Array;
  readonly firsts: Uint32Array;
  readonly lasts: Uint32Array;
}

/** Cuts the line of addresses at every first and behind every last address, and notes who is around whom. */
function sweep(
  prefixes: readonly Prefix[],
  given: readonly number[],
  around: Int32Array,
  end: Uint32Array,
): Stretches {
  const { ids, firsts, lasts } = edgesOf(prefixes, given);
  const starts = new Uint32Array((ids.length * 2 + 1) * 4);
  const owners = new Int32Array(ids.length * 2 + 1);
  owners[0] = -1;
  let count = 1;
  // Positions in `ids` of the prefixes that are open, the innermost last.
  const open: number[] = [];
  const next = new Uint32Array(4);

  const cut = (words: Uint32Array, at: number, owner: number): void => {
    // A stretch of no length, left by two cuts at one address, is taken over.
    const stretch = compare(starts, (count - 1) * 4, words, at) === 0 ? count - 1 : count++;
    for (let i = 0; i < 4; i++) starts[stretch * 4 + i] = words[at + i] ?? 0;
    owners[stretch] = owner;
  };
  const close = (): void => {
    const closed = open.pop() ?? 0;
    const inner = open.at(-1);
    if (compare(lasts, closed * 4, end, 0) === 0) return;
    for (let i = 3, carry = 1; i >= 0; i--) {
      const sum = (lasts[closed * 4 + i] ?? 0) + carry;
      next[i] = sum; // modulo 2^32
      carry = sum > 0xffffffff ? 1 : 0;
    }
    cut(next, 0, inner === undefined ? -1 : (ids[inner] ?? -1));
  };

  for (let position = 0; position < ids.length; position++) {
    const id = ids[position] ?? 0;
    let inner = open.at(-1);
    while (inner !== undefined && compare(lasts, inner * 4, firsts, position * 4) < 0) {
      close();
      inner = open.at(-1);
    }
    around[id] = inner === undefined ? -1 : (ids[inner] ?? -1);
    cut(firsts, position * 4, id);
    open.push(position);
  }
  while (open.length > 0) close();
  return { starts: starts.slice(0, count * 4), owners: owners.slice(0, count) };
}

/** Prefixes by first address, the shorter before the longer, else as they came. */
function edgesOf(prefixes: readonly Prefix[], given: readonly number[]): Edges {
  const words = new Uint32Array(given.length * 4);
  const depths = new Uint8Array(given.length);
  for (let i = 0; i < given.length; i++) {
    const id = given[i] ?? 0;
    const prefix = prefixes[id];
    if (prefix === undefined) continue;
    put(words, i, prefix.words);
    depths[i] = prefixDepth(prefix);
  }
  const order = sortedOrder(words, depths);
  const edges = {
    ids: new Uint32Array(given.length),
    firsts: new Uint32Array(given.length * 4),
    lasts: new Uint32Array(given.length * 4),
  };
  for (let position = 0; position < order.length; position++) {
    const id = given[order[position] ?? 0] ?? 0;
    const prefix = prefixes[id];
    if (prefix === undefined) continue;
    edges.ids[position] = id;
    put(edges.firsts, position, prefix.words);
    put(edges.lasts, position, lastAddress(prefix));
  }
  return edges;
}

/** Writes one address; the set method of typed arrays takes a microsecond for four numbers. */
function put(target: Uint32Array, item: number, words: Prefix["words"]): void {
  target[item * 4] = words[0];
  target[item * 4 + 1] = words[1];
  target[item * 4 + 2] = words[2];
  target[item * 4 + 3] = words[3];
}

/** Bytes of a sort key: the depth, then the address from its last byte to its first. */
const KEY_BYTES = 17;

/** Numbers of the items by address, then depth, then as they came: a radix sort. */
function sortedOrder(words: Uint32Array, depths: Uint8Array): Uint32Array {
  let order = Uint32Array.from(depths.keys());
  let spare = new Uint32Array(order.length);
  const ends = new Uint32Array(257);
  for (let byte = 0; byte < KEY_BYTES; byte++) {
    ends.fill(0);
    for (const item of order) {
      const key = keyByte(words, depths, item, byte);
      ends[key + 1] = (ends[key + 1] ?? 0) + 1;
    }
    if (ends.includes(order.length)) continue; // all alike in this byte
    for (let i = 1; i < ends.length; i++) ends[i] = (ends[i] ?? 0) + (ends[i - 1] ?? 0);
    for (const item of order) {
      const key = keyByte(words, depths, item, byte);
      const at = ends[key] ?? 0;
      spare[at] = item;
      ends[key] = at + 1;
    }
    [order, spare] = [spare, order];
  }
  return order;
}

function keyByte(words: Uint32Array, depths: Uint8Array, item: number, byte: number): number {
  if (byte === 0) return depths[item] ?? 0;
  return ((words[item * 4 + 3 - ((byte - 1) >>> 2)] ?? 0) >>> (8 * ((byte - 1) & 3))) & 0xff;
}

/** Order of two addresses that stand in arrays of words. */
function compare(a: Uint32Array, atA: number, b: Uint32Array, atB: number): number {
  for (let i = 0; i < 4; i++) {
    const difference = (a[atA + i] ?? 0) - (b[atB + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
