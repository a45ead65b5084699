import { excludeCidr } from "cidr-tools";
import { canonicalPrefix } from "../address/prefix.ts";
import type { ServiceArea } from "../words.ts";
import type { EndpointSet } from "./endpoint-set.ts";

/** One difference between two lists. */
export interface EndpointChange {
  readonly change: "added" | "removed" | "changed";
  /**
   * `set`: a whole set came or went; `prefix`, `name`: one of a set; `flag`: an attribute of a set.
   * `listed`, `eligible`: addresses that came into or went out of all sets, or all eligible sets, as few prefixes.
   */
  readonly kind: "set" | "prefix" | "name" | "flag" | "listed" | "eligible";
  readonly set: number | undefined;
  readonly serviceArea: ServiceArea | undefined;
  /** The prefix, name or attribute; of a set its category. */
  readonly value: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const FLAGS = ["serviceArea", "category", "required", "expressRoute", "tcpPorts", "udpPorts"] as const;

/** What is different in a later list: address space first, since that decides for most flows, then set by set. */
export function diffSets(before: readonly EndpointSet[], after: readonly EndpointSet[]): EndpointChange[] {
  const ids = [...new Set([...before, ...after].map((set) => set.id))].toSorted((a, b) => a - b);
  return [
    ...spaceChanges("listed", before, after),
    ...spaceChanges(
      "eligible",
      before.filter((set) => set.expressRoute),
      after.filter((set) => set.expressRoute),
    ),
    ...ids.flatMap((id) =>
      setChanges(
        before.find((set) => set.id === id),
        after.find((set) => set.id === id),
      ),
    ),
  ];
}

function spaceChanges(
  kind: "listed" | "eligible",
  before: readonly EndpointSet[],
  after: readonly EndpointSet[],
): EndpointChange[] {
  const [old, now] = [before, after].map((sets) => [...new Set(sets.flatMap((set) => set.prefixes))]);
  const change = (word: "added" | "removed", prefixes: readonly string[]): EndpointChange[] =>
    prefixes.map((prefix) => ({
      change: word,
      kind,
      set: undefined,
      serviceArea: undefined,
      value: canonicalPrefix(prefix),
      before: undefined,
      after: undefined,
    }));
  return [
    ...change("removed", excludeCidr(old ?? [], now ?? [])),
    ...change("added", excludeCidr(now ?? [], old ?? [])),
  ];
}

function setChanges(before: EndpointSet | undefined, after: EndpointSet | undefined): EndpointChange[] {
  const known = after ?? before;
  if (known === undefined) return [];
  const row = (
    change: EndpointChange["change"],
    kind: EndpointChange["kind"],
    value: string,
    was?: string,
    is?: string,
  ): EndpointChange => ({
    change,
    kind,
    set: known.id,
    serviceArea: known.serviceArea,
    value,
    before: was,
    after: is,
  });
  const changes: EndpointChange[] = [];
  if (before === undefined) changes.push(row("added", "set", known.category));
  if (after === undefined) changes.push(row("removed", "set", known.category));
  if (before !== undefined && after !== undefined) {
    for (const flag of FLAGS) {
      const [was, is] = [String(before[flag]), String(after[flag])];
      if (was !== is) changes.push(row("changed", "flag", flag, was, is));
    }
  }
  for (const [kind, was, is] of [
    ["prefix", before?.prefixes ?? [], after?.prefixes ?? []],
    ["name", before?.names ?? [], after?.names ?? []],
  ] as const) {
    const [old, now] = [new Set(was), new Set(is)];
    for (const text of was) if (!now.has(text)) changes.push(row("removed", kind, text));
    for (const text of is) if (!old.has(text)) changes.push(row("added", kind, text));
  }
  return changes;
}
