import type { FlowRow } from "../classify/row.ts";
import { CALL_LEG_COLUMNS } from "../report/call-leg-rows.ts";
import { CALL_COLUMNS } from "../report/call-rows.ts";
import { type Column, FLOW_COLUMNS } from "../report/columns.ts";
import { COLUMN_VALUES } from "../report/json-schema.ts";
import { VERDICTS } from "../report/verdicts.ts";
import { CellProblem, cellValue } from "./cell-values.ts";
import { nameOf } from "./input.ts";
import { flowsFileOf } from "./locate.ts";
import type { ResultRecord } from "./record.ts";
import { openRecords } from "./records.ts";
import { ResultError } from "./result-error.ts";

/** The version of the flow columns that this program reads. */
const SCHEMA_VERSION = 1;

/** A row of a result of `classify`. A result may lack columns (`--columns`): then they are undefined. */
export type ResultFlow = { readonly [K in keyof FlowRow]: FlowRow[K] | undefined };

type FlowColumn = keyof FlowRow & string;

export interface FlowResultOptions {
  /** Columns without which the reader's work makes no sense: a result without one is refused. */
  readonly required: readonly FlowColumn[];
  /** The columns to read besides, where they are there; all when left out. */
  readonly optional?: readonly FlowColumn[] | undefined;
  /** What the columns are needed for, for messages: "a comparison". */
  readonly purpose: string;
}

/** Flows of a result, in its order. */
export interface FlowResult {
  /** The file that is read. */
  readonly file: string;
  /**
   * True of a file of NDJSON without a byte: it has no rows, or the program that was to write it failed. Never of an
   * audit's folder, whose files appear when they are complete.
   */
  readonly isEmpty: boolean;
  /** True where rows have lines: of a text, not of Parquet. */
  readonly hasLines: boolean;
  /** Names of its columns; undefined of a JSON result without rows. */
  readonly columns: readonly string[] | undefined;
  /** Rows, several at a time; each with its line (in Parquet its number), from 1; of a pipe once. Throws ResultError. */
  batches(): AsyncGenerator<readonly NumberedFlow[]>;
}

export interface NumberedFlow {
  readonly line: number;
  readonly flow: ResultFlow;
}

/**
 * Opens a result of `classify` (CSV, TSV, JSON, NDJSON, Parquet, told by content; `-` is standard input) or an audit's
 * folder. Every row is checked: its version, the type of each cell, the words that have a fixed list. Throws
 * ResultError, with the line where there is one.
 */
export async function openFlowResult(result: string, options: FlowResultOptions): Promise<FlowResult> {
  const file = flowsFileOf(result);
  const { required, optional } = options;
  const columns = FLOW_COLUMNS.filter(
    ({ name }) =>
      optional === undefined ||
      required.includes(name) ||
      optional.includes(name) ||
      name === "schema_version",
  );
  const read = columns.map(readColumn);
  const records = await openRecords(file, new Set(columns.map(({ name }) => name)));
  let { columns: names } = records;
  // Of JSON only the rows tell the columns. Those of a pipe up to the first one are held: it is read once.
  const held: (readonly ResultRecord[])[] = [];
  let begun: AsyncGenerator<readonly ResultRecord[]> | undefined;
  if (names === undefined) {
    begun = records.batches();
    while (names === undefined) {
      const next = await begun.next();
      if (next.done === true) break;
      held.push(next.value);
      const [first] = next.value;
      if (first !== undefined) names = Object.keys(first.cells());
    }
    if (records.isFile) {
      await begun.return(undefined);
      begun = undefined;
      held.length = 0;
    }
  }
  if (names !== undefined) checkColumns(file, names, options);
  return {
    file,
    isEmpty: records.isEmpty && file === result,
    hasLines: records.hasLines,
    columns: names,
    batches: async function* flowBatches() {
      const flows = (batch: readonly ResultRecord[]): readonly NumberedFlow[] =>
        batch.map((record) => ({ line: record.line, flow: flowOf(record, read, file) }));
      const rest = begun ?? records.batches();
      begun = undefined;
      for (const batch of held.splice(0)) yield flows(batch);
      for await (const batch of rest) if (batch.length > 0) yield flows(batch);
    },
  };
}

function checkColumns(file: string, names: readonly string[], options: FlowResultOptions): void {
  const name = nameOf(file);
  if (!names.some((each) => FLOW_COLUMNS.some((column) => column.name === each)))
    throw new ResultError(`${name} is no result of o365flow classify: it has none of its columns`);
  if ([CALL_COLUMNS, CALL_LEG_COLUMNS].some((columns) => isOnlyOf(columns, names)))
    throw new ResultError(`${name} is a result of o365flow calls: wanted one of classify`);
  const missing = options.required.filter((each) => !names.includes(each));
  if (missing.length === 0) return;
  throw new ResultError(
    `${name} has no column ${missing.join(", ")}, without which there is no ${options.purpose}: was it written with --columns?`,
  );
}

/** True for rows of another table: a verdict of a call, such as "unproven", may be a word for flows, too. */
function isOnlyOf(columns: readonly { readonly name: string }[], names: readonly string[]): boolean {
  const isIn = (table: readonly { readonly name: string }[], name: string): boolean =>
    table.some((column) => column.name === name);
  return names.every((name) => isIn(columns, name)) && names.some((name) => !isIn(FLOW_COLUMNS, name));
}

/** A column, and the words that it may have. */
interface ReadColumn {
  readonly name: FlowColumn;
  readonly type: Column<FlowRow>["type"];
  readonly words: ReadonlySet<unknown> | undefined;
}

function readColumn({ name, type }: Column<FlowRow>): ReadColumn {
  const words = name === "verdict" ? VERDICTS : COLUMN_VALUES[name];
  return { name, type, words: words === undefined ? undefined : new Set<unknown>(words) };
}

/**
 * A row without values. Rows are copies of it: an object that grows key by key becomes a slow one, and what JSON.parse
 * makes is a quick one.
 */
const NO_VALUES: Readonly<Record<string, unknown>> = ((): Record<string, unknown> => {
  const names = FLOW_COLUMNS.map(({ name }) => name);
  const row = JSON.parse(`{${names.map((name) => `"${name}":null`).join(",")}}`) as Record<string, unknown>;
  for (const name of names) row[name] = undefined;
  return row;
})();

function flowOf(record: ResultRecord, columns: readonly ReadColumn[], file: string): ResultFlow {
  const flow: Record<string, unknown> = { ...NO_VALUES };
  for (const { name, type, words } of columns) {
    const cell = record.cell(name);
    const value = cellValue(cell, type);
    if (value instanceof CellProblem)
      throw new ResultError(cellText(file, record.line, name, cell, value.wanted));
    if (value !== undefined && words !== undefined && !words.has(value))
      throw new ResultError(cellText(file, record.line, name, cell, wordsText(name, words)));
    flow[name] = value;
  }
  return flow as ResultFlow;
}

function wordsText(name: string, words: ReadonlySet<unknown>): string {
  return name === "schema_version"
    ? `${SCHEMA_VERSION}, the version that this program reads`
    : `one of ${[...words].filter((word) => word !== null).join(", ")}`;
}

function cellText(file: string, line: number, name: string, cell: unknown, wanted: string): string {
  const found = JSON.stringify(cell);
  return `${nameOf(file)}:${line}: ${name}: found ${found.slice(0, 80)}, wanted ${wanted}`;
}
