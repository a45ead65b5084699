import type { ContextRun, Evidence, EvidenceMoment, Stretch } from "./evidence.ts";
import { GAP_SECONDS } from "../flows/link-detail.ts";
import { NO_ITEMS } from "../no-items.ts";
import { laneOf, type NamedPath } from "./lanes.ts";
import { isBefore, type Moment } from "./moment.ts";

/** The path of a direction over time, by the evidence of the link contexts that its packets came in. */
export function timeline(
  runs: readonly ContextRun[],
  byContext: ReadonlyMap<number, readonly Evidence[]>,
  start: Moment,
  paths: readonly NamedPath[],
): Stretch[] {
  const stretches: Stretch[] = [];
  for (const run of runs) {
    const item = byContext.get(run.context)?.[0];
    if (item !== undefined) extend(stretches, shownStretch(item, run, paths));
  }
  if (stretches.length > 0) return stretches;
  const first = byContext.values().next().value?.[0];
  return first === undefined ? [] : [stretchOf(first, start, paths)];
}

/** The same by the sightings of the kind that `first` has; from the start on where there was but one path. */
export function sightedTimeline(
  sightings: readonly EvidenceMoment[],
  first: Evidence,
  start: Moment,
  paths: readonly NamedPath[],
): Stretch[] {
  const stretches: Stretch[] = [];
  for (const sighting of sightings)
    if (sighting.item.kind === first.kind) extend(stretches, stretchOf(sighting.item, sighting, paths));
  return stretches.length > 1 ? stretches : [stretchOf(first, start, paths)];
}

export function stretchOf(
  item: Evidence,
  { seconds, nanoseconds }: Moment,
  paths: readonly NamedPath[],
): Stretch {
  return { says: item.says, lane: laneOf(item, paths), seconds, nanoseconds };
}

/** The same of packets in a link context, of which it is known when the last one came. */
export function shownStretch(item: Evidence, run: ContextRun, paths: readonly NamedPath[]): Stretch {
  const until = { seconds: run.untilSeconds, nanoseconds: run.untilNanoseconds };
  return { ...stretchOf(item, run, paths), until };
}

function extend(stretches: Stretch[], next: Stretch): void {
  const last = stretches.at(-1);
  if (last?.lane !== next.lane) stretches.push(next);
  else if (last.until !== undefined && next.until !== undefined && isBefore(last.until, next.until)) {
    const gap = { from: last.until, to: { seconds: next.seconds, nanoseconds: next.nanoseconds } };
    const isLong = next.seconds - last.until.seconds >= GAP_SECONDS;
    const gaps = isLong ? [...(last.gaps ?? NO_ITEMS), gap] : last.gaps;
    stretches[stretches.length - 1] = { ...last, until: next.until, ...(gaps === undefined ? {} : { gaps }) };
  }
}
