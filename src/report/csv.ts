import { scalar } from "./cells.ts";
import { csvRecord, type Delimiter } from "./csv-cells.ts";
import type { CsvOptions, RowWriter } from "./writer.ts";

/** RFC 4180; what a spreadsheet would run as a formula begins with an apostrophe. */
export function csvWriter<Row>(options: CsvOptions<Row>, delimiter: Delimiter = ","): RowWriter<Row> {
  const { columns, time } = options;
  const end = options.eol === "crlf" ? "\r\n" : "\n";
  const names = columns.map((column) => column.name);
  const recordOf = (row: Row): string =>
    csvRecord(
      columns.map((column) => scalar(row[column.name], column.type, time)),
      delimiter,
    ) + end;
  return {
    begin: () => (options.bom ? "\ufeff" : "") + csvRecord(names, delimiter) + end,
    rows: (rows) => rows.map(recordOf).join(""),
    end: () => "",
  };
}
