import { join } from "node:path";
import type { CallFlow } from "../callflow/call-flow.ts";
import { compareFlows } from "../callflow/group.ts";
import { MediaTraces } from "../callflow/media-traces.ts";
import { callFlowOf } from "../classify/call-flow.ts";
import type { JudgedFlow } from "../classify/judged-flow.ts";
import type { FlowRow } from "../classify/row.ts";
import { compareText } from "../compare-text.ts";
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
  readonly #traces = new MediaTraces();

  constructor(settings: AuditSettings, tables: Tables, scratch: string) {
    this.#settings = settings;
    this.#markers = new Markers(settings.site);
    this.#tables = tables;
    this.#callFlows = new SortedSpill(join(scratch, "call-flows"), compareFlows);
    this.#callRows = new SortedSpill(join(scratch, "calls"), (x, y) => compareText(x.call_id, y.call_id));
  }

  add(judged: JudgedFlow): void {
    const { row } = judged;
    this.flows += 1;
    this.verdicts[row.verdict] = (this.verdicts[row.verdict] ?? 0) + 1;
    this.symmetries[row.symmetry] = (this.symmetries[row.symmetry] ?? 0) + 1;
    const { client, near } = judged.legs[0];
    // A remote user is one of ours, also where the server is.
    this.#totals.add(row, client.zone === "remote" ? client : near);
    this.#tables.flows.add(row);
    this.page.add(row);
    const { traffic_type: type } = row;
    if (type !== "media" && type !== "signaling" && type !== "broadcast") return;
    const flow = callFlowOf(judged, this.#settings.site, this.#markers);
    this.#callFlows.add(flow, flow.startUs, flow.endUs);
    this.#traces.note(flow);
  }

  /** Puts calls together and writes them, in order of their first media flow, and the totals. `step` is told of each flow and call. */
  assemble(size: CallWindowSize, step: () => void): void {
    const site = { hasExpressRoute: this.#settings.site.expressRoute };
    for (const call of callsInTurn(this.#flowsOfCalls(step), site, size)) {
      const first = call.legs[0]?.flow;
      this.#callRows.add(callRow(call), first?.startUs ?? 0, first?.endUs ?? 0);
      step();
    }
    for (const row of this.#callRows.inOrder()) {
      this.#tables.calls.add(row);
      this.callList.add(row);
      this.calls += 1;
      step();
    }
    for (const row of this.#totals.rows()) this.#tables.totals.add(row);
  }

  /** Without those that can be in no call: all that begin at about one time are held together. */
  *#flowsOfCalls(step: () => void): Generator<CallFlow> {
    if (this.#traces.isEmpty) return;
    for (const flow of this.#callFlows.inOrder()) {
      step();
      if (this.#traces.mayBeOfCall(flow)) yield flow;
    }
  }

  close(): void {
    this.#callFlows.close();
    this.#callRows.close();
  }
}
