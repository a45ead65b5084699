import type { Inspector, Recognition } from "../protocols/recognition.ts";
import { NO_ITEMS } from "../no-items.ts";
import type { Direction } from "../words.ts";
import { type IcmpReport, IcmpReports } from "./icmp-reports.ts";
import { type ContextCount, type CopyPair, LinkDetail, type Run } from "./link-detail.ts";

const NO_CONTEXTS: readonly [readonly ContextCount[], readonly ContextCount[]] = [NO_ITEMS, NO_ITEMS];
const NO_RUNS: readonly [readonly Run[], readonly Run[]] = [NO_ITEMS, NO_ITEMS];
const NO_PAIRS: readonly [readonly CopyPair[], readonly CopyPair[]] = [NO_ITEMS, NO_ITEMS];
const NO_COUNTS: ReadonlyMap<number, number> = new Map();
const NO_REPORTS: readonly IcmpReport[] = NO_ITEMS;

/** What of a flow's packets differed: their links, their marks, and who sent them back. */
class SeldomDetail {
  links: LinkDetail | undefined = undefined;
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

/** What is kept of a flow beside its record, only of flows that need it, and of its parts only those that it needs. */
export class FlowDetail {
  inspector: Inspector | undefined = undefined;
  #recognition: Recognition | undefined = undefined;
  #wasMedia = false;
  #seldom: SeldomDetail | undefined = undefined;

  /** The detail of a flow that was followed elsewhere. */
  static of(facts: DetailFacts): FlowDetail {
    const detail = new FlowDetail();
    detail.#recognition = facts.recognition;
    const seldom = (detail.#seldom = new SeldomDetail());
    seldom.dscp0 = new Map(facts.dscp[0]);
    seldom.dscp1 = new Map(facts.dscp[1]);
    if (facts.reports.length > 0) seldom.reports = new IcmpReports(facts.reports);
    const links = (seldom.links = new LinkDetail());
    for (const d of [0, 1] as const) {
      links.contexts[d].push(...facts.contexts[d]);
      links.runs[d].push(...facts.runs[d]);
      links.pairs[d].push(...facts.pairs[d]);
    }
    return detail;
  }

  /** What the inspector said when it had nothing more to learn, or at the flow's end; it is gone then. */
  get recognition(): Recognition | undefined {
    return this.#recognition;
  }

  /** What was seen so far may be media of a call. */
  get mayBeMedia(): boolean {
    return this.inspector === undefined ? this.#wasMedia : this.inspector.mediaSoFar === true;
  }

  /** Asks the inspector, if there is one still, what it found, and lets it go. */
  settle(): Recognition | undefined {
    const { inspector } = this;
    if (inspector === undefined) return this.#recognition;
    this.#wasMedia = inspector.mediaSoFar === true;
    this.#recognition = inspector.result();
    this.inspector = undefined;
    return this.#recognition;
  }

  /** Contexts of direction 0 and 1 besides the first, in order of appearance; of that one its copies. */
  get contexts(): readonly [readonly ContextCount[], readonly ContextCount[]] {
    return this.#seldom?.links?.contexts ?? NO_CONTEXTS;
  }

  get runs(): readonly [readonly Run[], readonly Run[]] {
    return this.#seldom?.links?.runs ?? NO_RUNS;
  }

  get pairs(): readonly [readonly CopyPair[], readonly CopyPair[]] {
    return this.#seldom?.links?.pairs ?? NO_PAIRS;
  }

  get reports(): readonly IcmpReport[] {
    return this.#seldom?.reports?.list ?? NO_REPORTS;
  }

  /** Packets of a direction by DSCP value besides the first packet's value. */
  dscp(direction: Direction): ReadonlyMap<number, number> {
    return (direction === 0 ? this.#seldom?.dscp0 : this.#seldom?.dscp1) ?? NO_COUNTS;
  }

  countDscp(direction: Direction, value: number): void {
    const seldom = this.#demandSeldom();
    const counts = (direction === 0 ? seldom.dscp0 : seldom.dscp1) ?? new Map<number, number>();
    if (direction === 0) seldom.dscp0 = counts;
    else seldom.dscp1 = counts;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }

  /** Where its packets were seen, to be added to. */
  get links(): LinkDetail {
    return (this.#demandSeldom().links ??= new LinkDetail());
  }

  /** `path`: the declared path that the reporter is on, below 0 for none. */
  addReport(report: IcmpReport, path: number, seconds: number, nanoseconds: number): void {
    (this.#demandSeldom().reports ??= new IcmpReports()).add(report, path, seconds, nanoseconds);
  }

  #demandSeldom(): SeldomDetail {
    return (this.#seldom ??= new SeldomDetail());
  }
}
