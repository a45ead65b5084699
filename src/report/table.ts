import { endText } from "../address/address.ts";
import { styleText } from "node:util";
import type { FlowRow } from "../classify/row.ts";
import { scalar } from "./cells.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { rowLines } from "./row-lines.ts";
import { fittingEnd, fittingStart, padShown } from "./shown-width.ts";
import type { ReportOptions, RowWriter } from "./writer.ts";

/** One column of a table for a terminal. */
export interface TableColumn<Row> {
  readonly title: string;
  /** Width that it wants; what is left of the terminal goes to the columns with a share. */
  readonly width: number;
  readonly share: number;
  /** Width that it can do with where the terminal is too narrow for what all want; `width` by default. */
  readonly least?: number;
  /** Of a text that is too long, the end stays: of a date with its time, the time. */
  readonly keepsEnd?: true;
  text(row: Row): string;
}

const DEFAULT_COLUMNS: readonly TableColumn<FlowRow>[] = [
  { title: "client", width: 15, share: 2, least: 10, text: (row) => endText(row.client_ip, row.client_port) },
  {
    title: "server",
    width: 17,
    share: 3,
    least: 10,
    text: (row) => endText(row.host ?? row.server_ip, row.server_port),
  },
  { title: "carries", width: 8, share: 1, least: 5, text: (row) => row.application },
  { title: "area", width: 6, share: 1, least: 5, text: (row) => row.service_area ?? "-" },
  {
    title: "ER",
    width: 3,
    share: 0,
    text: (row) => (row.er_eligible === undefined ? "-" : row.er_eligible ? "yes" : "no"),
  },
  { title: "out", width: 7, share: 1, least: 4, text: (row) => row.path_out },
  { title: "back", width: 7, share: 1, least: 4, text: (row) => row.path_back },
  { title: "verdict", width: 10, share: 2, least: 8, text: (row) => row.verdict },
];

/** At most this much of a column's share is worth having. */
const WIDEST = 46;

/**
 * A table for a terminal: one line a flow, the columns that answer the question, or those that the user names.
 * Longer cells end in an ellipsis, so that 60 columns hold every line; with less, each flow is a paragraph.
 */
export function tableWriter(options: ReportOptions, named: boolean): RowWriter {
  return tableOf(options, named ? namedColumns(options) : DEFAULT_COLUMNS, styleOf);
}

/** A table of any rows. */
export function tableOf<Row>(
  options: ReportOptions<Row>,
  columns: readonly TableColumn<Row>[],
  styleOf: (row: Row) => Style,
): RowWriter<Row> {
  const widths = fit(columns, options.width);
  if (widths.reduce((sum, each) => sum + each + 1, -1) > options.width)
    return paragraphsOf(options, columns, styleOf);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cut(cell, widths[i] ?? 8, columns[i]?.keepsEnd))
      .join(" ")
      .trimEnd();
  return {
    begin: () => `${paint(line(columns.map((column) => column.title)), "bold", options.color)}\n`,
    rows: (rows) =>
      rows
        .map(
          (row) => `${paint(line(columns.map((column) => column.text(row))), styleOf(row), options.color)}\n`,
        )
        .join(""),
    end: () => "",
  };
}

/** The same where the terminal is too narrow for the columns: each row is a paragraph, with a line for each cell. */
function paragraphsOf<Row>(
  options: ReportOptions<Row>,
  columns: readonly TableColumn<Row>[],
  styleOf: (row: Row) => Style,
): RowWriter<Row> {
  const titles = columns.map(({ title }) => title);
  let between = "";
  return {
    begin: () => "",
    rows: (rows) => {
      let text = "";
      for (const row of rows) {
        const cells = columns.map((column) => [terminalSafe(column.text(row))]);
        const lines = rowLines(titles, cells, options.width);
        text += `${between}${lines.map((line) => paint(line, styleOf(row), options.color)).join("\n")}\n`;
        between = "\n";
      }
      return text;
    },
    end: () => "",
  };
}

/** Columns that the user names. */
export function namedColumns<Row>(options: ReportOptions<Row>): TableColumn<Row>[] {
  return options.columns.map((column) => ({
    title: column.name,
    width: Math.min(column.name.length, 12),
    share: 1,
    least: Math.min(column.name.length, 5),
    text: (row) => String(scalar(row[column.name], column.type, options.time) ?? "-"),
  }));
}

function fit<Row>(columns: readonly TableColumn<Row>[], width: number): number[] {
  const wanted = columns.reduce((sum, column) => sum + column.width + 1, -1);
  if (wanted > width) return narrowed(columns, wanted - width);
  const shares = columns.reduce((sum, column) => sum + column.share, 0);
  const spare = width - wanted;
  return columns.map((column) =>
    Math.min(WIDEST, column.width + Math.floor((spare * column.share) / Math.max(1, shares))),
  );
}

/** Widths that are less by so much together, of each column by what it can spare; none below its least. */
function narrowed<Row>(columns: readonly TableColumn<Row>[], missing: number): number[] {
  let left = missing;
  let spare = columns.reduce((sum, { width, least = width }) => sum + width - least, 0);
  return columns.map(({ width, least = width }) => {
    const less = Math.min(width - least, Math.ceil((left * (width - least)) / Math.max(1, spare)));
    left -= less;
    spare -= width - least;
    return width - less;
  });
}

/** One cell of a given width in the terminal's columns, padded, or cut where the ellipsis stands. */
function cut(text: string, width: number, keepsEnd?: true): string {
  const safe = terminalSafe(text);
  if (fittingEnd(safe, width) === safe.length) return padShown(safe, width);
  return padShown(
    keepsEnd === true
      ? `\u2026${safe.slice(fittingStart(safe, width - 1))}`
      : `${safe.slice(0, fittingEnd(safe, width - 1))}\u2026`,
    width,
  );
}

export type Style = "bold" | "red" | "yellow" | "green" | "dim" | undefined;

function styleOf(row: FlowRow): Style {
  switch (row.verdict) {
    case "asymmetric":
    case "return-missing":
      return "red";
    case "internet-instead":
    case "expressroute-instead":
    case "mixed":
      return "yellow";
    case "ok":
      return "green";
    case "not-office365":
      return "dim";
    default:
      return undefined;
  }
}

function paint(text: string, style: Style, color: boolean): string {
  return color && style !== undefined ? styleText(style, text, { validateStream: false }) : text;
}
