import type { ReportOptions, RowWriter } from "../report/writer.ts";
import type { Format } from "./report-options.ts";

/** A writer of text or of bytes. */
export type AnyWriter<Row> = RowWriter<Row, string | Uint8Array>;

/** The writer of a format; what is not needed is not loaded. `table` depends on the rows. */
export async function writerOf<Row>(
  format: Format,
  options: ReportOptions<Row>,
  table: () => RowWriter<Row> | Promise<RowWriter<Row>>,
): Promise<AnyWriter<Row>> {
  switch (format) {
    case "csv":
    case "tsv": {
      const { csvWriter } = await import("../report/csv.ts");
      return csvWriter(options, format === "csv" ? "," : "\t");
    }
    case "json":
    case "ndjson": {
      const { jsonWriter, ndjsonWriter } = await import("../report/json.ts");
      return format === "json" ? jsonWriter(options) : ndjsonWriter(options);
    }
    case "parquet": {
      const { parquetWriter } = await import("../report/parquet.ts");
      return parquetWriter(options);
    }
    case "table":
      return table();
  }
}
