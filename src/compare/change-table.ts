import { type Style, type TableColumn, tableOf } from "../report/table.ts";
import type { ReportOptions, RowWriter } from "../report/writer.ts";
import type { ChangeRow } from "./change-rows.ts";

const COLUMNS: readonly TableColumn<ChangeRow>[] = [
  { title: "what", width: 7, share: 0, least: 5, text: (row) => row.level },
  { title: "trend", width: 7, share: 0, least: 5, text: (row) => row.trend },
  { title: "yours", width: 15, share: 1, least: 9, text: (row) => row.client ?? "-" },
  { title: "service or server", width: 17, share: 2, least: 11, text: serverText },
  { title: "flows", width: 11, share: 0, least: 5, text: (row) => `${row.flows_before}/${row.flows_after}` },
  { title: "change", width: 16, share: 6, least: 12, text: (row) => row.text },
];

/** Changes as a table for a terminal. */
export function changeTable(options: ReportOptions<ChangeRow>): RowWriter<ChangeRow> {
  return tableOf(options, COLUMNS, styleOf);
}

function serverText(row: ChangeRow): string {
  if (row.level !== "flow") return row.service ?? "-";
  const port = row.server_port === undefined ? "" : `:${row.server_port}`;
  return `${row.server ?? "-"}${port} ${row.application ?? ""}`.trimEnd();
}

function styleOf(row: ChangeRow): Style {
  switch (row.trend) {
    case "worse":
      return "red";
    case "both":
      return "yellow";
    case "better":
      return "green";
    default:
      return undefined;
  }
}
