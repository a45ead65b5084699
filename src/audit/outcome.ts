import { join } from "node:path";
import type { CallFlow } from "../callflow/call-flow.ts";
import { compareFlows } from "../callflow/group.ts";
import { callFlowOf } from "../classify/call-flow.ts";
import type { JudgedFlow } from "../classify/judged-flow.ts";
import type { FlowRow } from "../classify/row.ts";
import { CallList } from "../html/calls.ts";
import { FlowReport } from "../html/flow-report.ts";
import { type CallRow, callRow } from "../report/call-rows.ts";
import { Markers } from "../site/markers.ts";
import type { Symmetry, Verdict } from "../words.ts";
import { callsInTurn, type CallWindowSize } from "./call-windows.ts";
import type { ResultFile } from "./result-file.ts";
import type { AuditSettings } from "./settings.ts";
import { SortedSpill } from "./sorted-spill.ts";
import { type TotalRow, Totals } from "./totals.ts";

interface Tables {
  readonly flows: ResultFile<FlowRow>;
  readonly calls: ResultFile<CallRow>;
  readonly totals: ResultFile<TotalRow>;
}

/** Counts and writes judged flows, and puts their calls together. */
export class Outcome {
  flows = 0;
  calls = 0;
  readonly page: FlowReport = new FlowReport();
  readonly callList: CallList = new CallList();
  readonly verdicts: Partial<Record<Verdict, number>> = {};
  readonly symmetries: Partial<Record<Symmetry, number>> = {};
  readonly #settings: AuditSettings;
  readonly #tables: Tables;
  readonly #totals = new Totals();
  readonly #markers: Markers;
  readonly #callFlows: SortedSpill<CallFlow>;
  readonly #callRows: SortedSpill<CallRow>;

  constructor(settings: AuditSettings, tables: Tables, scratch: string) {
    this.#settings = settings;
    this.#markers = new Markers(settings.site);
    this.#tables = tables;
    this.#callFlows = new SortedSpill(join(scratch, "call-flows"), compareFlows);
    this.#callRows = new SortedSpill(join(scratch, "calls"), (x, y) => (x.call_id < y.call_id ? -1 : 1));
  }

  add(judged: JudgedFlow): void {
    const { row } = judged;
    this.flows += 1;
    this.verdicts[row.verdict] = (this.verdicts[row.verdict] ?? 0) + 1;
    this.symmetries[row.symmetry] = (this.symmetries[row.symmetry] ?? 0) + 1;
    this.#totals.add(row, judged.legs[0].near);
    this.#tables.flows.add(row);
    this.page.add(row);
    const { traffic_type: type } = row;
    if (type !== "media" && type !== "signaling" && type !== "broadcast") return;
    const flow = callFlowOf(judged, this.#settings.site, this.#markers);
    this.#callFlows.add(flow, flow.startUs, flow.endUs);
  }

  /** Puts calls together and writes them, in order of their first media, and the totals; says how many calls it saw. */
  *assembled(size: CallWindowSize): Generator<number> {
    const site = { hasExpressRoute: this.#settings.site.expressRoute };
    for (const call of callsInTurn(this.#callFlows.inOrder(), site, size)) {
      this.#callRows.add(callRow(call), call.startUs, call.legs[0]?.flow.endUs ?? 0);
      yield this.#callRows.count;
    }
    for (const row of this.#callRows.inOrder()) {
      this.#tables.calls.add(row);
      this.callList.add(row);
      this.calls += 1;
      yield this.calls;
    }
    for (const row of this.#totals.rows()) this.#tables.totals.add(row);
  }

  close(): void {
    this.#callFlows.close();
    this.#callRows.close();
  }
}
