import { classify } from "../classify/run.ts";
import type { RunSummary } from "../classify/run-summary.ts";
import { type CaptureFacts, captureFacts } from "../doctor/capture-facts.ts";
import { diagnose } from "../doctor/diagnosis.ts";
import { FlowTally } from "../doctor/flow-tally.ts";
import { LinkTally } from "../doctor/link-tally.ts";
import { doctorJson, doctorText } from "../report/doctor-text.ts";
import { keepHeapSmall } from "./heap-growth.ts";
import type { RawInputOptions } from "./input-options.ts";
import { namedInputs, needCaptures } from "./named-inputs.ts";
import { Notes } from "./notes.ts";
import { Output, refuseCompressed } from "./output.ts";
import { refuseOtherForm } from "./output-form.ts";
import { refuseInputAsOutput, refuseToldAsOutput } from "./output-over-input.ts";
import { type PreparedRun, prepareRun } from "./prepare-run.ts";
import { terminalWidth } from "./report-options.ts";
import { resultOf, type RunResult, statusOf } from "./run-result.ts";

export interface RawDoctorOptions extends RawInputOptions {
  readonly json?: boolean;
  readonly output?: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
}

/** Runs `doctor`; the answer is the exit status. */
export async function runDoctor(names: readonly string[], raw: RawDoctorOptions): Promise<number> {
  const notes = new Notes(raw.quiet === true, false);
  const studied = await study(names, raw, notes, () => {
    refuseOtherForm("doctor", "-o", raw.output, "text or JSON");
  });
  const diagnosis = diagnose({ ...studied, site: studied.prepared.site });
  const { captures, run } = studied;
  if (run.captures.length > 0) {
    const output = new Output(raw.output);
    const columns = raw.output === undefined ? (terminalWidth() ?? Infinity) : Infinity;
    const isJson = raw.json === true || /\.json$/i.test(raw.output ?? "");
    output.write(isJson ? doctorJson(diagnosis, captures) : doctorText(diagnosis, captures, columns));
    await output.end();
  }
  return statusOf(studied.result, raw.strict === true);
}

/** Captures read for what they hold, and classified. */
export interface Studied {
  readonly prepared: PreparedRun;
  readonly captures: readonly CaptureFacts[];
  readonly run: RunSummary;
  readonly flows: FlowTally;
  readonly markers: ReturnType<LinkTally["markers"]>;
  readonly result: RunResult;
}

/** `beforeReading` may refuse the options, behind the output that is one of the inputs. */
export async function study(
  names: readonly string[],
  raw: RawInputOptions & { readonly output?: string },
  notes: Notes,
  beforeReading?: () => void,
): Promise<Studied> {
  needCaptures(names, raw);
  refuseCompressed(raw.output);
  const prepared = await prepareRun(raw, notes);
  const expanded = await namedInputs(names, raw, notes);
  refuseInputAsOutput(raw.output, expanded.inputs);
  refuseToldAsOutput(raw.output, prepared.told);
  beforeReading?.();
  const captures: CaptureFacts[] = [];
  for (const input of expanded.inputs) {
    const facts = await captureFacts(input);
    if (facts !== undefined) captures.push(facts);
  }
  const flows = new FlowTally();
  const links = new LinkTally();
  keepHeapSmall();
  const run = await classify({
    ...prepared,
    inputs: expanded.inputs,
    missing: expanded.errors,
    onFlow: (flow) => {
      flows.add(flow);
      links.add(flow);
    },
    onProgress: (progress) => notes.progress(progress),
  });
  notes.progressDone();
  for (const error of run.errors) notes.error(error.message);
  notes.problems(run);
  return {
    prepared,
    captures,
    run,
    flows,
    markers: links.markers(run.links),
    result: resultOf(run, expanded.errors.length),
  };
}
