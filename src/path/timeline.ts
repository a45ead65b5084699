import type { ContextRun, ContextUse, Evidence, Sighting, Stretch } from "./evidence.ts";
import { laneOf, type NamedPath } from "./lanes.ts";

/** When something was seen. */
type When = Pick<Stretch, "seconds" | "nanoseconds">;

/** The path of a direction over time, by the evidence of the link contexts that its packets came in. */
export function timeline(
  runs: readonly ContextRun[],
  byContext: ReadonlyMap<number, readonly Evidence[]>,
  start: When,
  paths: readonly NamedPath[],
): Stretch[] {
  const stretches: Stretch[] = [];
  for (const run of runs) {
    const item = byContext.get(run.context)?.[0];
    if (item !== undefined) extend(stretches, stretchOf(item, run, paths));
  }
  if (stretches.length > 0) return stretches;
  const first = byContext.values().next().value?.[0];
  return first === undefined ? [] : [stretchOf(first, start, paths)];
}

/** The same by the sightings of the kind that `first` has; from the start on where there was but one path. */
export function sightedTimeline(
  sightings: readonly Sighting[],
  first: Evidence,
  start: When,
  paths: readonly NamedPath[],
): Stretch[] {
  const stretches: Stretch[] = [];
  for (const sighting of sightings)
    if (sighting.item.kind === first.kind) extend(stretches, stretchOf(sighting.item, sighting, paths));
  return stretches.length > 1 ? stretches : [stretchOf(first, start, paths)];
}

export function stretchOf(
  item: Evidence,
  { seconds, nanoseconds }: When,
  paths: readonly NamedPath[],
): Stretch {
  return { says: item.says, lane: laneOf(item, paths), seconds, nanoseconds };
}

function extend(stretches: Stretch[], next: Stretch): void {
  if (stretches.at(-1)?.lane !== next.lane) stretches.push(next);
}

/**
 * From when on a direction's packets came over links that show nothing, to its last one. Undefined where its last ones showed a path,
 * where none did, and where packets have copies, which may have shown it.
 */
export function unshownFrom(runs: readonly ContextRun[], uses: readonly ContextUse[]): When | undefined {
  if (runs.length < 2 || uses.some(({ copies }) => copies > 0)) return undefined;
  const showing = new Set(uses.filter(({ evidence }) => evidence.length > 0).map(({ context }) => context));
  const last = runs.findLastIndex(({ context }) => showing.has(context));
  return last < 0 ? undefined : runs[last + 1];
}
