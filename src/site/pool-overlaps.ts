import { MAPPED_PREFIX } from "../address/address.ts";
import { MAPPED_BITS, type Prefix, prefixContains, prefixDepth, prefixText } from "../address/prefix.ts";
import { counted } from "../count-text.ts";
import { MOST_FAULTS } from "./first-faults.ts";
import type { PathDraft } from "./path-draft.ts";

interface Pool {
  readonly prefix: Prefix;
  readonly place: string;
  readonly path: PathDraft;
  /** Place among all pools of the site, in the order of the file. */
  readonly index: number;
  /** Kind and circuit: pools of one circuit overlap by right. */
  readonly circuit: string;
}

/** Two pools that overlap, by their order in the file. */
interface Overlap {
  readonly earlier: Pool;
  readonly later: Pool;
}

/** The keys of a path whose prefixes prove nothing where another circuit has them, too; and what messages call one and several. */
const KINDS = { nat: ["NAT pool", "NAT pools"], hops: ["hop", "hops"] } as const;

/**
 * Warnings of NAT pools or of hops that overlap. One pool advertised on both sides is a real misconfiguration (it is how case
 * B of asymmetric routing arises); links of one circuit share their pools and hops by right.
 */
export function overlapWarnings(paths: readonly PathDraft[], key: keyof typeof KINDS): readonly string[] {
  const [one, several] = KINDS[key];
  const pools = paths
    .flatMap((path) => path[key].map((pool) => ({ ...pool, path, circuit: `${path.kind} ${path.circuit}` })))
    .map((pool, index) => ({ ...pool, index }));
  const { listed, count } = overlapsOf(pools);
  const inFileOrder = listed.toSorted(
    (a, b) => a.later.index - b.later.index || a.earlier.index - b.earlier.index,
  );
  const warnings = inFileOrder.map(({ earlier, later }) => {
    const shared = later.prefix.length > earlier.prefix.length ? later.prefix : earlier.prefix;
    return (
      `${later.place}: ${one} ${prefixText(later.prefix)} of "${later.path.name}" overlaps ` +
      `${prefixText(earlier.prefix)} of "${earlier.path.name}" at ${earlier.place}; ` +
      `${prefixText(shared)} proves nothing`
    );
  });
  const last = inFileOrder.at(-1);
  if (last !== undefined && count > listed.length)
    warnings.push(`${last.later.place}: and ${counted(count - listed.length, "more overlap")} of ${several}`);
  return warnings;
}

/** Pools of one prefix, by circuit. */
interface OpenPrefix {
  readonly prefix: Prefix;
  readonly pools: Map<string, Pool[]>;
}

/**
 * How many pairs of pools of different circuits overlap, and the first of them by address. Prefixes never half overlap: in the
 * order of their addresses, those around a prefix are the ones still open when it begins, at most one of each length.
 */
function overlapsOf(pools: readonly Pool[]): { readonly listed: readonly Overlap[]; readonly count: number } {
  const listed: Overlap[] = [];
  let count = 0;
  let open: OpenPrefix[] = [];
  let openPools = 0;
  const openOfCircuit = new Map<string, number>();
  const opened = (circuit: string, change: number): void => {
    openPools += change;
    openOfCircuit.set(circuit, (openOfCircuit.get(circuit) ?? 0) + change);
  };
  let family = 0;
  for (const pool of pools.toSorted(byAddress)) {
    if (familyOf(pool.prefix) !== family) {
      family = familyOf(pool.prefix);
      open = [];
      openPools = 0;
      openOfCircuit.clear();
    }
    let inner = open.at(-1);
    while (inner !== undefined && !prefixContains(inner.prefix, ...pool.prefix.words)) {
      for (const [circuit, closed] of inner.pools) opened(circuit, -closed.length);
      open.pop();
      inner = open.at(-1);
    }
    const others = openPools - (openOfCircuit.get(pool.circuit) ?? 0);
    count += others;
    if (others > 0) list(listed, open, pool);
    if (inner === undefined || inner.prefix.length !== pool.prefix.length) {
      inner = { prefix: pool.prefix, pools: new Map() };
      open.push(inner);
    }
    const alike = inner.pools.get(pool.circuit);
    if (alike === undefined) inner.pools.set(pool.circuit, [pool]);
    else alike.push(pool);
    opened(pool.circuit, 1);
  }
  return { listed, count };
}

/** Adds the pairs of a pool with those around it, up to as many as are listed. */
function list(listed: Overlap[], open: readonly OpenPrefix[], pool: Pool): void {
  for (const { pools } of open)
    for (const [circuit, others] of pools) {
      if (circuit === pool.circuit) continue;
      for (const other of others) {
        if (listed.length === MOST_FAULTS) return;
        listed.push(
          other.index < pool.index ? { earlier: other, later: pool } : { earlier: pool, later: other },
        );
      }
    }
}

/** IPv6 in IPv4-mapped form is a family of its own: no shorter prefix holds it (`prefixContains`). */
function familyOf(prefix: Prefix): number {
  const [w0, w1, w2] = prefix.words;
  const isMapped = w0 === 0 && w1 === 0 && w2 === MAPPED_PREFIX && prefixDepth(prefix) >= MAPPED_BITS;
  return prefix.version * 2 + (isMapped ? 1 : 0);
}

/** By family, first address, then the shorter before the longer, else as in the file. */
function byAddress(a: Pool, b: Pool): number {
  const families = familyOf(a.prefix) - familyOf(b.prefix);
  if (families !== 0) return families;
  const [a0, a1, a2, a3] = a.prefix.words;
  const [b0, b1, b2, b3] = b.prefix.words;
  const addresses = a0 - b0 || a1 - b1 || a2 - b2 || a3 - b3;
  if (addresses !== 0) return addresses;
  return a.prefix.length - b.prefix.length || a.index - b.index;
}
