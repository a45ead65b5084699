import type { ContextRun, SeenTwice } from "../path/evidence.ts";
import { type Moment, secondsBetween } from "../path/symmetry.ts";

/** What one leg of a flow shows of a direction over time. */
export interface LegCourse {
  readonly runs: readonly ContextRun[];
  readonly contexts: readonly number[];
  readonly last: Moment;
}

/**
 * Moments at which one leg of a flow ends while another goes on that has other packets: the flow has come back to the path
 * of that one, which has no run of its own for it. When its next packet came is not in the records, so that the last one on
 * the other path stands for it.
 *
 * @param mayFollow whether one context shows a path, and times tell which of the packets of both came later
 */
export function legReturns(
  courses: readonly LegCourse[],
  seenTwice: readonly SeenTwice[],
  mayFollow: (ended: number, other: number) => boolean,
): ContextRun[] {
  const found: ContextRun[] = [];
  for (const ended of courses) {
    const left = ended.runs.at(-1);
    if (left === undefined) continue;
    let back: ContextRun | undefined;
    for (const other of courses) {
      if (other === ended || secondsBetween(ended.last, other.last) <= 0) continue;
      const run = other.runs.findLast((item) => secondsBetween(item, ended.last) >= 0);
      if (run === undefined || !mayFollow(left.context, run.context)) continue;
      if (haveSame(ended, other, seenTwice)) continue;
      // Of two that go on, the one that came last is the one that was left for a while.
      if (back === undefined || secondsBetween(back, run) > 0) back = run;
    }
    const { seconds, nanoseconds } = ended.last;
    if (back !== undefined) found.push({ ...back, seconds, nanoseconds });
  }
  return found;
}

function haveSame(x: LegCourse, y: LegCourse, seenTwice: readonly SeenTwice[]): boolean {
  return seenTwice.some(
    ({ one, other }) =>
      (x.contexts.includes(one) && y.contexts.includes(other)) ||
      (x.contexts.includes(other) && y.contexts.includes(one)),
  );
}
