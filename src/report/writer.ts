import type { FlowRow } from "../classify/row.ts";
import type { TimeStyle } from "./cells.ts";
import type { Column } from "./columns.ts";

/** What a report looks like. */
export interface ReportOptions<Row = FlowRow> {
  readonly columns: readonly Column<Row>[];
  readonly time: TimeStyle;
  readonly eol: "lf" | "crlf";
  readonly bom: boolean;
  /** Columns of a terminal, for tables. */
  readonly width: number;
  readonly color: boolean;
}

/** Turns rows into text, or into bytes where the form is binary, piece by piece. */
export interface RowWriter<Row = FlowRow, Piece = string> {
  /** What stands before the first row. */
  begin(): Piece;
  rows(rows: readonly Row[]): Piece;
  /** What stands behind the last row. */
  end(): Piece;
}
