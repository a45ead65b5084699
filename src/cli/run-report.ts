import { counted, grouped } from "../count-text.ts";
import { CallList } from "../html/calls.ts";
import { FlowReport } from "../html/flow-report.ts";
import { readCalls } from "../results/call-result.ts";
import { callsFileOf } from "../results/locate.ts";
import { openFlowResult } from "../results/flow-result.ts";
import { sayEmpty } from "./empty-result.ts";
import { UsageError } from "./exit.ts";
import { Notes } from "./notes.ts";
import { Output } from "./output.ts";
import { refuseResultAsOutput } from "./output-over-input.ts";
import { refuseOtherForm } from "./output-form.ts";
import type { RunResult } from "./run-result.ts";

/** Options of `report`, as commander hands them over. */
export interface RawReportCommandOptions {
  readonly output?: string;
  readonly rows?: string;
  readonly title?: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
}

/** Most rows that a browser shows without trouble. */
const MOST_ROWS = 200_000;

/** Runs `report`: a result in, a page out. */
export async function runReport(result: string, raw: RawReportCommandOptions): Promise<RunResult> {
  const notes = new Notes(raw.quiet === true, false);
  const flows = await openFlowResult(result, { required: ["verdict"], purpose: "report" });
  const callsFile = callsFileOf(result);
  refuseResultAsOutput(raw.output, result, callsFile === undefined ? [flows.file] : [flows.file, callsFile]);
  refuseOtherForm("report", "-o", raw.output, "HTML");
  const report = new FlowReport({ title: raw.title, rows: rowsOption(raw.rows) });
  const output = new Output(raw.output);
  try {
    for await (const batch of flows.batches()) for (const { flow } of batch) report.add(flow);
    const calls = await callsOf(callsFile);
    output.write(report.page(calls?.section()));
    await output.end();
  } catch (error) {
    await output.abandon();
    throw error;
  }
  const partial = sayEmpty([flows], notes);
  notes.note(
    `${counted(report.flows, "flow")}, ${counted(report.findings, "finding")}` +
      (report.leftOut === 0 ? "" : `; ${grouped(report.leftOut)} flows only counted, not listed`),
  );
  return { interrupted: false, nothingRead: false, conditionMet: false, partial };
}

/** The calls of an audit's folder. */
async function callsOf(file: string | undefined): Promise<CallList | undefined> {
  if (file === undefined) return undefined;
  const calls = new CallList();
  for await (const call of readCalls(file)) calls.add(call);
  return calls;
}

function rowsOption(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rows = Number(text);
  if (!Number.isInteger(rows) || rows < 0 || rows > MOST_ROWS)
    throw new UsageError(`--rows ${text}: wanted a whole number up to ${grouped(MOST_ROWS)}`);
  return rows;
}
