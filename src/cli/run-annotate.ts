import { CaptureMerge } from "../capture/merge.ts";
import { packetComments } from "../capture/packet-comments.ts";
import { clockNotes } from "../classify/clock-text.ts";
import { classify } from "../classify/run.ts";
import { isWhole, type RunSummary } from "../classify/run-summary.ts";
import { counted } from "../count-text.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { AnnotatedFindings } from "../report/annotate-findings.ts";
import { enhancedPacket, interfaceDescription, sectionHeader } from "../report/annotate-pcapng.ts";
import { Decoder } from "../wire/decode.ts";
import { Oddities } from "../wire/oddities.ts";
import { Packet } from "../wire/packet.ts";
import type { RawAnnotateOptions } from "./annotate-command.ts";
import { UsageError } from "./exit.ts";
import { namedInputs } from "./named-inputs.ts";
import { Notes } from "./notes.ts";
import { Output, refuseCompressed, refuseInputAsOutput } from "./output.ts";
import { prepareRun } from "./prepare-run.ts";
import { statusOf } from "./run-result.ts";
import { version } from "./version.ts";
import { wordsOption } from "./row-filter.ts";

/** Reads the captures twice: for the findings, and for their packets. Answers with the exit status. */
export async function runAnnotate(names: readonly string[], raw: RawAnnotateOptions): Promise<number> {
  if (names.length === 0 && raw.filesFrom === undefined)
    throw new UsageError("no capture named: give files, folders or globs");
  const only = wordsOption("--only", raw.only) ?? new Set();
  const notes = new Notes(raw.quiet === true, false);
  const prepared = await prepareRun(raw, notes);
  const { inputs, errors } = await namedInputs(names, raw, notes);
  if (inputs.some(({ source }) => typeof source !== "string"))
    throw new UsageError("annotate reads its captures twice, so standard input cannot be one of them");
  const target = raw.write === "-" ? undefined : raw.write;
  refuseCompressed(target);
  refuseInputAsOutput(target, inputs);

  const findings = new AnnotatedFindings();
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
    const packets = await writePackets(run, findings, inputs, target);
    notes.note(
      findings.flows === 0
        ? `no flow is ${[...only].join(", ")}: the file holds no packets`
        : `${counted(packets, "packet")} of ${counted(findings.flows, "flow")}; in Wireshark the filter frame.comment shows those with a comment`,
    );
    if (findings.left > 0) notes.note(`${counted(findings.left, "more flow")} left out`);
  }
  const isDamaged = !run.captures.every(isWhole);
  return statusOf(
    {
      interrupted: false,
      nothingRead: run.captures.length === 0,
      conditionMet: false,
      partial: errors.length + run.errors.length > 0 || isDamaged,
    },
    raw.strict === true,
  );
}

/** Second pass: the packets of the findings in the order of time, each capture's times by the reference's clock. */
async function writePackets(
  run: RunSummary,
  findings: AnnotatedFindings,
  inputs: Parameters<typeof CaptureMerge.plan>[0],
  target: string | undefined,
): Promise<number> {
  const comments = findings.comments(run.links);
  const merge = await CaptureMerge.plan(inputs, { clockOf: (input) => run.clocks.lineOf(input) });
  const clocks = merge.captures.map(({ input }) => run.clocks.lineOf(input));
  const output = new Output(target);
  const decoder = new Decoder(new Oddities());
  const packet = new Packet();
  /** Numbers of the interfaces written, by capture and interface. */
  const written = new Map<string, number>();
  let packets = 0;
  try {
    output.write(sectionHeader(`o365flow ${version()}`));
    for (;;) {
      while (merge.next()) {
        const { frame, captureIndex } = merge;
        decoder.decode(frame, packet);
        const time = frame.seconds * 1e9 + frame.nanoseconds;
        const offset = clocks[captureIndex]?.at(frame.seconds) ?? 0;
        let seconds = frame.seconds + Math.floor(offset / 1e9);
        let nanoseconds = frame.nanoseconds + (offset - Math.floor(offset / 1e9) * 1e9);
        if (nanoseconds >= 1e9) {
          nanoseconds -= 1e9;
          seconds += 1;
        }
        if (!frame.timed) [seconds, nanoseconds] = [0, 0];
        if (time + offset < 0) [seconds, nanoseconds] = [0, 0];
        if (!findings.has(packet, seconds)) continue;
        const key = `${captureIndex} ${frame.interfaceIndex}`;
        let index = written.get(key);
        if (index === undefined) {
          const capture = merge.captures[captureIndex];
          const card = capture?.reader?.interfaces[frame.interfaceIndex];
          const file = terminalSafe(capture?.input.name ?? "");
          written.set(key, (index = written.size));
          output.write(
            interfaceDescription(
              frame.linkType,
              card?.snapLength ?? 0,
              card?.name ?? file,
              [card?.description, `from ${file}`].filter((part) => part !== undefined).join(", "),
            ),
          );
        }
        const { view } = frame;
        const bytes = new Uint8Array(view.buffer, view.byteOffset + frame.start, frame.end - frame.start);
        const isPcapng = merge.captures[captureIndex]?.reader?.format === "pcapng";
        const had = isPcapng ? packetComments(frame) : [];
        const said = comments.get(captureIndex)?.get(frame.number) ?? [];
        output.write(enhancedPacket(index, seconds, nanoseconds, bytes, frame.originalLength, had, said));
        packets += 1;
      }
      const waited = output.drain();
      if (waited !== undefined) await waited;
      if (output.closed) break;
      const more = merge.refill();
      if (!(typeof more === "boolean" ? more : await more)) break;
    }
    await output.end();
  } catch (error) {
    await output.abandon();
    throw error;
  } finally {
    merge.close();
  }
  return packets;
}
