import type { JudgedFlow } from "../classify/judged-flow.ts";
import { classify } from "../classify/run.ts";
import { keepHeapSmall, keepYoungGeneration } from "./heap-growth.ts";
import { whenInterrupted } from "./interruption.ts";
import { namedInputs, needCaptures } from "./named-inputs.ts";
import { Notes } from "./notes.ts";
import { Output } from "./output.ts";
import { refuseInputAsOutput, refuseToldAsOutput } from "./output-over-input.ts";
import { formatOf, reportOptions, type RawReportOptions } from "./report-options.ts";
import { spanOptions } from "./moment-option.ts";
import { RowStream } from "./row-stream.ts";
import { rowWords, timeFilter, wordFilter } from "./row-filter.ts";
import { prepareRun } from "./prepare-run.ts";
import { resultOf, type RunResult } from "./run-result.ts";
import { writerOf } from "./writer-of.ts";
import type { RawInputOptions } from "./input-options.ts";

/** Options of `classify`, as commander hands them over. */
export interface RawClassifyOptions extends RawInputOptions, RawReportOptions {
  readonly only?: string;
  readonly failOn?: string;
  readonly since?: string;
  readonly until?: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Runs `classify`: captures in, rows out, notes on standard error. */
export async function runClassify(captures: readonly string[], raw: RawClassifyOptions): Promise<RunResult> {
  needCaptures(captures, raw);
  const report = reportOptions(raw);
  const [only, failOn] = [rowWords("--only", raw.only), rowWords("--fail-on", raw.failOn)].map(
    (words) => words && wordFilter(words),
  );
  const span = spanOptions(raw);
  const inTime = timeFilter(span.since, span.until);
  const notes = new Notes(raw.quiet === true, raw.verbose === true);
  const prepared = await prepareRun(raw, notes);
  const expanded = await namedInputs(captures, raw, notes);

  refuseInputAsOutput(raw.output, expanded.inputs);
  refuseToldAsOutput(raw.output, prepared.told);
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
  const stream = new RowStream(output, writer);
  let conditionMet = false;
  const abort = new AbortController();
  const stopListening = whenInterrupted(abort, () => abort.abort());
  const beganSeconds = process.uptime();
  try {
    keepHeapSmall();
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
        stream.add(flow.row);
      },
      drain: () => stream.drain(),
      onProgress: (progress) => {
        if (progress.packets > 0) stream.begin();
        notes.progress(progress);
      },
      stopped: () => abort.signal.aborted || output.closed,
      signal: abort.signal,
    });
    notes.progressDone();
    await (summary.captures.length > 0 ? stream.end() : output.abandon());
    for (const error of summary.errors) notes.error(error.message);
    notes.summary(summary, stream.rows, prepared, process.uptime() - beganSeconds);
    return resultOf(summary, expanded.errors.length, { interrupted: abort.signal.aborted, conditionMet });
  } catch (error) {
    notes.progressDone();
    await output.abandon();
    throw error;
  } finally {
    stopListening();
  }
}
