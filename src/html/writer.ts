import type { FlowRow } from "../classify/row.ts";
import type { RowWriter } from "../report/writer.ts";
import { FlowReport, type FlowReportOptions } from "./flow-report.ts";

/** Flows as one HTML page: it is written when the last row is known. */
export function htmlWriter(options: FlowReportOptions = {}): RowWriter<FlowRow> {
  const report = new FlowReport(options);
  return {
    begin: () => "",
    rows: (rows) => {
      for (const row of rows) report.add(row);
      return "";
    },
    end: () => report.page(),
  };
}
