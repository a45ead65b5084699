import type { CaptureInput } from "../capture/inputs.ts";
import { CaptureMerge } from "../capture/merge.ts";
import { isReadOnce } from "../capture/read-once.ts";
import { clockNotes } from "../classify/clock-text.ts";
import { classify } from "../classify/run.ts";
import type { RunSummary } from "../classify/run-summary.ts";
import { counted } from "../count-text.ts";
import { CaptureBlocks, KeptBlocks } from "../report/annotate-blocks.ts";
import { AnnotatedFindings } from "../report/annotate-findings.ts";
import { AnnotatedPackets, type NotCopied } from "../report/annotate-packets.ts";
import { headerOptions } from "../report/annotate-origin.ts";
import { sectionHeader } from "../report/annotate-pcapng.ts";
import { keepHeapSmall } from "./heap-growth.ts";
import { UsageError } from "./exit.ts";
import { namedInputs } from "./named-inputs.ts";
import { Notes } from "./notes.ts";
import { Output, refuseCompressed } from "./output.ts";
import { refuseInputAsOutput, refuseToldAsOutput } from "./output-over-input.ts";
import { refuseOtherForm } from "./output-form.ts";
import { prepareRun } from "./prepare-run.ts";
import { resultOf, statusOf } from "./run-result.ts";
import { version } from "./version.ts";
import { rowWords } from "./row-filter.ts";
import type { RawInputOptions } from "./input-options.ts";

export interface RawAnnotateOptions extends RawInputOptions {
  readonly write: string;
  readonly only?: string;
  readonly keepSecrets?: boolean;
  readonly strict?: boolean;
  readonly quiet?: boolean;
}

/** Reads the captures twice: for the findings, and for their packets. Answers with the exit status. */
export async function runAnnotate(names: readonly string[], raw: RawAnnotateOptions): Promise<number> {
  if (names.length === 0 && raw.filesFrom === undefined)
    throw new UsageError("no capture named: give files, folders or globs");
  const only = rowWords("--only", raw.only) ?? new Set();
  const notes = new Notes(raw.quiet === true, false);
  const prepared = await prepareRun(raw, notes);
  const { inputs, errors } = await namedInputs(names, raw, notes);
  if (inputs.some(({ source }) => typeof source !== "string"))
    throw new UsageError("annotate reads its captures twice, so standard input cannot be one of them");
  for (const input of inputs)
    if (await isReadOnce(input))
      throw new UsageError(
        `annotate reads its captures twice, so ${input.path}, which is no regular file, cannot be one of them`,
      );
  const target = raw.write === "-" ? undefined : raw.write;
  refuseCompressed(target);
  refuseOtherForm("annotate", "-w", target, "pcapng");
  refuseInputAsOutput(target, inputs);
  refuseToldAsOutput(target, prepared.told);

  const findings = new AnnotatedFindings();
  keepHeapSmall();
  const run = await classify({
    ...prepared,
    inputs,
    missing: errors,
    onFlow: (flow) => {
      if (only.has(flow.row.verdict) || only.has(flow.row.symmetry)) findings.add(flow);
    },
    onProgress: (progress) => notes.progress(progress),
  });
  notes.progressDone();
  for (const error of run.errors) notes.error(error.message);
  notes.problems(run);
  for (const text of clockNotes(run.clocks)) notes.note(text);
  if (run.captures.length > 0) {
    const kept = new KeptBlocks(raw.keepSecrets === true);
    const written = await writePackets(run, findings, inputs, target, kept);
    notes.note(
      findings.flows === 0
        ? `no flow is ${[...only].join(", ")}: the file holds no packets`
        : `${counted(written.packets, "packet")} of ${counted(findings.flows, "flow")}; in Wireshark the filter frame.comment shows those with a comment`,
    );
    for (const text of leftOut(written, kept)) notes.note(text);
    if (findings.left > 0) notes.note(`${counted(findings.left, "more flow")} left out`);
  }
  return statusOf(resultOf(run, errors.length), raw.strict === true);
}

/** What of the captures is not in the file, and what a reader of it should mind. */
function leftOut({ hasSecrets, others }: NotCopied, kept: KeptBlocks): string[] {
  const said: string[] = [];
  if (hasSecrets)
    said.push("secrets for decryption (such as TLS keys) are not copied; --keep-secrets copies them");
  if (others > 0)
    said.push(`${counted(others, "block")} of other kinds (custom, journal entries) not copied`);
  if (kept.secrets > 0)
    said.push(
      `${counted(kept.secrets, "block")} of secrets for decryption copied whole: whoever has the file can decrypt with them, other recordings, too`,
    );
  if (kept.left > 0)
    said.push(
      `${counted(kept.left, "block")} of names, statistics, secrets or descriptions left out: too long, too many, or broken`,
    );
  return said;
}

/** Second pass: the packets of the findings in the order of time. */
async function writePackets(
  run: RunSummary,
  findings: AnnotatedFindings,
  inputs: readonly CaptureInput[],
  target: string | undefined,
  kept: KeptBlocks,
): Promise<NotCopied & { readonly packets: number }> {
  const blocks = new Map(inputs.map((input) => [input, new CaptureBlocks(kept)]));
  const merge = await CaptureMerge.plan(inputs, {
    clockOf: (input) => run.clocks.lineOf(input),
    watcherOf: (input) => blocks.get(input),
  });
  const output = new Output(target);
  let isBegun = false;
  // Not before the first packet: a capture alone is not looked into earlier.
  const begin = (): void => {
    if (isBegun) return;
    isBegun = true;
    const origins = merge.captures.map(({ input }) => ({
      file: input.shown ?? input.name,
      origin: blocks.get(input)?.origin,
    }));
    const { options, left } = headerOptions(origins, `o365flow ${version()}`);
    kept.left += left;
    output.write(sectionHeader(options));
  };
  const packets = new AnnotatedPackets(merge, run, findings, blocks, (bytes) => {
    begin();
    output.write(bytes);
  });
  let notCopied: NotCopied;
  try {
    for (;;) {
      packets.write();
      const waited = output.drain();
      if (waited !== undefined) await waited;
      if (output.closed) break;
      const more = merge.refill();
      if (!(typeof more === "boolean" ? more : await more)) break;
    }
    notCopied = packets.end();
    begin();
    await output.end();
  } catch (error) {
    await output.abandon();
    throw error;
  } finally {
    merge.close();
  }
  return { packets: packets.count, ...notCopied };
}
