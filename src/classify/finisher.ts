import { lastSeconds, startSeconds } from "../flows/flow-span.ts";
import { FlowList } from "../flows/flow-list.ts";
import type { FlowRecords } from "../flows/flow-records.ts";
import { SpareWords } from "../flows/spare-words.ts";
import { EndOrder } from "./end-order.ts";
import { joinLegs } from "./join-legs.ts";
import { type LookupPlaces, lookupPairs, mayJoin } from "./join-lookups.ts";
import type { Lookup } from "./lookup-sightings.ts";
import type { GroupList, LegReader } from "./leg-group.ts";
import { sharing } from "./sharing.ts";
import type { SiteView } from "./site-view.ts";

/** Rows wait this long (capture time) behind the earliest live flow, so that legs of one flow meet. Seconds. */
export const HOLD_SECONDS = 5;

/** Legs of one flow end within this time of each other, seconds. */
export const APART_SECONDS = 2;

/** What becomes of finished flows. */
export interface FinishPolicy {
  /** What is kept of flows that have ended. */
  readonly records: LegReader;
  /** True when legs behind source NAT may be among the flows. */
  joins(): boolean;
  /** Lookups of a flow that other flows have, too. */
  lookups(flow: number): readonly Lookup[];
  readonly places: LookupPlaces;
  /** The flow was reported: its number may be given away. */
  release(flow: number): void;
  /** When flows that ended before `bound` seconds may not be finished yet, an earlier moment; else `bound`. */
  hold(bound: number, waiting: Uint32Array): number;
  /** Judges and reports flows, in this order, one a step. `complete`: nothing is live any more. */
  finish(groups: GroupList, complete: boolean): Generator<void>;
}

/** What waits on: flows that end at or after `bound` seconds, and the legs joined with them. */
interface Until {
  readonly bound: number;
  readonly over: FlowList;
  readonly late: FlowList;
}

/** Keeps ended flows until it is sure that no earlier one can come, then hands them on in the order of their ends. */
export class Finisher {
  readonly #observer: FlowRecords;
  readonly #view: SiteView;
  readonly #policy: FinishPolicy;
  #waiting = new FlowList();
  /** Flows that end late, but are joined with what ends before them. */
  readonly #early = new Set<number>();

  constructor(observer: FlowRecords, view: SiteView, policy: FinishPolicy) {
    this.#observer = observer;
    this.#view = view;
    this.#policy = policy;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Flows that wait on and began by that second: what is handed on may be of one call with them. */
  begunBy(seconds: number): number[] {
    const { table } = this.#observer;
    const found: number[] = [];
    for (const flow of this.#waiting.flows)
      if (startSeconds(table.page(flow), table.base(flow)) <= seconds) found.push(flow);
    return found;
  }

  /** So many flows are about to be added. */
  expect(count: number): void {
    this.#waiting.reserve(count);
  }

  add(flow: number): void {
    this.#waiting.push(flow);
  }

  /** The same of a flow that may be of one with flows that ended long before it: they wait for it then. */
  addEarly(flow: number): void {
    this.#early.add(flow);
    this.add(flow);
  }

  /** Hands on what ended before `earliest` seconds (of the flows still live); everything for Infinity. */
  flush(earliest: number): void {
    if (this.#waiting.length === 0) return;
    if (earliest === Number.POSITIVE_INFINITY) {
      const ready = this.#waiting;
      this.#waiting = new FlowList();
      this.#handOn(this.#inOrder(ready.flows, new SpareWords()), ready);
      return;
    }
    const waiting = this.#waiting.flows;
    const first = earliest - HOLD_SECONDS;
    // Mostly an old flow is still live, and nothing that waits is as old: then calls need not be asked.
    if (!waiting.some((flow) => this.#last(flow) < first)) return;
    const bound = this.#policy.hold(first, waiting);
    const reach = this.#policy.joins() ? bound + APART_SECONDS : bound;
    const near = new FlowList();
    const rest = new FlowList();
    let isAny = false;
    for (const flow of waiting) {
      const last = this.#last(flow);
      (last < reach || this.#early.has(flow) ? near : rest).push(flow);
      isAny ||= last < bound;
    }
    if (!isAny) return;
    const over = new FlowList();
    const groups = this.#inOrder(near.flows, new SpareWords(), { bound, over, late: rest });
    this.#waiting = rest;
    this.#handOn(groups, over);
  }

  /**
   * Hands on everything, a flow a step: all that was live may be much. Nothing comes after it, so no number is given away:
   * that would go through all records again. Uses up `spare`.
   */
  flushLast(spare: Uint32Array): Generator<void> {
    const ready = this.#waiting;
    this.#waiting = new FlowList();
    return this.#finish(this.#inOrder(ready.flows, new SpareWords(spare)));
  }

  #finish(groups: GroupList): Generator<void> {
    return this.#policy.finish(groups, this.#observer.table.live === 0);
  }

  #handOn(groups: GroupList, flows: FlowList): void {
    if (groups.length === 0) return;
    const steps = this.#finish(groups);
    while (steps.next().done !== true);
    for (const flow of flows.flows) {
      this.#early.delete(flow);
      this.#policy.release(flow);
    }
  }

  #last(flow: number): number {
    const { table } = this.#observer;
    return lastSeconds(table.page(flow), table.base(flow));
  }

  /** The flows of the records, legs joined, by end, start, Community ID; those that end too late for `until` are sorted out. */
  #inOrder(flows: Uint32Array, spare: SpareWords, until?: Until): GroupList {
    const policy = this.#policy;
    const isLate = (flow: number): boolean => until !== undefined && this.#last(flow) >= until.bound;
    const shared = policy.joins() ? this.#sharing(flows, spare) : NO_FLOWS;
    spare.giveBack();
    const order = new EndOrder(this.#observer.table, policy.records, flows.length, spare);
    for (const flow of flows) {
      if (shared.has(flow)) continue;
      const late = isLate(flow);
      (late ? until?.late : until?.over)?.push(flow);
      if (!late) order.addSingle(flow);
    }
    if (shared.size > 0) {
      const legs = [...shared].map((flow) => policy.records.leg(flow));
      const lookups = lookupPairs(legs, (flow) => policy.lookups(flow), policy.places);
      for (const group of joinLegs(legs, this.#view.markers, lookups)) {
        // One late leg keeps the others: a row stands where its last leg ends.
        const late = group.legs.some((leg) => isLate(leg.flow));
        for (const { flow } of group.legs) (late ? until?.late : until?.over)?.push(flow);
        if (late) continue;
        // Most only looked alike: they are read again when their turn comes.
        if (group.legs.length === 1 && group.note === undefined) order.addSingle(group.legs[0].flow);
        else order.addJoined(group);
      }
    }
    return order.sorted();
  }

  /** Flows that may be legs of one. */
  #sharing(flows: Uint32Array, spare: SpareWords): Set<number> {
    const shared = sharing(flows, this.#policy.records, spare);
    for (const flow of flows) {
      const lookups = this.#policy.lookups(flow);
      if (lookups.length > 0 && lookups.some((lookup) => mayJoin(lookup))) shared.add(flow);
    }
    return shared;
  }
}

const NO_FLOWS: ReadonlySet<number> = new Set();
