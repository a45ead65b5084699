import type { EvidenceKind, PathKind } from "../words.ts";
import {
  type ContextRun,
  type ContextUse,
  type DirectionPath,
  type Evidence,
  rank,
  type Stretch,
} from "./evidence.ts";

/** What a path of the site is called and which circuit it belongs to. */
export interface NamedPath {
  readonly name: string;
  readonly kind: PathKind;
  readonly circuit: string | undefined;
}

/** Everything that was seen of one direction. */
export interface DirectionFacts {
  readonly packets: number;
  readonly uses: readonly ContextUse[];
  /** Changes of the link context in time, first included; empty when there was one context only. */
  readonly runs: readonly ContextRun[];
  /** Evidence of the flow rather than of a link: tunnel, hop, NAT pool, mapped address. */
  readonly weaker: readonly Evidence[];
  readonly start: { readonly seconds: number; readonly nanoseconds: number };
  /** Both ends are inside the customer's network. */
  readonly bothInternal: boolean;
}

const NONE: DirectionPath = {
  path: "none",
  names: [],
  basis: [],
  evidence: [],
  against: [],
  stretches: [],
  circuits: [],
};
const UNKNOWN: DirectionPath = { ...NONE, path: "unknown" };
const LOCAL_BASIS: readonly EvidenceKind[] = ["address"];

/**
 * Decides the path of one direction from its evidence (CONTRACT, section 2). The packet's own marker beats its
 * interface, which beats its file; a path of kind `local` never contradicts an uplink; the same kind saying both
 * over time is `mixed`; no evidence gives `unknown`, no packet `none`.
 */
export function decideDirection(facts: DirectionFacts, paths: readonly NamedPath[]): DirectionPath {
  const evidence = [...facts.uses.flatMap((use) => use.evidence), ...facts.weaker].sort(
    (x, y) => rank(x.kind) - rank(y.kind),
  );
  const uplinks = evidence.filter((item) => item.says !== "local");
  const considered = uplinks.length > 0 ? uplinks : evidence;
  const strongestByContext = new Map<number, Evidence>();
  for (const use of facts.uses) {
    const decisive = decisiveOf(use, uplinks.length > 0);
    if (decisive !== undefined) strongestByContext.set(use.context, decisive);
  }
  const seen = [...strongestByContext.values()];
  if (seen.length === 0) return fromWeaker(facts, considered, paths);

  const says = new Set(seen.map((item) => item.says));
  if (says.size === 1) return settled(facts, seen, considered, strongestByContext, paths);

  // Copies of the same packets at several points contradict each other: the stronger kind decides. Without copies
  // the packets are different ones, and the flow moved.
  const best = Math.min(...seen.map((item) => rank(item.kind)));
  const strongest = seen.filter((item) => rank(item.kind) === best);
  const strongestSays = new Set(strongest.map((item) => item.says));
  const copied = facts.uses.some((use) => use.copies > 0 && strongestByContext.has(use.context));
  if (strongestSays.size === 1 && copied) {
    const only = new Map([...strongestByContext].filter(([, item]) => rank(item.kind) === best));
    return settled(facts, strongest, considered, only, paths);
  }
  const stretches = timeline(facts, strongestByContext, paths);
  return {
    path: "mixed",
    names: namesOf(seen, paths),
    basis: kindsOf(seen),
    evidence: considered,
    against: [],
    stretches,
    circuits: circuitsOf(seen, paths),
  };
}

function decisiveOf(use: ContextUse, uplinksOnly: boolean): Evidence | undefined {
  let best: Evidence | undefined;
  for (const item of use.evidence) {
    if (uplinksOnly && item.says === "local") continue;
    if (best === undefined || rank(item.kind) < rank(best.kind)) best = item;
  }
  return best;
}

function settled(
  facts: DirectionFacts,
  deciders: readonly Evidence[],
  considered: readonly Evidence[],
  byContext: ReadonlyMap<number, Evidence>,
  paths: readonly NamedPath[],
): DirectionPath {
  const says = deciders[0]?.says ?? "other";
  return {
    path: says,
    names: namesOf(deciders, paths),
    basis: kindsOf(deciders),
    evidence: considered,
    against: considered.filter((item) => item.says !== says && item.says !== "local"),
    stretches: timeline(facts, byContext, paths),
    circuits: circuitsOf(deciders, paths),
  };
}

function fromWeaker(
  facts: DirectionFacts,
  considered: readonly Evidence[],
  paths: readonly NamedPath[],
): DirectionPath {
  const first = considered[0];
  if (first !== undefined) {
    const same = considered.filter((item) => rank(item.kind) === rank(first.kind));
    const agreed = new Set(same.map((item) => item.says)).size === 1;
    return {
      path: agreed ? first.says : "mixed",
      names: namesOf(same, paths),
      basis: kindsOf(same),
      evidence: considered,
      against: agreed ? considered.filter((item) => item.says !== first.says && item.says !== "local") : [],
      stretches: [stretchOf(first, facts.start.seconds, facts.start.nanoseconds, paths)],
      circuits: circuitsOf(same, paths),
    };
  }
  return undecided(facts.packets, facts.bothInternal, facts.start);
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
    basis: LOCAL_BASIS,
    stretches: [{ says: "local", lane: "local", seconds, nanoseconds }],
  };
}

function timeline(
  facts: DirectionFacts,
  byContext: ReadonlyMap<number, Evidence>,
  paths: readonly NamedPath[],
): Stretch[] {
  const stretches: Stretch[] = [];
  for (const run of facts.runs) {
    const item = byContext.get(run.context);
    if (item === undefined) continue;
    const stretch = stretchOf(item, run.seconds, run.nanoseconds, paths);
    if (stretches.at(-1)?.lane !== stretch.lane) stretches.push(stretch);
  }
  if (stretches.length > 0) return stretches;
  const first = byContext.values().next().value;
  return first === undefined ? [] : [stretchOf(first, facts.start.seconds, facts.start.nanoseconds, paths)];
}

function stretchOf(
  item: Evidence,
  seconds: number,
  nanoseconds: number,
  paths: readonly NamedPath[],
): Stretch {
  return { says: item.says, lane: laneOf(item.says, paths[item.pathIndex]?.circuit), seconds, nanoseconds };
}

/** Links of one circuit are one lane; so are all paths of a kind that name no circuit. */
export function laneOf(kind: PathKind, circuit: string | undefined): string {
  return circuit === undefined ? kind : `${kind} ${circuit}`;
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

function kindsOf(items: readonly Evidence[]): EvidenceKind[] {
  return [...new Set(items.map((item) => item.kind))].sort((x, y) => rank(x) - rank(y));
}
