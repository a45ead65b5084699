import { strengthOf } from "../path/evidence.ts";
import type { NamedPath } from "../path/lanes.ts";
import type { PathMark } from "../site/markers.ts";

/** What a link inside the network says. */
export const LOCAL_KEY = "local";

/**
 * The lanes (path/lanes.ts) that the strongest of a context's marks say: equal keys are no change of path, whichever
 * marks show it. A link inside the network says nothing where an uplink is shown. Empty without a mark.
 */
export function laneKey(marks: readonly PathMark[], paths: readonly NamedPath[]): string {
  const uplinks = marks.filter(({ pathIndex }) => paths[pathIndex]?.kind !== "local");
  if (uplinks.length === 0) return marks.length === 0 ? "" : LOCAL_KEY;
  const best = Math.min(...uplinks.map(strengthOf));
  const lanes = uplinks
    .filter((mark) => strengthOf(mark) === best)
    .map(({ pathIndex }) => JSON.stringify([paths[pathIndex]?.kind, paths[pathIndex]?.circuit]));
  return [...new Set(lanes)].toSorted().join(" ");
}
