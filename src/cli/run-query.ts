import { existsSync } from "node:fs";
import type { DuckDBConnection, DuckDBResult, DuckDBValue } from "@duckdb/node-api";
import { firstLine, openResult, type ResultTable, resultTables } from "../audit/run/result-database.ts";
import type { Scalar } from "../report/cells.ts";
import type { Column } from "../report/columns.ts";
import { csvWriter } from "../report/csv.ts";
import { jsonWriter, ndjsonWriter } from "../report/json.ts";
import { namedColumns, tableOf } from "../report/table.ts";
import type { RowWriter } from "../report/writer.ts";
import { checkParquet } from "../results/parquet-rows.ts";
import { UsageError } from "./exit.ts";
import { Output } from "./output.ts";
import { refuseResultAsOutput } from "./output-over-input.ts";
import { queryError } from "./query-error.ts";
import { choice, formatOf, reportOptionsOf, ROW_FORMATS } from "./report-options.ts";
import { sizeOption } from "./size-option.ts";

/** Options of `query`, as commander hands them over. */
export interface RawQueryOptions {
  readonly format?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly memory?: string;
  readonly color?: string;
}

type Cells = Record<string, Scalar>;
type DuckDBValues = Pick<
  typeof import("@duckdb/node-api"),
  "DuckDBTimestampTZValue" | "DuckDBTimestampValue"
>;

/** Runs one query over a result and writes its rows. Nothing that a statement can do changes a file. */
export async function runQuery(path: string, text: string, raw: RawQueryOptions): Promise<void> {
  const memory = sizeOption("--memory", raw.memory);
  if (!existsSync(path) && existsSync(text))
    throw new UsageError(`query: the result comes first, then the SQL: o365flow query ${text} "${path}"`);
  const tables = resultTables(path);
  refuseResultAsOutput(
    raw.output,
    path,
    tables.map(({ file }) => file),
  );
  const connection = await openResult(
    tables,
    memory === undefined ? undefined : `${Math.ceil(memory / 1e6)}MB`,
  );
  try {
    const sql = dotCommand(text.trim(), tables) ?? text;
    await write(await answer(connection, sql), sql, raw);
  } catch (error) {
    // What the engine says of a damaged file does not tell which it was, or that it is one.
    for (const { file } of tables) await checkParquet(file);
    if (error instanceof UsageError && /^Invalid Error:/.test(error.message))
      throw new UsageError(
        `${tables.map(({ file }) => file).join(", ")}: ${firstLine(error)}; wanted Parquet files as o365flow wrote them`,
      );
    // The engine would guess at tables of its own.
    if (error instanceof UsageError && /^Catalog Error: Table with name /.test(error.message))
      throw new UsageError(
        `${firstLine(error)} There are ${tables.map(({ name }) => name).join(", ")}; see also .schema`,
      );
    throw error;
  } finally {
    connection.closeSync();
  }
}

/** The SQL that stands for a dot command; undefined for what is SQL already. */
function dotCommand(text: string, tables: readonly ResultTable[]): string | undefined {
  if (!text.startsWith(".")) return undefined;
  const [command, table, ...more] = text.replace(/;$/, "").split(/\s+/);
  if (command === ".tables" && table === undefined)
    return 'SELECT view_name AS "table", column_count AS "columns" FROM duckdb_views() WHERE NOT internal ORDER BY ALL';
  if (command !== ".schema" || more.length > 0)
    throw new UsageError(`${text}: wanted SQL, .tables, .schema or .schema TABLE`);
  const known = tables.some(({ name }) => name === table);
  if (table !== undefined && !known)
    throw new UsageError(
      `.schema ${table}: no such table; there are ${tables.map(({ name }) => name).join(", ")}`,
    );
  return (
    'SELECT table_name AS "table", column_name AS "column", data_type AS "type" FROM duckdb_columns() ' +
    `WHERE NOT internal ${table === undefined ? "" : `AND table_name = '${table}' `}ORDER BY table_name, column_index`
  );
}

/**
 * Runs what is written, statement by statement, and answers with the result of the last, which alone may be one that has
 * rows: output is one table. Only statements that read, and
 * those that make something in memory (a view, the types of a PIVOT), are run: COPY could overwrite the result, and so
 * could EXPLAIN ANALYZE or EXECUTE of one.
 */
async function answer(connection: DuckDBConnection, sql: string): Promise<DuckDBResult> {
  const { StatementType } = await import("@duckdb/node-api");
  // A text without a statement makes the engine fail with a message that says nothing.
  if (sql.replaceAll(/\/\*[^]*?\*\/|--[^\n]*|;/g, "").trim() === "")
    throw new UsageError("the query is empty");
  try {
    const statements = await connection.extractStatements(sql);
    let last: DuckDBResult | undefined;
    let answers = false;
    for (let i = 0; i < statements.count; i++) {
      const statement = await statements.prepare(i);
      const type = statement.statementType;
      if (type !== StatementType.SELECT && type !== StatementType.CREATE)
        throw new UsageError(
          `${StatementType[type] ?? "this"} is not allowed: a query reads the result (SELECT, WITH, FROM, DESCRIBE, SUMMARIZE, PIVOT)`,
        );
      if (answers) throw new UsageError("a query has one answer: wanted one SELECT, and nothing behind it");
      if (statement.parameterCount > 0) throw new UsageError("a query has no parameters to fill in");
      answers = type === StatementType.SELECT;
      if (i === statements.count - 1) last = await statement.stream();
      else if (!answers) await statement.run();
    }
    if (last === undefined) throw new UsageError("the query is empty");
    if (!answers) throw new UsageError("the query has no answer: wanted a SELECT behind what it creates");
    return last;
  } catch (error) {
    throw queryError(error, sql);
  }
}

async function write(result: DuckDBResult, sql: string, raw: RawQueryOptions): Promise<void> {
  const format = choice("--format", formatOf(raw, ROW_FORMATS), ROW_FORMATS);
  const names = result.deduplicatedColumnNames();
  const columns: Column<Cells>[] = names.map((name) => ({ name, type: "string", description: "" }));
  const options = reportOptionsOf<Cells>(raw, columns);
  const writer = writerOf(format, options);
  const output = new Output(raw.output);
  const engine = await import("@duckdb/node-api");
  try {
    output.write(writer.begin());
    for (;;) {
      const chunk = await result.fetchChunk().catch((error: unknown) => {
        throw queryError(error, sql);
      });
      if (chunk === null || chunk === undefined || chunk.rowCount === 0 || output.closed) break;
      const rows = chunk.getRows().map((values) => {
        const cells: Cells = {};
        for (const [i, name] of names.entries()) cells[name] = cell(values[i] ?? null, engine);
        return cells;
      });
      output.write(writer.rows(rows));
      await output.drain();
    }
    output.write(writer.end());
    await output.end();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

function writerOf(
  format: (typeof ROW_FORMATS)[number],
  options: ReturnType<typeof reportOptionsOf<Cells>>,
): RowWriter<Cells> {
  switch (format) {
    case "csv":
      return csvWriter(options);
    case "tsv":
      return csvWriter(options, "\t");
    case "json":
      return jsonWriter(options);
    case "ndjson":
      return ndjsonWriter(options);
    case "table":
      return tableOf(options, namedColumns(options), () => undefined);
  }
}

/** A value as a report has it: times as in CSV, integers as numbers where a number holds them. */
function cell(value: DuckDBValue, values: DuckDBValues): Scalar {
  if (value === null) return undefined;
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string" || typeof value === "boolean") return value;
  // The engine would show a moment in the zone of this machine.
  if (value instanceof values.DuckDBTimestampTZValue)
    return timeText(String(new values.DuckDBTimestampValue(value.micros)));
  return timeText(String(value));
}

/** DuckDB's spelling of a moment in that of our other reports; other text stays. */
function timeText(text: string): string {
  const found = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/.exec(text);
  if (found === null) return text;
  const digits = found[3] ?? "";
  return `${found[1]}T${found[2]}.${digits.padEnd(digits.length > 6 ? 9 : 6, "0")}Z`;
}
