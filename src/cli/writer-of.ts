import type { ReportOptions, RowWriter } from "../report/writer.ts";
import { UsageError } from "./exit.ts";
import type { Format } from "./report-options.ts";

/** A writer of text or of bytes. */
export type AnyWriter<Row> = RowWriter<Row, string | Uint8Array>;

/** Forms that depend on what the rows are. */
export interface OwnForms<Row> {
  table(): RowWriter<Row> | Promise<RowWriter<Row>>;
  /** Undefined: there is no page of these rows. */
  readonly html?: (() => Promise<RowWriter<Row>>) | undefined;
}

/** The writer of a format; what is not needed is not loaded. Throws UsageError for a page where there is none. */
export async function writerOf<Row>(
  format: Format,
  options: ReportOptions<Row>,
  own: OwnForms<Row>,
): Promise<AnyWriter<Row>> {
  switch (format) {
    case "csv":
    case "tsv": {
      const { csvByteWriter } = await import("../report/csv-bytes.ts");
      return csvByteWriter(options, format === "csv" ? "," : "\t");
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
    case "html":
      if (own.html === undefined)
        throw new UsageError("there is no HTML form of these rows; flows and calls have one");
      return own.html();
    case "table":
      return own.table();
  }
}
