import type { ContextRun, SeenTwice } from "../path/evidence.ts";
import { isBefore, type Moment } from "../path/moment.ts";
import type { ContextShare } from "./leg.ts";

/** What one leg of a flow shows of a direction over time. */
export interface LegCourse {
  readonly runs: readonly ContextRun[];
  readonly shares: readonly ContextShare[];
  readonly last: Moment;
}

/** What is known of link contexts. */
export interface ContextFacts {
  readonly seenTwice: readonly SeenTwice[];
  /** Whether packets of a context show a path. */
  shows(context: number): boolean;
  /** Whether times tell which of the packets of two contexts came later. */
  isOneClock(context: number, other: number): boolean;
}

/**
 * Moments at which one leg of a flow ends, or shows no path any more, while another goes on that has other packets: the flow
 * has come back to the path of that one, which has no run of its own for it. When its next packet came is not in the
 * records of a leg that goes on, so that the last one of a leg that ended stands for it.
 */
export function legReturns(courses: readonly LegCourse[], facts: ContextFacts): ContextRun[] {
  const found: ContextRun[] = [];
  for (const course of courses) {
    course.runs.forEach((left, i) => {
      const next = course.runs[i + 1];
      if (!facts.shows(left.context) || (next !== undefined && facts.shows(next.context))) return;
      const { seconds, nanoseconds } = next ?? course.last;
      const moment = { seconds, nanoseconds };
      let back: ContextRun | undefined;
      for (const other of courses) {
        if (other === course || !isBefore(moment, other.last)) continue;
        const run = other.runs.at(-1);
        if (run === undefined || isBefore(moment, run)) continue;
        // Its last packet has to show the path: one that shows none may be a copy of the course's own last one.
        if (!other.shares.every(({ context }) => facts.shows(context))) continue;
        if (!facts.isOneClock(left.context, run.context)) continue;
        if (inBoth(left.context, run.context, facts) > 0) continue;
        // What shows no path is on the other leg's where most of its packets were seen there.
        if (next !== undefined && !isMostlyIn(course, next.context, run.context, facts)) continue;
        // Of two that go on, the one that came last is the one that was left for a while.
        if (back === undefined || isBefore(back, run)) back = run;
      }
      if (back !== undefined) found.push({ ...back, ...moment });
    });
  }
  return found;
}

function isMostlyIn({ shares }: LegCourse, context: number, other: number, facts: ContextFacts): boolean {
  const share = shares.find((item) => item.context === context);
  return share !== undefined && 2 * inBoth(context, other, facts) >= share.packets + share.copies;
}

function inBoth(x: number, y: number, { seenTwice }: ContextFacts): number {
  return seenTwice.reduce(
    (sum, { one, other, packets }) =>
      (one === x && other === y) || (one === y && other === x) ? sum + packets : sum,
    0,
  );
}
