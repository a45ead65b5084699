import type { Inspector, Recognition } from "../protocols/recognition.ts";
import { type IcmpReport, IcmpReports } from "./icmp-reports.ts";

/** Most link contexts kept of one direction; packets of further ones are counted with the last. */
export const MAX_CONTEXTS_PER_DIRECTION = 64;
/** Most changes of the path's signature kept of one direction. */
export const MAX_RUNS_PER_DIRECTION = 256;
/** Most pairs of link contexts kept of one direction in which the same packets were seen. */
export const MAX_PAIRS_PER_DIRECTION = 64;

/** How many packets of a direction came in one link context. */
export interface ContextCount {
  readonly context: number;
  /** Packets, the copies of packets beside them. */
  packets: number;
  copies: number;
  readonly firstPacket: number;
}

/** A stretch of time in which a direction's packets gave the same answer about their path. */
export interface Run {
  readonly context: number;
  readonly firstPacket: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Packets that were seen in two link contexts, both of which say something of their path. */
export interface CopyPair {
  readonly one: number;
  readonly other: number;
  packets: number;
}

const NO_CONTEXTS: readonly [readonly ContextCount[], readonly ContextCount[]] = [[], []];
const NO_RUNS: readonly [readonly Run[], readonly Run[]] = [[], []];
const NO_PAIRS: readonly [readonly CopyPair[], readonly CopyPair[]] = [[], []];
const NO_COUNTS: ReadonlyMap<number, number> = new Map();
const NO_REPORTS: readonly IcmpReport[] = [];

/** What of a flow's packets differed: where they were seen, once they came in more than one link context, and their marks. */
class SeldomDetail {
  readonly contexts: [ContextCount[], ContextCount[]] = [[], []];
  readonly runs: [Run[], Run[]] = [[], []];
  /** Signature (observer's) of the direction's last packet that had one, and of its last copy. */
  readonly signature: [number, number] = [0, 0];
  readonly copySignature: [number, number] = [0, 0];
  readonly pairs: [CopyPair[], CopyPair[]] = [[], []];
  dscp0: Map<number, number> | undefined = undefined;
  dscp1: Map<number, number> | undefined = undefined;
  reports: IcmpReports | undefined = undefined;
}

/** What a flow's detail says when nothing more is learned: what `FlowDetail.of` makes it from again. */
export interface DetailFacts {
  readonly contexts: readonly [readonly ContextCount[], readonly ContextCount[]];
  readonly runs: readonly [readonly Run[], readonly Run[]];
  readonly pairs: readonly [readonly CopyPair[], readonly CopyPair[]];
  readonly dscp: readonly [ReadonlyMap<number, number>, ReadonlyMap<number, number>];
  readonly reports: readonly IcmpReport[];
  readonly recognition: Recognition | undefined;
}

/** Where there is no more room the last one is given up: how a flow ends weighs more than each of its changes. */
function keepRun(runs: Run[], run: Run): void {
  if (runs.length === MAX_RUNS_PER_DIRECTION) runs.pop();
  runs.push(run);
}

/** What is kept of a flow beside its record, only of flows that need it, and of its parts only those that it needs. */
export class FlowDetail {
  inspector: Inspector | undefined = undefined;
  /** What the inspector said when it had nothing more to learn, or at the flow's end; it is gone then. */
  recognition: Recognition | undefined = undefined;
  #seldom: SeldomDetail | undefined = undefined;

  /** The detail of a flow that was followed elsewhere. */
  static of(facts: DetailFacts): FlowDetail {
    const detail = new FlowDetail();
    detail.recognition = facts.recognition;
    const seldom = detail.#demandSeldom();
    seldom.dscp0 = new Map(facts.dscp[0]);
    seldom.dscp1 = new Map(facts.dscp[1]);
    if (facts.reports.length > 0) seldom.reports = new IcmpReports(facts.reports);
    for (const d of [0, 1] as const) {
      seldom.contexts[d].push(...facts.contexts[d]);
      seldom.runs[d].push(...facts.runs[d]);
      seldom.pairs[d].push(...facts.pairs[d]);
    }
    return detail;
  }

  /** Contexts of direction 0 and 1 besides the first, in order of appearance. */
  get contexts(): readonly [readonly ContextCount[], readonly ContextCount[]] {
    return this.#seldom?.contexts ?? NO_CONTEXTS;
  }

  get runs(): readonly [readonly Run[], readonly Run[]] {
    return this.#seldom?.runs ?? NO_RUNS;
  }

  get pairs(): readonly [readonly CopyPair[], readonly CopyPair[]] {
    return this.#seldom?.pairs ?? NO_PAIRS;
  }

  get reports(): readonly IcmpReport[] {
    return this.#seldom?.reports?.list ?? NO_REPORTS;
  }

  /** Packets of a direction by DSCP value besides the first packet's value. */
  dscp(direction: 0 | 1): ReadonlyMap<number, number> {
    return (direction === 0 ? this.#seldom?.dscp0 : this.#seldom?.dscp1) ?? NO_COUNTS;
  }

  #demandSeldom(): SeldomDetail {
    return (this.#seldom ??= new SeldomDetail());
  }

  countDscp(direction: 0 | 1, value: number): void {
    const seldom = this.#demandSeldom();
    const counts = (direction === 0 ? seldom.dscp0 : seldom.dscp1) ?? new Map<number, number>();
    if (direction === 0) seldom.dscp0 = counts;
    else seldom.dscp1 = counts;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }

  countContext(direction: 0 | 1, context: number, packetNumber: number, copy: boolean): void {
    const counts = this.#demandSeldom().contexts[direction];
    let entry: ContextCount | undefined;
    for (const candidate of counts) if (candidate.context === context) entry = candidate;
    if (entry === undefined) {
      if (counts.length < MAX_CONTEXTS_PER_DIRECTION) {
        counts.push({ context, packets: copy ? 0 : 1, copies: copy ? 1 : 0, firstPacket: packetNumber });
        return;
      }
      entry = counts[counts.length - 1];
      if (entry === undefined) return;
    }
    if (copy) entry.copies += 1;
    else entry.packets += 1;
  }

  addRun(direction: 0 | 1, signature: number, run: Run): void {
    const seldom = this.#demandSeldom();
    if (seldom.signature[direction] === signature) return;
    seldom.signature[direction] = signature;
    keepRun(seldom.runs[direction], run);
  }

  /** As `addRun` for copies: those of one capture point between packets of another are no change. */
  addCopyRun(direction: 0 | 1, signature: number, run: Run): void {
    const seldom = this.#demandSeldom();
    if (seldom.copySignature[direction] === signature) return;
    seldom.copySignature[direction] = signature;
    keepRun(seldom.runs[direction], run);
  }

  /** Counts a packet that was seen in two link contexts. */
  countPair(direction: 0 | 1, one: number, other: number): void {
    const pairs = this.#demandSeldom().pairs[direction];
    for (const pair of pairs) {
      if ((pair.one === one && pair.other === other) || (pair.one === other && pair.other === one)) {
        pair.packets += 1;
        return;
      }
    }
    if (pairs.length < MAX_PAIRS_PER_DIRECTION) pairs.push({ one, other, packets: 1 });
  }

  /** `path`: the declared path that the reporter is on, below 0 for none. */
  addReport(report: IcmpReport, path: number, seconds: number, nanoseconds: number): void {
    (this.#demandSeldom().reports ??= new IcmpReports()).add(report, path, seconds, nanoseconds);
  }
}
