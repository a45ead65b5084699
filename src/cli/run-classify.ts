import type { JudgedFlow } from "../classify/judged-flow.ts";
import type { FlowRow } from "../classify/row.ts";
import { classify } from "../classify/run.ts";
import type { RawClassifyOptions } from "./classify-command.ts";
import { whenInterrupted } from "./interruption.ts";
import { namedInputs, needCaptures } from "./named-inputs.ts";
import { Notes } from "./notes.ts";
import { Output, refuseInputAsOutput, refuseToldAsOutput } from "./output.ts";
import { formatOf, reportOptions } from "./report-options.ts";
import { spanOptions } from "./moment-option.ts";
import { timeFilter, wordFilter, wordsOption } from "./row-filter.ts";
import { prepareRun } from "./prepare-run.ts";
import { resultOf, type RunResult } from "./run-result.ts";
import { writerOf } from "./writer-of.ts";
import { keepYoungGeneration } from "./young-generation.ts";

/** Rows written at once: few, since rows that wait for each other outlive the engine's young generation. */
const BATCH_ROWS = 16;

/** Runs `classify`: captures in, rows out, notes on standard error. */
export async function runClassify(captures: readonly string[], raw: RawClassifyOptions): Promise<RunResult> {
  needCaptures(captures, raw);
  const report = reportOptions(raw);
  const [only, failOn] = [wordsOption("--only", raw.only), wordsOption("--fail-on", raw.failOn)].map(
    (words) => words && wordFilter(words),
  );
  const span = spanOptions(raw);
  const inTime = timeFilter(span.since, span.until);
  const notes = new Notes(raw.quiet === true, raw.verbose === true);
  const prepared = await prepareRun(raw, notes);
  const expanded = await namedInputs(captures, raw, notes);

  refuseInputAsOutput(raw.output, expanded.inputs);
  refuseToldAsOutput(raw.output, raw);
  const format = formatOf(raw);
  const output = new Output(raw.output);
  const writer = await writerOf(format, report, {
    table: async () => {
      const { tableWriter } = await import("../report/table.ts");
      return tableWriter(report, raw.columns !== undefined);
    },
    html: async () => {
      const { htmlWriter } = await import("../html/writer.ts");
      return htmlWriter();
    },
  });
  let conditionMet = false;
  let rows = 0;
  let batch: FlowRow[] = [];
  // What cannot be read at all has no result: an older one stays, and a pipe gets nothing that looks like one.
  let begun = false;
  const begin = (): void => {
    if (!begun) output.write(writer.begin());
    begun = true;
  };
  const flush = (): void => {
    if (batch.length === 0) return;
    begin();
    output.write(writer.rows(batch));
    batch = [];
  };
  const abort = new AbortController();
  const stopListening = whenInterrupted(abort, () => abort.abort());
  const beganSeconds = process.uptime();
  try {
    keepYoungGeneration();
    const summary = await classify({
      ...prepared,
      inputs: expanded.inputs,
      missing: expanded.errors,
      onFlow: (flow: JudgedFlow) => {
        if (!inTime(flow)) return;
        // A gate looks at every flow, whichever rows are shown.
        if (failOn?.(flow) === true) conditionMet = true;
        if (output.closed || only?.(flow) === false) return;
        rows += 1;
        batch.push(flow.row);
        if (batch.length >= BATCH_ROWS) flush();
      },
      drain: () => {
        flush();
        return output.drain();
      },
      onProgress: (progress) => {
        if (progress.packets > 0) begin();
        notes.progress(progress);
      },
      stopped: () => abort.signal.aborted || output.closed,
      signal: abort.signal,
    });
    notes.progressDone();
    flush();
    if (summary.captures.length > 0) {
      begin();
      output.write(writer.end());
      await output.end();
    } else {
      await output.abandon();
    }
    for (const error of summary.errors) notes.error(error.message);
    notes.summary(summary, rows, prepared, process.uptime() - beganSeconds);
    return resultOf(summary, expanded.errors.length, { interrupted: abort.signal.aborted, conditionMet });
  } catch (error) {
    notes.progressDone();
    await output.abandon();
    throw error;
  } finally {
    stopListening();
  }
}
