import { CHANGES, type Change, TRENDS, changeOf } from "../compare/change.ts";
import { CHANGE_COLUMNS, changeRow } from "../compare/change-rows.ts";
import { changeTable } from "../compare/change-table.ts";
import { Comparison, LEVELS } from "../compare/comparison.ts";
import { grouped } from "../count-text.ts";
import { namedColumns, tableOf } from "../report/table.ts";
import { STANDARD_INPUT } from "../results/locate.ts";
import { type FlowResult, openFlowResult } from "../results/flow-result.ts";
import { sayEmpty } from "./empty-result.ts";
import { UsageError } from "./exit.ts";
import { Notes } from "./notes.ts";
import { Output } from "./output.ts";
import { refuseResultAsOutput } from "./output-over-input.ts";
import {
  choice,
  formatOf,
  FORMATS_WITHOUT_PAGE,
  reportOptionsOf,
  type RawReportOptions,
} from "./report-options.ts";
import type { RunResult } from "./run-result.ts";
import { wordsOption } from "./words-option.ts";
import { writerOf } from "./writer-of.ts";

/** Options of `compare`, as commander hands them over. */
export interface RawCompareOptions extends RawReportOptions {
  readonly by?: string;
  readonly threshold?: string;
  readonly all?: boolean;
  readonly only?: string;
  readonly failOn?: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
}

/** Rows written at once. */
const BATCH_ROWS = 256;

const REQUIRED = ["client_ip", "server_ip", "path_out", "path_back", "symmetry"] as const;
const OPTIONAL = [
  ...["client_zone", "server_zone", "server_port", "transport", "application", "host", "matched_prefix"],
  ...["service_area", "category", "traffic_type", "path_out_name", "path_back_name", "verdict", "flow_id"],
  ...["bytes_out", "bytes_back", "loss_pct", "jitter_ms", "rtt_ms", "mos", "quality"],
] as const;

/** Runs `compare`: two results in, changes out. */
export async function runCompare(before: string, after: string, raw: RawCompareOptions): Promise<RunResult> {
  if (before === STANDARD_INPUT && after === STANDARD_INPUT)
    throw new UsageError("only one of the two results can come from standard input");
  const notes = new Notes(raw.quiet === true, false);
  const options = reportOptionsOf(raw, CHANGE_COLUMNS);
  const writer = await writerOf(formatOf(raw, FORMATS_WITHOUT_PAGE), options, {
    table: () =>
      raw.columns === undefined
        ? changeTable(options)
        : tableOf(options, namedColumns(options), () => undefined),
  });
  const threshold = thresholdOption(raw.threshold ?? "1");
  const only = wordsOption("--only", raw.only, [...LEVELS, ...CHANGES, ...TRENDS]);
  const failOn = wordsOption("--fail-on", raw.failOn, [...CHANGES, ...TRENDS]);
  const comparison = new Comparison(choice("--by", raw.by ?? "host", ["host", "subnet"]));
  const sides = [
    { side: "before", flows: await openToCompare(before) },
    { side: "after", flows: await openToCompare(after) },
  ] as const;
  const read = sides.map(({ flows }) => flows.file);
  for (const result of [before, after]) refuseResultAsOutput(raw.output, result, read);
  const alone = columnsOfOne(sides[0].flows, sides[1].flows);
  const blank = Object.fromEntries(alone.map((name) => [name, undefined]));
  for (const { side, flows } of sides)
    for await (const batch of flows.batches())
      for (const { flow } of batch) comparison.add(side, alone.length === 0 ? flow : { ...flow, ...blank });
  const changes = comparison.groups.map((group) => changeOf(group, threshold)).sort(byWeight);
  const shown = changes.filter(chosen(only, raw.all === true));
  const output = new Output(raw.output);
  try {
    output.write(writer.begin());
    for (let at = 0; at < shown.length; at += BATCH_ROWS) {
      output.write(writer.rows(shown.slice(at, at + BATCH_ROWS).map(changeRow)));
      await output.drain();
    }
    output.write(writer.end());
    await output.end();
  } catch (error) {
    await output.abandon();
    throw error;
  }
  if (alone.length > 0)
    notes.note(`only one of the two results has ${alone.join(", ")}: nothing of it is compared`);
  const partial = sayEmpty(
    sides.map(({ flows }) => flows),
    notes,
  );
  summarise(changes, comparison.left, notes);
  return {
    interrupted: false,
    nothingRead: false,
    conditionMet: failOn !== undefined && changes.some((change) => isIn(change, failOn)),
    partial,
  };
}

function openToCompare(result: string): Promise<FlowResult> {
  return openFlowResult(result, { required: REQUIRED, optional: OPTIONAL, purpose: "comparison" });
}

/**
 * Columns that only one of the two results has, since it was written with other `--columns`: what is missing is no other
 * value, and would make other groups or another path of the same flows.
 */
function columnsOfOne(before: FlowResult, after: FlowResult): string[] {
  const [were, are] = [before.columns, after.columns];
  if (were === undefined || are === undefined) return [];
  return OPTIONAL.filter((name) => name !== "flow_id" && were.includes(name) !== are.includes(name));
}

/** True for what both results have, and differently. */
function hasChanged({ kinds }: Change): boolean {
  return kinds.length > 0 && !kinds.includes("appeared") && !kinds.includes("gone");
}

/** Which changes are shown: those of one of the levels, in one of the ways; without ways all that changed. */
function chosen(only: ReadonlySet<string> | undefined, all: boolean): (change: Change) => boolean {
  const levels = LEVELS.filter((level) => only?.has(level));
  const ways = new Set([...(only ?? [])].filter((word) => !LEVELS.some((level) => level === word)));
  return (change) =>
    (levels.length === 0 || levels.includes(change.group.key.level)) &&
    (ways.size === 0 ? all || hasChanged(change) : isIn(change, ways));
}

/** The trend of what did not change is `neutral`, and meant by nobody who asks for it. */
function isIn(change: Change, ways: ReadonlySet<string>): boolean {
  return change.kinds.some((kind) => ways.has(kind)) || (change.kinds.length > 0 && ways.has(change.trend));
}

function byWeight(a: Change, b: Change): number {
  const level = LEVELS.indexOf(a.group.key.level) - LEVELS.indexOf(b.group.key.level);
  const trend = TRENDS.indexOf(a.trend) - TRENDS.indexOf(b.trend);
  const flows = flowsOf(b) - flowsOf(a);
  return level || trend || flows || (keyText(a) < keyText(b) ? -1 : 1);
}

function flowsOf({ group }: Change): number {
  return group.before.flows + group.after.flows;
}

function keyText({ group: { key } }: Change): string {
  return Object.values(key).join("\u0000");
}

function summarise(changes: readonly Change[], left: number, notes: Notes): void {
  for (const level of ["service", "subnet", "flow"] as const) {
    const these = changes.filter(({ group }) => group.key.level === level);
    const count = (test: (change: Change) => boolean): string => grouped(these.filter(test).length);
    const what = level === "flow" ? "groups of flows" : `${level}s`;
    notes.note(
      `${what}: ${count(hasChanged)} changed (${count((change) => hasChanged(change) && change.trend === "worse")} worse), ` +
        `${count(({ kinds }) => kinds.length === 0)} the same, ${count(({ kinds }) => kinds.includes("appeared"))} appeared, ` +
        `${count(({ kinds }) => kinds.includes("gone"))} gone, ${count((change) => !change.comparable)} without a path seen in both`,
    );
  }
  if (left > 0)
    notes.note(
      `${grouped(left)} flows are left out at one level, because there are too many groups: try --by subnet`,
    );
}

function thresholdOption(text: string): number {
  const points = Number(text);
  if (text.trim() === "" || !Number.isFinite(points) || points <= 0 || points > 100)
    throw new UsageError(`--threshold ${text}: wanted percentage points above 0, up to 100`);
  return points;
}
