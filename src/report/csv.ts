import { scalar } from "./cells.ts";
import { csvRecord } from "./csv-cells.ts";
import type { ReportOptions, RowWriter } from "./writer.ts";

/** RFC 4180; cells that a spreadsheet would run as a formula begin with an apostrophe. */
export function csvWriter<Row>(options: ReportOptions<Row>, delimiter: "," | "\t" = ","): RowWriter<Row> {
  const { columns, time } = options;
  const end = options.eol === "crlf" ? "\r\n" : "\n";
  const head = columns.map((column) => column.name);
  return {
    begin: () => (options.bom ? "\ufeff" : "") + csvRecord(head, delimiter) + end,
    rows: (rows) => {
      let text = "";
      for (const row of rows) {
        const cells = columns.map((column) => scalar(row[column.name], column.type, time));
        text += csvRecord(cells, delimiter) + end;
      }
      return text;
    },
    end: () => "",
  };
}
