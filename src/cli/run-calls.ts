import { getHeapStatistics } from "node:v8";
import { assembleCalls } from "../callflow/assemble.ts";
import type { Call } from "../callflow/call.ts";
import type { CallFlow } from "../callflow/call-flow.ts";
import type { ExpandedInputs } from "../capture/inputs.ts";
import { callFlowOf } from "../classify/call-flow.ts";
import { classify } from "../classify/run.ts";
import type { RunSummary } from "../classify/run-summary.ts";
import { grouped } from "../count-text.ts";
import { textLadder } from "../report/call-ladder.ts";
import { CALL_LEG_COLUMNS, callLegRows } from "../report/call-leg-rows.ts";
import { CALL_COLUMNS, callRow } from "../report/call-rows.ts";
import { mermaidLadder } from "../report/call-mermaid.ts";
import { callLegTable, callTable } from "../report/call-table.ts";
import { Markers } from "../site/markers.ts";
import { callChoice, callWords, chosenCalls, hasWord } from "./call-filter.ts";
import { UsageError } from "./exit.ts";
import { MOST_FLOWS, mostFlowsKept } from "./flows-kept.ts";
import { keepHeapSmall } from "./heap-growth.ts";
import { whenInterrupted } from "./interruption.ts";
import { namedInputs, needCaptures } from "./named-inputs.ts";
import { Notes } from "./notes.ts";
import { Output } from "./output.ts";
import { refuseOtherForm } from "./output-form.ts";
import { refuseInputAsOutput, refuseToldAsOutput } from "./output-over-input.ts";
import { prepareRun, type PreparedRun } from "./prepare-run.ts";
import { formatOf, reportOptionsOf, terminalWidth, type RawReportOptions } from "./report-options.ts";
import { resultOf, type RunResult } from "./run-result.ts";
import { type AnyWriter, writerOf } from "./writer-of.ts";
import type { RawInputOptions } from "./input-options.ts";

/** Options of `calls`, as commander hands them over. */
export interface RawCallsOptions extends RawInputOptions, RawReportOptions {
  readonly legs?: boolean;
  readonly client?: string;
  readonly at?: string;
  readonly ladder?: string;
  readonly mermaid?: boolean;
  readonly only?: string;
  readonly failOn?: string;
  readonly since?: string;
  readonly until?: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Rows written at once. */
const BATCH_ROWS = 256;

/** Runs `calls`: captures in, calls out, notes on standard error. */
export async function runCalls(captures: readonly string[], raw: RawCallsOptions): Promise<RunResult> {
  needCaptures(captures, raw);
  if (raw.mermaid === true && raw.ladder === undefined)
    throw new UsageError("--mermaid goes with --ladder: which call?");
  const choice = callChoice(raw);
  const failOn = callWords("--fail-on", raw.failOn);
  const print = await printer(raw);
  const notes = new Notes(raw.quiet === true, raw.verbose === true);
  const prepared = await prepareRun(raw, notes);
  const expanded = await namedInputs(captures, raw, notes);

  refuseInputAsOutput(raw.output, expanded.inputs);
  refuseToldAsOutput(raw.output, prepared.told);
  const output = new Output(raw.output);
  const abort = new AbortController();
  const stopListening = whenInterrupted(abort, () => abort.abort());
  const beganSeconds = process.uptime();
  try {
    const { flows, leftOut, summary } = await flowsOfCalls(prepared, expanded, notes, abort.signal);
    const all = assembleCalls(flows, { hasExpressRoute: prepared.site.expressRoute });
    const chosen = chosenCalls(all, choice);
    if (chosen.note !== undefined) notes.note(chosen.note);
    // What cannot be read at all has no result: an older one stays, and a pipe gets nothing that looks like one.
    if (summary.captures.length > 0) {
      for (const text of print(chosen.shown)) {
        output.write(text);
        await output.drain();
      }
      await output.end();
    } else {
      await output.abandon();
    }
    for (const error of summary.errors) notes.error(error.message);
    notes.summary(summary, chosen.shown.length, prepared, process.uptime() - beganSeconds);
    const result = resultOf(summary, expanded.errors.length, {
      interrupted: abort.signal.aborted,
      conditionMet: failOn !== undefined && chosen.calls.some((call) => hasWord(call, failOn)),
    });
    return { ...result, partial: result.partial || leftOut > 0 };
  } catch (error) {
    notes.progressDone();
    await output.abandon();
    throw error;
  } finally {
    stopListening();
  }
}

/** Everything in the captures that a call can be made of. */
async function flowsOfCalls(
  prepared: PreparedRun,
  { inputs, errors }: ExpandedInputs,
  notes: Notes,
  signal: AbortSignal,
): Promise<{ flows: CallFlow[]; leftOut: number; summary: RunSummary }> {
  const markers = new Markers(prepared.site);
  const flows: CallFlow[] = [];
  const most = mostFlowsKept(getHeapStatistics().heap_size_limit);
  let leftOut = 0;
  keepHeapSmall();
  const summary = await classify({
    ...prepared,
    inputs,
    missing: errors,
    onFlow: (judged) => {
      const { traffic_type: type } = judged.row;
      if (type !== "media" && type !== "signaling" && type !== "broadcast") return;
      if (flows.length < most) flows.push(callFlowOf(judged, prepared.site, markers));
      else leftOut += 1;
    },
    onProgress: (progress) => notes.progress(progress),
    signal,
  });
  notes.progressDone();
  const more = most < MOST_FLOWS ? ", or Node more memory (NODE_OPTIONS=--max-old-space-size=MB)" : "";
  if (leftOut > 0)
    notes.error(
      `${grouped(leftOut)} flows beyond the first ${grouped(most)} are in no call: give fewer captures at once${more}`,
    );
  return { flows, leftOut, summary };
}

/** How calls are written, by the options: rows of calls, rows of legs, or one call's ladder. */
async function printer(
  raw: RawCallsOptions,
): Promise<(calls: readonly Call[]) => Iterable<string | Uint8Array>> {
  if (raw.ladder !== undefined) refuseBesideLadder(raw);
  if (raw.ladder !== undefined) return ladderPrinter(raw.ladder, raw.mermaid === true);
  const format = formatOf(raw);
  const named = raw.columns !== undefined;
  if (raw.legs === true) {
    const options = reportOptionsOf(raw, CALL_LEG_COLUMNS);
    const writer = await writerOf(format, options, { table: () => callLegTable(options, named) });
    return (calls) => written(writer, calls, callLegRows);
  }
  const options = reportOptionsOf(raw, CALL_COLUMNS);
  const writer = await writerOf(format, options, {
    table: () => callTable(options, named),
    html: async () => (await import("../html/writer.ts")).callsHtmlWriter(),
  });
  return (calls) => written(writer, calls, (call) => [callRow(call)]);
}

/** A ladder is a drawing: what is asked of rows would be passed over. */
function refuseBesideLadder(raw: RawCallsOptions): void {
  const asked = [
    raw.legs === true ? "--legs" : undefined,
    raw.columns === undefined ? undefined : "--columns",
    raw.csv === true ? "--csv" : undefined,
    raw.json === true ? "--json" : undefined,
    raw.format === undefined || raw.format === "table" ? undefined : `--format ${raw.format}`,
    raw.excel === true ? "--excel" : undefined,
  ].find((option) => option !== undefined);
  if (asked !== undefined) throw new UsageError(`${asked} is of rows: --ladder draws one call as text`);
  refuseOtherForm("calls --ladder", "-o", raw.output, "text");
}

function ladderPrinter(id: string, mermaid: boolean): (calls: readonly Call[]) => Iterable<string> {
  return function* ladder(calls) {
    const found = calls.filter((call) => call.id.startsWith(id) || call.id.startsWith(`1:${id}`));
    const [call] = found;
    if (call === undefined) throw new UsageError(`--ladder ${id}: no such call; calls lists the ids`);
    if (found.length > 1)
      throw new UsageError(`--ladder ${id}: ${found.length} calls begin so; give more of the id`);
    yield mermaid ? mermaidLadder(call) : textLadder(call, terminalWidth() ?? 120);
  };
}

/** Rows are made batch by batch: all at once they take as much memory as the calls. */
function* written<Row>(
  writer: AnyWriter<Row>,
  calls: readonly Call[],
  rowsOf: (call: Call) => readonly Row[],
): Iterable<string | Uint8Array> {
  yield writer.begin();
  let batch: Row[] = [];
  for (const call of calls)
    for (const row of rowsOf(call)) {
      batch.push(row);
      if (batch.length < BATCH_ROWS) continue;
      yield writer.rows(batch);
      batch = [];
    }
  if (batch.length > 0) yield writer.rows(batch);
  yield writer.end();
}
