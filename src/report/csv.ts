import { stringify } from "csv-stringify/sync";
import { type Scalar, scalar } from "./cells.ts";
import type { ReportOptions, RowWriter } from "./writer.ts";

/** RFC 4180; cells that a spreadsheet would run as a formula begin with an apostrophe. */
export function csvWriter<Row>(options: ReportOptions<Row>, delimiter: "," | "\t" = ","): RowWriter<Row> {
  const format = {
    delimiter,
    record_delimiter: options.eol === "crlf" ? "\r\n" : "\n",
    escape_formulas: true,
    cast: { boolean: (value: boolean) => String(value), number: (value: number) => decimal(value) },
  };
  const text = (lines: readonly (readonly Scalar[])[]): string => stringify(lines as Scalar[][], format);
  return {
    begin: () => (options.bom ? "\ufeff" : "") + text([options.columns.map((column) => column.name)]),
    rows: (rows) =>
      rows.length === 0
        ? ""
        : text(
            rows.map((row) =>
              options.columns.map((column) => scalar(row[column.name], column.type, options.time)),
            ),
          ),
    end: () => "",
  };
}

/** A number without an exponent, which spreadsheets and awk scripts do not all read. */
export function decimal(value: number): string {
  const text = String(value);
  return text.includes("e") ? value.toFixed(9).replace(/\.?0+$/, "") : text;
}
