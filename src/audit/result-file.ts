import { closeSync, openSync, writeSync } from "node:fs";
import type { Column } from "../report/columns.ts";
import { csvByteWriter } from "../report/csv-bytes.ts";
import { ndjsonWriter } from "../report/json.ts";
import { parquetWriter } from "../report/parquet.ts";
import type { ReportOptions, RowWriter } from "../report/writer.ts";
import type { PendingFiles } from "./stage-files.ts";
import type { AuditFile, ResultFormat } from "./tasks.ts";

/** Rows written at once. */
const BATCH_ROWS = 512;

const FORMS = ["parquet", "csv", "ndjson"] as const satisfies readonly ("parquet" | ResultFormat)[];

/** Files that an earlier result with the same tables may have left in a form that was not asked for again. */
export function otherForms(files: readonly AuditFile[]): AuditFile[] {
  return files
    .filter((file) => file.endsWith(".parquet"))
    .flatMap((file) => FORMS.map((form) => `${file.slice(0, -".parquet".length)}.${form}`))
    .filter((file) => !files.includes(file));
}

interface Sink<Row> {
  readonly file: number;
  readonly writer: RowWriter<Row, string | Uint8Array>;
}

/** One table of the result, written as Parquet and in other forms row by row. */
export class ResultFile<Row> {
  readonly files: readonly AuditFile[];
  readonly #sinks: readonly Sink<Row>[];
  #batch: Row[] = [];

  private constructor(files: readonly AuditFile[], sinks: readonly Sink<Row>[]) {
    this.files = files;
    this.#sinks = sinks;
  }

  /** The files are `NAME.parquet`, `NAME.csv` ... */
  static async create<Row>(
    pending: PendingFiles,
    name: string,
    columns: readonly Column<Row>[],
    formats: readonly ResultFormat[],
  ): Promise<ResultFile<Row>> {
    const options: ReportOptions<Row> = {
      columns,
      time: "iso",
      eol: "lf",
      bom: false,
      width: 80,
      color: false,
    };
    const files: AuditFile[] = [];
    const sinks: Sink<Row>[] = [];
    for (const format of ["parquet", ...formats] as const) {
      const file = `${name}.${format}`;
      files.push(file);
      const writer =
        format === "parquet"
          ? parquetWriter(options)
          : format === "csv"
            ? csvByteWriter(options)
            : ndjsonWriter(options);
      sinks.push({ file: openSync(await pending.place(file), "wx"), writer });
    }
    const result = new ResultFile<Row>(files, sinks);
    result.#write((writer) => writer.begin());
    return result;
  }

  add(row: Row): void {
    this.#batch.push(row);
    if (this.#batch.length >= BATCH_ROWS) this.#flush();
  }

  finish(): void {
    this.#flush();
    this.#write((writer) => writer.end());
  }

  close(): void {
    for (const { file } of this.#sinks) closeSync(file);
  }

  #flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#write((writer) => writer.rows(batch));
  }

  #write(textOf: (writer: RowWriter<Row, string | Uint8Array>) => string | Uint8Array): void {
    for (const { file, writer } of this.#sinks) {
      const text = textOf(writer);
      const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : text;
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    }
  }
}
