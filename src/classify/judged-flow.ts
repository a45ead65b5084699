import type { EndpointMatch } from "../endpoints/match.ts";
import type { Symptom } from "../flows/symptom.ts";
import type { Cause } from "../path/cause.ts";
import type { DirectionPath } from "../path/evidence.ts";
import type { ExpectedDecision } from "../path/expected.ts";
import type { Moment } from "../path/moment.ts";
import type { SymmetryDecision } from "../path/symmetry.ts";
import type { Path, TrafficType, Verdict } from "../words.ts";
import type { CallMark } from "./call-mark.ts";
import type { FlowMeasures } from "./flow-measures.ts";
import type { Leg } from "./leg.ts";
import type { LegGroup } from "./leg-group.ts";
import { type FlowDecision, type FlowSight, microseconds } from "./flow-decision.ts";
import type { FlowRow } from "./row.ts";

/** What concludes from what was seen of a flow. */
export interface Conclusions {
  /** The path of each direction, and whether the two agree. */
  see(group: LegGroup): FlowSight;
  /** Endpoints, expected path and verdict. */
  decide(seen: FlowSight): FlowDecision;
  /** The same flow as part of a call. */
  decideInCall(decision: FlowDecision, mark: CallMark): FlowDecision;
  measure(decision: FlowDecision): FlowMeasures;
  row(
    decision: FlowDecision,
    measures: FlowMeasures,
    mark: CallMark | undefined,
    sharedSource: string | undefined,
  ): FlowRow;
}

/** Knows the call of a flow, or puts calls together to know it. */
export interface CallMarker {
  markOf(judged: JudgedFlow): CallMark | undefined;
}

/**
 * A judged flow. Everything is concluded when first asked for, since most flows of a filtered report need none of it;
 * only paths and symmetry are known before of a flow that may show where it went. It can be asked until `onFlow`
 * returns: its record is used again after that.
 */
export class JudgedFlow {
  readonly #group: LegGroup;
  readonly #conclusions: Conclusions;
  /** A source address of it that was seen on the other path before: of a flow that ended earlier. */
  sharedSource: string | undefined = undefined;
  #seen: FlowSight | undefined;
  #mark: CallMark | undefined = undefined;
  #marker: CallMarker | undefined = undefined;
  #decision: FlowDecision | undefined = undefined;
  #measures: FlowMeasures | undefined = undefined;
  #row: FlowRow | undefined = undefined;
  #over = false;

  /** `seen` is left out only for a flow of which nothing shows where it went. */
  constructor(group: LegGroup, conclusions: Conclusions, seen: FlowSight | undefined) {
    this.#group = group;
    this.#conclusions = conclusions;
    this.#seen = seen;
  }

  get seen(): FlowSight {
    if (this.#seen === undefined) {
      if (this.#over) throw late();
      this.#seen = this.#conclusions.see(this.#group);
    }
    return this.#seen;
  }

  /** False of a flow of which nothing shows where it went, as long as nobody asks. */
  get isSeen(): boolean {
    return this.#seen !== undefined;
  }

  /** As `symmetry` says; cheap where nothing shows where the flow went. */
  get isAsymmetric(): boolean {
    return this.#seen?.symmetry.symmetry === "asymmetric";
  }

  /** True when this is the path of a direction; cheap as `isAsymmetric`, for a path that takes evidence. */
  shows(path: Exclude<Path, "local" | "none" | "unknown">): boolean {
    const seen = this.#seen;
    return seen !== undefined && (seen.out.path === path || seen.back.path === path);
  }

  /** True when the packets of this flow number are part of it. */
  has(flow: number): boolean {
    return this.#group.has(flow);
  }

  get decision(): FlowDecision {
    if (this.#decision !== undefined && this.#marker === undefined) return this.#decision;
    return this.#decide();
  }

  #decide(): FlowDecision {
    if (this.#over) throw late();
    let decision = (this.#decision ??= this.#conclusions.decide(this.seen));
    const marker = this.#marker;
    if (marker !== undefined) {
      // The marker itself looks at the flow as it is outside of a call.
      this.#marker = undefined;
      this.#mark = marker.markOf(this);
      if (this.#mark === undefined) return decision;
      decision = this.#conclusions.decideInCall(decision, this.#mark);
    }
    return (this.#decision = decision);
  }

  /** What its packets measure of quality, and where it was captured. */
  get measures(): FlowMeasures {
    if (this.#measures === undefined) {
      if (this.#over) throw late();
      this.#measures = this.#conclusions.measure(this.decision);
    }
    return this.#measures;
  }

  get row(): FlowRow {
    if (this.#row === undefined) {
      if (this.#over) throw late();
      const { decision } = this; // finds the call
      this.#row = this.#conclusions.row(decision, this.measures, this.#mark, this.sharedSource);
    }
    return this.#row;
  }

  /** Lets the marker be asked for the call when the flow's decision is. */
  askLater(marker: CallMarker): void {
    this.#marker = marker;
  }

  /** Called when the flow's record is given away: what was not asked for cannot be concluded any more. */
  close(): void {
    this.#over = true;
  }

  get legs(): readonly [Leg, ...Leg[]] {
    return this.seen.legs;
  }
  get start(): Moment {
    return this.seen.start;
  }
  get end(): Moment {
    return this.seen.end;
  }
  get out(): DirectionPath {
    return this.seen.out;
  }
  get back(): DirectionPath {
    return this.seen.back;
  }
  get symmetry(): SymmetryDecision {
    return this.seen.symmetry;
  }
  get symptom(): Symptom | undefined {
    return this.seen.symptom;
  }
  get expected(): ExpectedDecision {
    return this.decision.expected;
  }
  get match(): EndpointMatch {
    return this.decision.match;
  }
  get cause(): Cause | undefined {
    return this.decision.cause;
  }
  get verdict(): Verdict {
    return this.decision.verdict;
  }
  get traffic(): TrafficType {
    return this.decision.traffic;
  }
  /** As in the row's column of that name. */
  get flowId(): string {
    const { leg, start } = this.seen;
    return `${leg.communityId}@${leg.timed ? microseconds(start) : 0}`;
  }
}

function late(): TypeError {
  return new TypeError("what was concluded of a flow is to be asked for before onFlow returns");
}
