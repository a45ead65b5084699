import { lastSeconds } from "../flows/flow-table.ts";
import type { FlowObserver } from "../flows/observer.ts";
import type { Leg } from "./leg.ts";
import type { SiteView } from "./site-view.ts";
import { joinLegs, type LegGroup } from "./join-legs.ts";

/** Rows wait this long (capture time) behind the earliest live flow, so that legs of one flow meet. Seconds. */
const HOLD_SECONDS = 5;

/** What becomes of finished flows. */
export interface FinishPolicy {
  /** Reads an ended record out. */
  leg(flow: number): Leg;
  /** True when legs behind source NAT may be among the flows. */
  joins(): boolean;
  /** When flows that ended before `bound` seconds may not be finished yet, an earlier moment; else `bound`. */
  hold(bound: number, waiting: readonly number[]): number;
  /** Judges and reports flows, in this order. `complete`: nothing is live any more. */
  finish(groups: readonly LegGroup[], complete: boolean): void;
}

/** Keeps ended flows until it is sure that no earlier one can come, then hands them on in the order of their ends. */
export class Finisher {
  readonly #observer: FlowObserver;
  readonly #view: SiteView;
  readonly #policy: FinishPolicy;
  #waiting: number[] = [];

  constructor(observer: FlowObserver, view: SiteView, policy: FinishPolicy) {
    this.#observer = observer;
    this.#view = view;
    this.#policy = policy;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  add(flow: number): void {
    this.#waiting.push(flow);
  }

  /** Hands on what ended before `earliest` seconds (of the flows still live); everything for Infinity. */
  flush(earliest: number): void {
    if (this.#waiting.length === 0) return;
    const bound =
      earliest === Number.POSITIVE_INFINITY
        ? earliest
        : this.#policy.hold(earliest - HOLD_SECONDS, this.#waiting);
    const ready: Leg[] = [];
    const rest: number[] = [];
    for (const flow of this.#waiting) {
      const { table } = this.#observer;
      if (lastSeconds(table.page(flow), table.base(flow)) < bound) ready.push(this.#policy.leg(flow));
      else rest.push(flow);
    }
    if (ready.length === 0) return;
    this.#waiting = rest;
    const groups: LegGroup[] = this.#policy.joins()
      ? joinLegs(ready, this.#view.markers)
      : ready.map((leg) => ({ legs: [leg], joinBasis: undefined }));
    this.#policy.finish(groups.toSorted(compareGroups), this.#observer.table.live === 0);
    for (const leg of ready) this.#observer.release(leg.flow);
  }
}

function compareGroups(x: LegGroup, y: LegGroup): number {
  const xEnd = last(x);
  const yEnd = last(y);
  return (
    xEnd.seconds - yEnd.seconds ||
    xEnd.nanoseconds - yEnd.nanoseconds ||
    x.legs[0].start.seconds - y.legs[0].start.seconds ||
    x.legs[0].start.nanoseconds - y.legs[0].start.nanoseconds ||
    compareText(x.legs[0].communityId, y.legs[0].communityId)
  );
}

function last(group: LegGroup): { seconds: number; nanoseconds: number } {
  let end = group.legs[0].end;
  for (const leg of group.legs) {
    const other = leg.end;
    if (other.seconds > end.seconds || (other.seconds === end.seconds && other.nanoseconds > end.nanoseconds))
      end = other;
  }
  return end;
}

function compareText(x: string, y: string): number {
  return x < y ? -1 : x > y ? 1 : 0;
}
