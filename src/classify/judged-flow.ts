import type { EndpointMatch } from "../endpoints/match.ts";
import type { Cause } from "../path/cause.ts";
import type { DirectionPath } from "../path/evidence.ts";
import type { ExpectedDecision } from "../path/expected.ts";
import type { SymmetryDecision, Symptom } from "../path/symmetry.ts";
import type { TrafficType, Verdict } from "../words.ts";
import type { CallMark } from "./call-mark.ts";
import type { Leg } from "./leg.ts";
import { type FlowDecision, microseconds } from "./flow-decision.ts";
import type { RowMaker } from "./row-maker.ts";
import type { FlowRow } from "./row.ts";

/**
 * A judged flow. It can be read until `onFlow` returns: its record is used again after that. The row is made when it
 * is first asked for.
 */
export class JudgedFlow {
  readonly decision: FlowDecision;
  readonly #rows: RowMaker;
  readonly #mark: CallMark | undefined;
  #row: FlowRow | undefined;
  #over = false;

  constructor(decision: FlowDecision, rows: RowMaker, mark?: CallMark) {
    this.decision = decision;
    this.#rows = rows;
    this.#mark = mark;
  }

  get row(): FlowRow {
    if (this.#row === undefined) {
      if (this.#over) throw new TypeError("the row of a flow is to be asked for before onFlow returns");
      this.#row = this.#rows.row(this.decision, this.#mark);
    }
    return this.#row;
  }

  /** Called when the flow's record is given away: a row that was not asked for cannot be made any more. */
  close(): void {
    this.#over = true;
  }

  get legs(): readonly [Leg, ...Leg[]] {
    return this.decision.legs;
  }
  get out(): DirectionPath {
    return this.decision.out;
  }
  get back(): DirectionPath {
    return this.decision.back;
  }
  get symmetry(): SymmetryDecision {
    return this.decision.symmetry;
  }
  get symptom(): Symptom | undefined {
    return this.decision.symptom;
  }
  get sharedSource(): string | undefined {
    return this.decision.sharedSource;
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
    const { leg, start } = this.decision;
    return `${leg.communityId}@${leg.timed ? microseconds(start) : "0"}`;
  }
}
