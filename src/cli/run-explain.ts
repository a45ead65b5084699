import type { CaptureInput } from "../capture/inputs.ts";
import type { JudgedFlow } from "../classify/judged-flow.ts";
import type { FlowRow } from "../classify/row.ts";
import type { PacketName } from "../classify/followed-packet.ts";
import { classify } from "../classify/run.ts";
import { type ExplainSection, explainFlow, FILTER_LABEL } from "../report/explain.ts";
import { proseLines } from "../report/prose.ts";
import { EXIT_USAGE, UsageError } from "./exit.ts";
import { keepHeapSmall } from "./heap-growth.ts";
import { namedInputs } from "./named-inputs.ts";
import { Notes } from "./notes.ts";
import { Output } from "./output.ts";
import { prepareRun } from "./prepare-run.ts";
import { terminalWidth } from "./report-options.ts";
import { resultOf, statusOf } from "./run-result.ts";
import type { RawInputOptions } from "./input-options.ts";

export interface RawExplainOptions extends RawInputOptions {
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly quiet?: boolean;
}

const FLOW_NAMES =
  "a flow_id, a Community ID, a packet number (of several captures NAME#NUMBER), or a 5-tuple such as 10.0.0.1:50000-52.113.194.132:443";

/** How the user names a flow. */
type Wanted =
  | { readonly packet: number; readonly capture: string | undefined }
  | { readonly test: (row: FlowRow) => boolean };

/** Reads the captures and explains the flow (or the flows of one Community ID). Answers with the exit status. */
export async function runExplain(words: readonly string[], raw: RawExplainOptions): Promise<number> {
  const flow = words.at(-1);
  const captures = words.slice(0, -1);
  if (flow === undefined || captures.length === 0)
    throw new UsageError(`explain wants captures, and behind them the flow: ${FLOW_NAMES}`);
  const wanted = readWanted(flow);
  const notes = new Notes(raw.quiet === true, false);
  const prepared = await prepareRun(raw, notes);
  const expanded = await namedInputs(captures, raw, notes);
  const followPacket = "packet" in wanted ? packetOf(wanted, flow, expanded.inputs) : undefined;
  const explained: { sections: ExplainSection[]; row: FlowRow }[] = [];
  const nearby: string[] = [];
  keepHeapSmall();
  const summary = await classify({
    ...prepared,
    inputs: expanded.inputs,
    missing: expanded.errors,
    followPacket,
    onFlow: (judged: JudgedFlow, followed: boolean) => {
      const hit = "packet" in wanted ? followed : wanted.test(judged.row);
      if (hit) explained.push({ sections: explainFlow(judged, prepared.site), row: judged.row });
      else if (nearby.length < 5) nearby.push(judged.row.flow_id);
    },
  });
  for (const error of summary.errors) notes.error(error.message);
  if (summary.captures.length === 0) return EXIT_USAGE;
  notes.problems(summary);
  const copy = summary.followedCopy && copyText(flow, summary.followedCopy.of, expanded.inputs);
  if (explained.length === 0) {
    throw new UsageError(
      "packet" in wanted
        ? `packet ${flow} belongs to no TCP or UDP flow, or is not in the capture${summary.captures.length === 1 ? ` (${summary.packets} packets)` : ""}`
        : `no flow ${flow} in these captures; there are ${summary.flows} flows${nearby.length > 0 ? `, such as ${nearby.join(" ")}` : ""}`,
    );
  }
  const output = new Output(undefined);
  const all = explained.map(({ sections }) =>
    sections.map((section, i) =>
      i === 0 && copy !== undefined ? { ...section, lines: [...section.lines, copy] } : section,
    ),
  );
  const width = terminalWidth() ?? Infinity;
  const texts = all.map((sections) => textOf(sections, width));
  output.write(raw.json === true ? `${JSON.stringify(all, undefined, 2)}\n` : texts.join("\n"));
  await output.end();
  return statusOf(resultOf(summary, expanded.errors.length), raw.strict === true);
}

/** Of which packet the one that was asked for is a copy. */
function copyText(asked: string, of: PacketName | undefined, inputs: readonly CaptureInput[]): string {
  if (of === undefined) return `packet ${asked} is a copy of another one of the flow, which counts`;
  const where = inputs.length === 1 ? "" : `${of.input.shown ?? of.input.name}#`;
  return `packet ${asked} is a copy of packet ${where}${of.number}, which counts`;
}

/** The capture whose packet is meant: each counts its packets from 1, so that of several one has to be named. */
function packetOf(
  { packet, capture }: { readonly packet: number; readonly capture: string | undefined },
  flow: string,
  inputs: readonly CaptureInput[],
): { readonly input: CaptureInput; readonly number: number } | undefined {
  const meant = inputs.filter(
    ({ name, path }) => capture === undefined || capture === name || capture === path,
  );
  const [input] = meant;
  if (meant.length === 1 && input !== undefined) return { input, number: packet };
  if (inputs.length === 0) return undefined;
  const such = meant[0] ?? inputs[0];
  const names = inputs.filter(({ name }) => name === such?.name).length === 1 ? such?.name : such?.path;
  throw new UsageError(
    meant.length === 0
      ? `${flow}: none of the captures is ${capture ?? ""}; wanted one such as ${names ?? ""}#${packet}`
      : `packet ${flow}: there are ${meant.length} captures, and each counts from 1: say which, such as ${names ?? ""}#${packet}`,
  );
}

function readWanted(flow: string): Wanted {
  const [, capture, packet] = /^(?:(.*)#)?(\d+)$/s.exec(flow) ?? [];
  if (packet !== undefined) return { packet: Number(packet), capture: capture === "" ? undefined : capture };
  if (/^1:[A-Za-z0-9+/]{27}=@\d+$/.test(flow)) return { test: (row) => row.flow_id === flow };
  if (/^1:[A-Za-z0-9+/]{27}=$/.test(flow)) return { test: (row) => row.community_id === flow };
  const ends = flow.split(/\s*(?:->|-|<->|,|\s)\s*/).filter((part) => part !== "");
  const [first, second] = ends;
  if (ends.length !== 2 || first === undefined || second === undefined) {
    throw new UsageError(`${flow}: wanted ${FLOW_NAMES}`);
  }
  return {
    test: (row) => {
      const client = endTexts(row.client_ip, row.client_port);
      const server = endTexts(row.server_ip, row.server_port);
      return (
        (client.includes(first) && server.includes(second)) ||
        (client.includes(second) && server.includes(first))
      );
    },
  };
}

/** What a user may call an end: with or without port, IPv6 with brackets. */
function endTexts(address: string, port: number): string[] {
  return [address, `${address}:${port}`, `[${address}]:${port}`, `[${address}]`];
}

function textOf(sections: readonly ExplainSection[], width: number): string {
  return sections
    .map(({ heading, lines }) =>
      [
        ...proseLines(heading, width, 0, 2),
        // A filter is there to be copied.
        ...lines.flatMap((line) => proseLines(line, line.startsWith(FILTER_LABEL) ? Infinity : width, 2, 4)),
      ].join("\n"),
    )
    .map((text) => `${text}\n`)
    .join("\n");
}
