import type { FlowRow } from "../classify/row.ts";
import type { TimeStyle } from "./cells.ts";
import type { Column } from "./columns.ts";

/** What a report looks like. */
export interface ReportOptions<Row = FlowRow> {
  readonly columns: readonly Column<Row>[];
  readonly time: TimeStyle;
  /** End of a line of CSV and TSV. */
  readonly eol: "lf" | "crlf";
  /** Whether CSV and TSV begin with a byte order mark. */
  readonly bom: boolean;
  /** Columns of a terminal, for tables. */
  readonly width: number;
  readonly color: boolean;
}

/** What CSV and TSV take of it. */
export type CsvOptions<Row = FlowRow> = Pick<ReportOptions<Row>, "columns" | "time" | "eol" | "bom">;

/** What JSON and NDJSON take of it. */
export type JsonOptions<Row = FlowRow> = Pick<ReportOptions<Row>, "columns" | "time">;

/** Turns rows into text, or into bytes where the form is binary, piece by piece. */
export interface RowWriter<Row = FlowRow, Piece = string> {
  /** What stands before the first row. */
  begin(): Piece;
  rows(rows: readonly Row[]): Piece;
  /** What stands behind the last row. */
  end(): Piece;
}
