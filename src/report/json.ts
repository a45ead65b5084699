import { scalar } from "./cells.ts";
import type { JsonOptions, RowWriter } from "./writer.ts";

function line<Row>(row: Row, options: JsonOptions<Row>): string {
  const object: Record<string, string | number | boolean | null> = {};
  for (const column of options.columns)
    object[column.name] = scalar(row[column.name], column.type, options.time) ?? null;
  return JSON.stringify(object);
}

/** One array of objects; keys as the columns, `null` for what is not known. */
export function jsonWriter<Row>(options: JsonOptions<Row>): RowWriter<Row> {
  let count = 0;
  return {
    begin: () => "[",
    rows: (rows) => rows.map((row) => `${count++ === 0 ? "\n" : ",\n"}${line(row, options)}`).join(""),
    end: () => "\n]\n",
  };
}

/** One object a line. */
export function ndjsonWriter<Row>(options: JsonOptions<Row>): RowWriter<Row> {
  return {
    begin: () => "",
    rows: (rows) => rows.map((row) => `${line(row, options)}\n`).join(""),
    end: () => "",
  };
}
