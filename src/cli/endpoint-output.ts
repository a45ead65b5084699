import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import CliTable from "cli-table3";
import type { Command } from "commander";
import { stringify } from "csv-stringify/sync";
import { CLOUDS } from "../endpoints/clouds.ts";
import { EndpointDataError } from "../endpoints/endpoint-set.ts";
import type { Cloud } from "../words.ts";

export const FORMATS = ["table", "json", "ndjson", "csv", "tsv"] as const;
export type Format = (typeof FORMATS)[number];

/** A cell: `undefined` is not known; a list is joined by `;` where a format has no lists. */
export type Cell = string | number | boolean | undefined | readonly (string | number)[];
export type Row = Readonly<Record<string, Cell>>;

/** Options that `lookup` and the `endpoints` commands share. */
export interface EndpointOptions {
  readonly cloud: string;
  readonly asOf?: string;
  readonly endpoints?: string;
  readonly format?: string;
  readonly json?: true;
  readonly csv?: true;
  readonly output?: string;
}

/** Adds `--format`, `--json`, `--csv` and `-o` to a command. */
export function addOutputOptions(command: Command): Command {
  return command
    .option(
      "--format <format>",
      `${FORMATS.join(", ")}; default: table on a terminal, csv into a pipe or file`,
    )
    .option("--json", "short for --format json")
    .option("--csv", "short for --format csv")
    .option("-o, --output <file>", "write there; its extension sets the format");
}

/** The cloud named by an option; ends the command with status 2 for an unknown one. */
export function cloudOf(options: { readonly cloud: string }, command: Command): Cloud {
  const cloud = CLOUDS.find((each) => each === options.cloud.toLowerCase());
  if (cloud !== undefined) return cloud;
  return command.error(`error: --cloud ${printable(options.cloud)} is none of ${CLOUDS.join(", ")}`, {
    exitCode: 2,
  });
}

/** Ends the command with status 2 for what a user can mend; anything else is thrown on. */
export function badInput(error: unknown, command: Command): never {
  if (error instanceof EndpointDataError || error instanceof RangeError) {
    return command.error(`error: ${printable(error.message)}`, { exitCode: 2 });
  }
  throw error;
}

/** Format by option, else by the output file's extension, else a table on a terminal and CSV into anything else. */
export function formatOf(options: EndpointOptions, command: Command): Format {
  const extension = options.output === undefined ? "" : extname(options.output).slice(1).toLowerCase();
  const wanted =
    options.format ??
    (options.json ? "json" : options.csv ? "csv" : extension === "txt" ? "table" : extension);
  const format = FORMATS.find((each) => each === wanted);
  if (format !== undefined) return format;
  if (options.format !== undefined || (extension !== "" && wanted === extension)) {
    return command.error(`error: format "${printable(wanted)}" is none of ${FORMATS.join(", ")}`, {
      exitCode: 2,
    });
  }
  return options.output === undefined && process.stdout.isTTY ? "table" : "csv";
}

/** Rows as text; `table` is the text of format table. Columns are the keys given, in that order, always. */
export function renderRows(
  format: Format,
  columns: readonly string[],
  rows: readonly Row[],
  table: () => string,
): string {
  const objects = (): object[] =>
    rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null])));
  switch (format) {
    case "table":
      return table();
    case "json":
      return `${JSON.stringify(objects(), null, 2)}\n`;
    case "ndjson":
      return objects()
        .map((each) => `${JSON.stringify(each)}\n`)
        .join("");
    case "csv":
    case "tsv":
      return stringify(
        rows.map((row) => columns.map((column) => cellText(row[column]))),
        {
          header: true,
          columns: [...columns],
          escape_formulas: true,
          ...(format === "tsv" ? { delimiter: "\t" } : {}),
        },
      );
  }
}

const NO_LINES_BETWEEN = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

/** A plain table of some columns; every cell is made safe for a terminal. */
export function tableText(columns: readonly string[], rows: readonly Row[]): string {
  const table = new CliTable({
    head: [...columns],
    style: { head: [], border: [] },
    chars: NO_LINES_BETWEEN,
  });
  for (const row of rows) table.push(columns.map((column) => printable(cellText(row[column]), "lines")));
  return `${table.toString()}\n`;
}

function cellText(cell: Cell): string {
  if (cell === undefined) return "";
  return Array.isArray(cell) ? cell.join(";") : String(cell);
}

/** Text without characters that a terminal would obey or that would show it in another order. */
export function printable(text: string, keep?: "lines"): string {
  // eslint-disable-next-line no-control-regex
  const unsafe =
    keep === "lines"
      ? /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g
      : /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
  return text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Writes data to the output file or standard output; ends with status 2 where the file cannot be written. */
export function emit(text: string, options: EndpointOptions, command: Command): void {
  if (options.output === undefined || options.output === "-") {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(options.output, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    command.error(`error: cannot write ${printable(options.output)}: ${printable(reason)}`, { exitCode: 2 });
  }
}
