import { extname } from "node:path";
import type { Command } from "commander";
import type { TimeStyle } from "../report/cells.ts";
import { type Column, FLOW_COLUMNS } from "../report/columns.ts";
import type { ReportOptions } from "../report/writer.ts";
import { UsageError } from "./exit.ts";
import { nearest } from "../site/nearest.ts";
import { refuseCompressed } from "./output.ts";

/** Forms that rows of every kind can have. */
export const ROW_FORMATS = ["table", "csv", "tsv", "json", "ndjson"] as const;
/** Forms that a report can have. */
export const FORMATS = ["table", "csv", "tsv", "json", "ndjson", "html", "parquet"] as const;
export type Format = (typeof FORMATS)[number];
/** The same where there is no page of the rows. */
export const FORMATS_WITHOUT_PAGE: readonly Format[] = FORMATS.filter((format) => format !== "html");

/** Forms that the violations of `check` can have. */
export const CHECK_FORMATS: readonly string[] = [...FORMATS_WITHOUT_PAGE, "junit", "sarif"];

/** Options of every command that writes rows, as commander hands them over. */
export interface RawReportOptions {
  readonly format?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly columns?: string;
  readonly time?: string;
  readonly eol?: string;
  readonly bom?: boolean;
  readonly excel?: boolean;
  readonly color?: string;
}

/** Adds the options; `formats`: those that the command has. */
export function addReportOptions(command: Command, formats: readonly string[] = FORMATS): Command {
  return command
    .option("-f, --format <format>", `${formats.join(", ")}; a table on a terminal, else csv`)
    .option("--csv", "short for --format csv")
    .option("--json", "short for --format json")
    .option("-o, --output <file>", "write to a file; its extension sets the format")
    .option("--columns <names>", "only these columns, in this order (comma-separated)")
    .option("--time <style>", "iso or epoch; iso by default")
    .option("--eol <eol>", "lf or crlf (CSV, TSV); lf by default")
    .option("--bom", "start CSV with a byte order mark")
    .option("--excel", "CSV for Excel: --bom --eol crlf, and dates that Excel reads")
    .option("--color <when>", "auto, always or never; respects NO_COLOR", "auto");
}

/** A choice out of a list, or a UsageError that names the option and what it takes. */
export function choice<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const found = choices.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(`${option} ${value}: wanted one of ${choices.join(", ")}`);
  return found;
}

const EXTENSIONS: Readonly<Record<string, Format>> = {
  ".csv": "csv",
  ".tsv": "tsv",
  ".json": "json",
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
  ".txt": "table",
  ".html": "html",
  ".htm": "html",
  ".parquet": "parquet",
};

/** Endings of what a report is not, and which a program that opens it by its name would stumble over. */
const OTHER_FILES = /\.(?:xlsx?|xlsm|ods|pcap|pcapng|cap|pdf|docx?)$/i;

/**
 * The form of a report, by its options; `offered`: those that the command has, for messages. Throws UsageError for an
 * unknown one, and for bytes to a terminal.
 */
export function formatOf(raw: RawReportOptions, offered: readonly string[] = FORMATS): Format {
  refuseCompressed(raw.output);
  const format = wantedFormat(raw, offered);
  refuseUnfit(raw, format);
  if (format === "parquet" && raw.output === undefined && process.stdout.isTTY)
    throw new UsageError("Parquet is no text for a terminal: write it to a file with -o FILE");
  return format;
}

/** Forms that show what they show: a column that was left out for a reason would be in them. */
const PAGES: ReadonlySet<string> = new Set(["html", "junit", "sarif"]);

/** Throws UsageError where an option asks for what the form does not have: the file would not be what was wanted. */
export function refuseUnfit(raw: RawReportOptions, format: string): void {
  refuseFormsOfCsv(raw, format);
  if (PAGES.has(format) && raw.columns !== undefined)
    throw new UsageError(
      `--columns: ${format} has columns of its own; the other forms have those of --columns`,
    );
  if ((PAGES.has(format) || format === "parquet") && raw.time === "epoch")
    throw new UsageError(`--time epoch: ${format} has times of its own`);
}

/** Forms of CSV and TSV, asked for of another. A table passes over what an alias may set. */
function refuseFormsOfCsv(raw: RawReportOptions, format: string): void {
  if (format === "csv" || format === "tsv") return;
  const isTable = format === "table";
  const asked =
    raw.excel === true
      ? "--excel"
      : raw.bom === true && !isTable
        ? "--bom"
        : raw.eol === "crlf" && !isTable
          ? "--eol crlf"
          : undefined;
  if (asked !== undefined) throw new UsageError(`${asked} is a form of CSV and TSV, not of ${format}`);
}

function wantedFormat(raw: RawReportOptions, offered: readonly string[]): Format {
  const short = raw.csv === true ? "csv" : raw.json === true ? "json" : undefined;
  if ((raw.csv === true && raw.json === true) || (short !== undefined && (raw.format ?? short) !== short)) {
    const other = raw.format === undefined ? "--csv" : `--format ${raw.format}`;
    throw new UsageError(`${other} and --${raw.format === undefined ? "json" : short}: which one?`);
  }
  if (short !== undefined) return short;
  if (raw.format !== undefined) {
    const format = FORMATS.find((each) => each === raw.format);
    if (format === undefined) choice("--format", raw.format, offered);
    else return format;
  }
  if (raw.output !== undefined) {
    if (OTHER_FILES.test(raw.output)) {
      const endings = Object.keys(EXTENSIONS).filter((ending) => offered.includes(EXTENSIONS[ending] ?? ""));
      throw new UsageError(
        `-o ${raw.output}: no form of a report ends in ${extname(raw.output)}; wanted one of ${endings.join(", ")} (for Excel: .csv with --excel)`,
      );
    }
    return EXTENSIONS[extname(raw.output).toLowerCase()] ?? "csv";
  }
  return process.stdout.isTTY && raw.excel !== true ? "table" : "csv";
}

export function reportOptions(raw: RawReportOptions): ReportOptions {
  return reportOptionsOf(raw, FLOW_COLUMNS);
}

/** The same for other rows than flows. */
export function reportOptionsOf<Row>(raw: RawReportOptions, all: readonly Column<Row>[]): ReportOptions<Row> {
  if (raw.excel === true && (raw.time !== undefined || raw.eol === "lf"))
    throw new UsageError(
      `--excel writes CRLF, and times as Excel reads them: leave out ${raw.time === undefined ? "--eol lf" : `--time ${raw.time}`}, or --excel`,
    );
  const time: TimeStyle =
    raw.excel === true ? "excel" : choice("--time", raw.time ?? "iso", ["iso", "epoch"]);
  return {
    columns: raw.columns === undefined ? all : columnsNamed(raw.columns, all),
    time,
    eol: raw.excel === true ? "crlf" : choice("--eol", raw.eol ?? "lf", ["lf", "crlf"]),
    bom: raw.excel === true || raw.bom === true,
    width: raw.output === undefined ? (terminalWidth() ?? 120) : 120,
    color: useColor(
      choice("--color", raw.color ?? "auto", ["auto", "always", "never"]),
      raw.output !== undefined,
    ),
  };
}

function columnsNamed<Row>(list: string, all: readonly Column<Row>[]): Column<Row>[] {
  const names = list.split(",").map((text) => text.trim());
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) throw new UsageError(`--columns names ${twice} twice`);
  return names.map((name) => {
    const found = all.find((column) => column.name === name);
    if (found === undefined) {
      const meant = nearest(
        name,
        all.map((column) => column.name),
      );
      throw new UsageError(
        `--columns ${name}: no such column${meant === undefined ? "" : `; did you mean ${meant}?`}; o365flow schema lists them`,
      );
    }
    return found;
  });
}

/** Colour on a terminal, unless NO_COLOR is set to something (no-color.org) or the terminal is dumb. */
function useColor(when: "auto" | "always" | "never", toFile: boolean): boolean {
  if (when !== "auto") return when === "always";
  if (process.env["NO_COLOR"] !== undefined && process.env["NO_COLOR"] !== "") return false;
  return process.stdout.isTTY && !toFile && process.env["TERM"] !== "dumb";
}

/** Width of the terminal, or what the shell says by COLUMNS; undefined where no line is too long. */
export function terminalWidth(): number | undefined {
  // A terminal that nobody told its size has 0 columns.
  if (process.stdout.columns > 0) return process.stdout.columns;
  const width = Number(process.env["COLUMNS"]);
  return Number.isInteger(width) && width >= 20 ? width : undefined;
}
