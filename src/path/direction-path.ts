import { EVIDENCE_KINDS, type EvidenceKind } from "../words.ts";
import { NO_ITEMS } from "../no-items.ts";
import { contradictionOf } from "./contradiction.ts";
import {
  type Contradiction,
  type ContextRun,
  type ContextUse,
  type DirectionPath,
  type Evidence,
  rank,
  type SeenTwice,
  type EvidenceMoment,
  strengthOf,
  type Stretch,
} from "./evidence.ts";
import { laneOf, type NamedPath, onePath } from "./lanes.ts";
import type { Moment } from "./moment.ts";
import { outranked, overlaps } from "./overlaps.ts";
import { shownStretch, sightedTimeline, stretchOf, timeline } from "./timeline.ts";

/** Everything that was seen of one direction. */
export interface DirectionFacts {
  readonly packets: number;
  readonly uses: readonly ContextUse[];
  /** Packets that were seen in two of these contexts. */
  readonly seenTwice?: readonly SeenTwice[];
  /** Changes of the link context in time, first included; empty when there was one context only. */
  readonly runs: readonly ContextRun[];
  /** Evidence of the flow rather than of a link: tunnel, hop, NAT pool, mapped address. */
  readonly weaker: readonly Evidence[];
  /** When `weaker` was seen first, and again after other evidence of its kind; ordered by time. */
  readonly sightings?: readonly EvidenceMoment[];
  readonly start: Moment;
  /** Both ends are inside the customer's network. */
  readonly bothInternal: boolean;
}

const NONE: DirectionPath = {
  path: "none",
  names: NO_ITEMS,
  basis: NO_ITEMS,
  evidence: NO_ITEMS,
  against: NO_ITEMS,
  contradiction: undefined,
  stretches: NO_ITEMS,
  circuits: NO_ITEMS,
};
const UNKNOWN: DirectionPath = { ...NONE, path: "unknown" };
/** Lists of one kind; the same ones for all flows. */
const ALONE: Readonly<Record<EvidenceKind, readonly EvidenceKind[]>> = aloneOf(EVIDENCE_KINDS);

/**
 * Decides the path of one direction from its evidence (docs/evidence.md). The packet's own marker beats its
 * interface, which beats its file; a path of kind `local` never contradicts an uplink; the same kind saying both
 * over time is `mixed`; the same kind saying both of the same packets proves nothing; no evidence gives `unknown`, no
 * packet `none`.
 */
export function decideDirection(facts: DirectionFacts, paths: readonly NamedPath[]): DirectionPath {
  // Of most directions nothing was seen, or one thing.
  if (facts.weaker.length === 0) {
    const [use] = facts.uses;
    if (facts.uses.every(({ evidence }) => evidence.length === 0))
      return undecided(facts.packets, facts.bothInternal, facts.start);
    const item = use?.evidence[0];
    if (use !== undefined && item !== undefined && facts.uses.length === 1 && use.evidence.length === 1)
      return fromOne(facts, use.context, item, paths);
  }
  const evidence = [...facts.uses.flatMap((use) => use.evidence), ...facts.weaker].sort(
    (x, y) => strengthOf(x) - strengthOf(y),
  );
  const uplinks = evidence.filter((item) => item.says !== "local");
  const considered = uplinks.length > 0 ? uplinks : evidence;
  const deciding = new Map<number, readonly Evidence[]>();
  for (const use of facts.uses) {
    const strongest = strongestOf(use, uplinks.length > 0);
    if (strongest.length > 0) deciding.set(use.context, strongest);
  }
  if (deciding.size === 0) return fromWeaker(facts, considered, paths);

  const seenTwice = overlaps(facts.uses, facts.seenTwice ?? NO_ITEMS);
  const isOnePath = (one: Evidence, other: Evidence): boolean => onePath(one, other, paths);
  for (const context of outranked(facts.uses, seenTwice, deciding, isOnePath)) deciding.delete(context);
  const found = contradictionOf(facts.uses, seenTwice, deciding, (item) => item.says);
  if (found !== undefined) {
    const unquestioned = facts.uses.filter((use) => isUnquestioned(use, found, deciding));
    const clean = unquestioned.reduce((sum, use) => sum + use.packets + use.copies, 0);
    if (found.packets >= clean) return contradicted(considered, found);
    // A few packets that look like copies (a request sent again on the other path) do not outweigh the rest.
    for (const context of found.byContext.keys())
      if (!unquestioned.some((use) => use.context === context)) deciding.delete(context);
  }
  const lanes = contradictionOf(facts.uses, seenTwice, deciding, (item) => laneOf(item, paths));
  const known = lanes === undefined ? paths : withoutCircuits(paths);
  const stretches = timeline(facts.runs, deciding, facts.start, known);
  return decidedBy([...deciding.values()].flat(), considered, stretches, known);
}

/** One link context with one piece of evidence: nothing can contradict it. */
function fromOne(
  facts: DirectionFacts,
  context: number,
  item: Evidence,
  paths: readonly NamedPath[],
): DirectionPath {
  const path = paths[item.pathIndex];
  return {
    path: item.says,
    names: path === undefined ? NO_ITEMS : [path.name],
    basis: ALONE[item.kind],
    evidence: [item],
    against: NO_ITEMS,
    contradiction: undefined,
    stretches: stretchesOfOne(facts, context, item, paths),
    circuits: path?.circuit === undefined ? NO_ITEMS : [path.circuit],
  };
}

function stretchesOfOne(
  { runs, start }: DirectionFacts,
  context: number,
  item: Evidence,
  paths: readonly NamedPath[],
): Stretch[] {
  const [run] = runs;
  if (runs.length > 1) return timeline(runs, new Map([[context, [item]]]), start, paths);
  return [run?.context === context ? shownStretch(item, run, paths) : stretchOf(item, start, paths)];
}

/** What the deciding evidence says: one path, or `mixed` where it says several. */
function decidedBy(
  deciding: readonly Evidence[],
  considered: readonly Evidence[],
  stretches: readonly Stretch[],
  paths: readonly NamedPath[],
): DirectionPath {
  const [says, ...others] = new Set(deciding.map((item) => item.says));
  const path = says === undefined || others.length > 0 ? "mixed" : says;
  return {
    path,
    names: namesOf(deciding, paths),
    basis: kindsOf(deciding),
    evidence: considered,
    against:
      path === "mixed" ? NO_ITEMS : considered.filter((item) => item.says !== path && item.says !== "local"),
    contradiction: undefined,
    stretches,
    circuits: circuitsOf(deciding, paths),
  };
}

/** The strongest evidence of a link context: several pieces where declared paths share its markers. */
function strongestOf(use: ContextUse, uplinksOnly: boolean): Evidence[] {
  const items = uplinksOnly ? use.evidence.filter((item) => item.says !== "local") : use.evidence;
  const best = Math.min(...items.map(strengthOf));
  return items.filter((item) => strengthOf(item) === best);
}

/** True for a context with more packets than those that were also seen on another path. */
function isUnquestioned(
  use: ContextUse,
  found: Contradiction,
  deciding: ReadonlyMap<number, readonly Evidence[]>,
): boolean {
  return deciding.has(use.context) && use.packets + use.copies > (found.byContext.get(use.context) ?? 0);
}

function contradicted(considered: readonly Evidence[], contradiction: Contradiction): DirectionPath {
  return { ...UNKNOWN, evidence: considered, contradiction };
}

/** Paths of a kind as one: where the same packets show two circuits, the kind alone is known. */
function withoutCircuits(paths: readonly NamedPath[]): NamedPath[] {
  return paths.map(({ name, kind }) => ({ name, kind, circuit: undefined }));
}

/** Without evidence of a link, what the flow itself shows decides; the strongest kind of it. */
function fromWeaker(
  facts: DirectionFacts,
  considered: readonly Evidence[],
  paths: readonly NamedPath[],
): DirectionPath {
  const [first] = considered;
  if (first === undefined) return undecided(facts.packets, facts.bothInternal, facts.start);
  const deciding = considered.filter((item) => rank(item.kind) === rank(first.kind));
  const stretches = sightedTimeline(facts.sightings ?? NO_ITEMS, first, facts.start, paths);
  return decidedBy(deciding, considered, stretches, paths);
}

/** A direction of which nothing was seen that a site declares. */
export function undecided(
  packets: number,
  bothInternal: boolean,
  start: DirectionFacts["start"],
): DirectionPath {
  if (packets === 0) return NONE;
  if (!bothInternal) return UNKNOWN;
  const { seconds, nanoseconds } = start;
  return {
    ...UNKNOWN,
    path: "local",
    basis: ALONE.address,
    stretches: [{ says: "local", lane: "local", seconds, nanoseconds }],
  };
}

function namesOf(items: readonly Evidence[], paths: readonly NamedPath[]): string[] {
  return [...new Set(items.map((item) => paths[item.pathIndex]?.name).filter((name) => name !== undefined))];
}

function circuitsOf(items: readonly Evidence[], paths: readonly NamedPath[]): string[] {
  return [
    ...new Set(
      items.map((item) => paths[item.pathIndex]?.circuit).filter((circuit) => circuit !== undefined),
    ),
  ];
}

function aloneOf(kinds: readonly EvidenceKind[]): Record<EvidenceKind, readonly EvidenceKind[]> {
  return Object.fromEntries(kinds.map((kind) => [kind, [kind]])) as unknown as Record<
    EvidenceKind,
    readonly EvidenceKind[]
  >;
}

function kindsOf(items: readonly Evidence[]): EvidenceKind[] {
  return [...new Set(items.map((item) => item.kind))].sort((x, y) => rank(x) - rank(y));
}
