import type { FlowRow } from "../classify/row.ts";
import type { CallRow } from "../report/call-rows.ts";
import type { RowWriter } from "../report/writer.ts";
import { CallList, callsPage } from "./calls.ts";
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

/** Calls as one HTML page. */
export function callsHtmlWriter(): RowWriter<CallRow> {
  const list = new CallList();
  return {
    begin: () => "",
    rows: (rows) => {
      for (const row of rows) list.add(row);
      return "";
    },
    end: () => callsPage(list),
  };
}
