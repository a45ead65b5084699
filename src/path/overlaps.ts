import { type ContextUse, type Evidence, type SeenTwice, strengthOf } from "./evidence.ts";

/** With more pairs than this, which somebody makes up, those of two copies of one packet are not looked for. */
const MOST_PAIRS = 256;

/**
 * How many packets were seen in both of two link contexts. A packet's copies are counted with the first of them alone;
 * of two contexts that are copies of a third, at least so many are the same as they have together more than it has.
 */
export function overlaps(uses: readonly ContextUse[], seenTwice: readonly SeenTwice[]): readonly SeenTwice[] {
  if (seenTwice.length < 2 || seenTwice.length > MOST_PAIRS) return seenTwice;
  const size = new Map<number, number>();
  for (const { context, packets, copies } of uses)
    size.set(context, (size.get(context) ?? 0) + packets + copies);
  const found = new Map<string, SeenTwice>();
  const add = (x: number, y: number, packets: number): void => {
    const [one, other] = x < y ? [x, y] : [y, x];
    const key = `${one} ${other}`;
    const most = Math.min(size.get(one) ?? packets, size.get(other) ?? packets);
    found.set(key, { one, other, packets: Math.min(most, (found.get(key)?.packets ?? 0) + packets) });
  };
  for (const { one, other, packets } of seenTwice) add(one, other, packets);
  const direct = [...found.values()];
  for (const [third, all] of size) {
    const copies = direct.filter(({ one, other }) => one === third || other === third);
    copies.forEach((x, i) => {
      for (const y of copies.slice(i + 1)) {
        const both = x.packets + y.packets - all;
        if (both > 0) add(x.one + x.other - third, y.one + y.other - third, both);
      }
    });
  }
  return [...found.values()];
}

/**
 * The contexts at least half of whose packets were also seen where stronger evidence puts them on another path: that
 * decides (docs/evidence.md). The packets of other contexts are different ones, and the flow moved.
 *
 * @param deciding the strongest evidence of each link context
 * @param agree whether two pieces of evidence mean one path
 */
export function outranked(
  uses: readonly ContextUse[],
  seenTwice: readonly SeenTwice[],
  deciding: ReadonlyMap<number, readonly Evidence[]>,
  agree: (one: Evidence, other: Evidence) => boolean,
): ReadonlySet<number> {
  const lost = new Map<number, number>();
  const hold = (weaker: number, stronger: number, packets: number): void => {
    const [items, others] = [deciding.get(weaker) ?? [], deciding.get(stronger) ?? []];
    const [item, other] = [items[0], others[0]];
    if (item === undefined || other === undefined || strengthOf(item) <= strengthOf(other)) return;
    // What says both of the same packets is no support for one of them.
    const isPlain = items.every((x) => agree(x, item));
    if (isPlain && items.some((x) => others.some((y) => agree(x, y)))) return;
    lost.set(weaker, (lost.get(weaker) ?? 0) + packets);
  };
  for (const { one, other, packets } of seenTwice) {
    hold(one, other, packets);
    hold(other, one, packets);
  }
  const found = new Set<number>();
  for (const { context, packets, copies } of uses)
    if (2 * (lost.get(context) ?? 0) >= packets + copies && lost.has(context)) found.add(context);
  return found;
}
