import { scalar } from "./cells.ts";
import { csvCell, csvRecord, type Delimiter } from "./csv-cells.ts";
import type { ReportOptions, RowWriter } from "./writer.ts";

/** RFC 4180; cells that a spreadsheet would run as a formula begin with an apostrophe. */
export function csvWriter<Row>(options: ReportOptions<Row>, delimiter: Delimiter = ","): RowWriter<Row> {
  const { columns, time } = options;
  const end = options.eol === "crlf" ? "\r\n" : "\n";
  const head = columns.map((column) => column.name);
  // Most cells say what the one above says.
  const above: unknown[] = columns.map(() => undefined);
  const cells = columns.map(() => "");
  return {
    begin: () => (options.bom ? "\ufeff" : "") + csvRecord(head, delimiter) + end,
    rows: (rows) => {
      // Joined, not added up one by one: each sum would be an object that has to be flattened in the end.
      const records: string[] = [];
      for (const row of rows) {
        for (let i = 0; i < columns.length; i++) {
          const column = columns[i];
          if (column === undefined) break;
          const value = row[column.name];
          if (value === above[i]) continue;
          above[i] = value;
          cells[i] = csvCell(scalar(value, column.type, time), delimiter);
        }
        records.push(cells.join(delimiter));
      }
      return records.length === 0 ? "" : records.join(end) + end;
    },
    end: () => "",
  };
}
