import {
  type Contradiction,
  type ContextUse,
  type Evidence,
  type SeenTwice,
  strengthOf,
} from "./evidence.ts";

/**
 * Where the strongest evidence puts the same packets on different paths: their copies were seen in two link contexts,
 * or one context has the marks of both. A packet does not move: these markers contradict each other, and neither
 * beats the other (of different kinds, the stronger decides).
 *
 * @param deciding the strongest evidence of each link context
 * @param pathOf what tells paths apart: kinds, or circuits
 */
export function contradictionOf(
  uses: readonly ContextUse[],
  seenTwice: readonly SeenTwice[],
  deciding: ReadonlyMap<number, readonly Evidence[]>,
  pathOf: (item: Evidence) => string,
): Contradiction | undefined {
  let evidence: [Evidence, Evidence] | undefined;
  let packets = 0;
  const byContext = new Map<number, number>();
  const note = (one: Evidence, other: Evidence, count: number, contexts: readonly number[]): void => {
    evidence ??= [one, other];
    packets += count;
    for (const context of contexts) byContext.set(context, (byContext.get(context) ?? 0) + count);
  };
  const atOdds = (one: readonly Evidence[], other: readonly Evidence[]): [Evidence, Evidence] | undefined => {
    for (const x of one)
      for (const y of other) if (strengthOf(x) === strengthOf(y) && pathOf(x) !== pathOf(y)) return [x, y];
    return undefined;
  };
  const bothWays = new Set<number>();
  for (const use of uses) {
    const items = deciding.get(use.context) ?? [];
    const found = atOdds(items, items);
    if (found === undefined || bothWays.has(use.context)) continue;
    bothWays.add(use.context);
    note(...found, use.packets + use.copies, [use.context]);
  }
  for (const { one, other, packets: count } of seenTwice) {
    if (bothWays.has(one) || bothWays.has(other)) continue;
    const found = atOdds(deciding.get(one) ?? [], deciding.get(other) ?? []);
    if (found !== undefined) note(...found, count, [one, other]);
  }
  return evidence === undefined ? undefined : { evidence, packets, byContext };
}

/** What is said of it: "the same 12 packets were seen as expressroute (VLAN 100) and as internet (VLAN 200)". */
export function contradictionText({ evidence: [one, other], packets }: Contradiction): string {
  const what = packets === 1 ? "the same packet was" : `the same ${packets} packets were`;
  return `${what} seen as ${one.says} (${one.shown}) and as ${other.says} (${other.shown})`;
}
