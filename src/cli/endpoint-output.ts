import CliTable from "cli-table3";
import type { Command } from "commander";
import { stringify } from "csv-stringify/sync";
import { terminalSafe } from "../files/shown-name.ts";
import { fittedTable } from "../report/fitted-table.ts";
import { type Cloud, CLOUDS } from "../words.ts";
import { UsageError } from "./exit.ts";
import { Output } from "./output.ts";
import { refuseToldAsOutput } from "./output-over-input.ts";
import { choice, formatOf, ROW_FORMATS, terminalWidth } from "./report-options.ts";

/** A cell: `undefined` is not known; a list is joined by `;` where a format has no lists. */
export type Cell = string | number | boolean | undefined | readonly (string | number)[];
export type Row = Readonly<Record<string, Cell>>;

/** Options that `lookup` and the `endpoints` commands share, as commander hands them over. */
export interface EndpointOptions {
  readonly cloud: string;
  readonly asOf?: string;
  readonly endpoints?: string;
  readonly format?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly output?: string;
  readonly quiet?: true;
}

/** The form of the rows. Throws UsageError for one that they do not have. */
function formOf(options: EndpointOptions): (typeof ROW_FORMATS)[number] {
  return choice("--format", formatOf(options, ROW_FORMATS), ROW_FORMATS);
}

/** Adds `--format`, `--json`, `--csv`, `-o` and `-q` to a command; a wrong form is refused before anything is fetched. */
export function addOutputOptions(command: Command): Command {
  return command
    .hook("preAction", (of) => void formOf(of.opts<EndpointOptions>()))
    .option("-f, --format <format>", `${ROW_FORMATS.join(", ")}; a table on a terminal, else csv`)
    .option("--csv", "short for --format csv")
    .option("--json", "short for --format json")
    .option("-o, --output <file>", "write to a file; its extension sets the format")
    .option("-q, --quiet", "no notes on standard error");
}

/** The cloud that an option names; UsageError for an unknown one. */
export function cloudOf(options: { readonly cloud: string }): Cloud {
  return choice("--cloud", options.cloud, CLOUDS);
}

/** Does something with a text that the user gave; a RangeError about it is the user's to mend. */
export function mendable<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

/**
 * Writes rows in the format asked for; `inputs`: files that they come from; `table` makes the text of the format for people,
 * `width` characters wide if it can.
 */
export async function emit(
  options: EndpointOptions,
  columns: readonly string[],
  rows: readonly Row[],
  inputs: readonly string[],
  table: (width: number) => string,
): Promise<void> {
  const format = formOf(options);
  const objects = (): object[] =>
    rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null])));
  refuseToldAsOutput(options.output, inputs);
  const output = new Output(options.output);
  switch (format) {
    case "table":
      output.write(table(options.output === undefined ? (terminalWidth() ?? Infinity) : Infinity));
      break;
    case "json":
      output.write(`${JSON.stringify(objects(), null, 2)}\n`);
      break;
    case "ndjson":
      for (const each of objects()) output.write(`${JSON.stringify(each)}\n`);
      break;
    case "csv":
    case "tsv": {
      const records = rows.map((row) => columns.map((column) => cellText(row[column])));
      const delimiter = format === "tsv" ? "\t" : ",";
      output.write(stringify([[...columns], ...records], { escape_formulas: true, delimiter }));
      break;
    }
  }
  await output.end();
}

const NO_LINES_BETWEEN = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

/**
 * A plain table of some columns; every line of a cell is made safe for a terminal. Where `width` is too little for it,
 * it has no frame and cells go on in the next line.
 */
export function tableText(columns: readonly string[], rows: readonly Row[], width: number): string {
  const cells = rows.map((row) => columns.map((column) => cellText(row[column])));
  const table = new CliTable({
    head: [...columns],
    style: { head: [], border: [] },
    chars: NO_LINES_BETWEEN,
  });
  for (const row of cells) table.push(row.map((cell) => cell.split("\n").map(terminalSafe).join("\n")));
  const text = `${table.toString()}\n`;
  return text.indexOf("\n") <= width ? text : fittedTable(columns, cells, width);
}

function cellText(cell: Cell): string {
  if (cell === undefined) return "";
  return Array.isArray(cell) ? cell.join(";") : String(cell);
}

/** Says a note, unless `--quiet` is given. */
export function note(options: Pick<EndpointOptions, "quiet">, text: string): void {
  if (options.quiet !== true) say(text);
}

/** Says something on standard error that is no data. */
export function say(text: string): void {
  process.stderr.write(`o365flow: ${terminalSafe(text)}\n`);
}
