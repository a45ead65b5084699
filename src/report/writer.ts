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

/** Turns rows into text, piece by piece. */
export interface RowWriter<Row = FlowRow> {
  /** What stands before the first row. */
  begin(): string;
  rows(rows: readonly Row[]): string;
  /** What stands behind the last row. */
  end(): string;
}
