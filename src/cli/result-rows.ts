import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { ResultRow } from "../endpoints/affected.ts";
import { CsvReader } from "../endpoints/csv-reader.ts";
import { EndpointDataError } from "../endpoints/endpoint-set.ts";

/**
 * The rows of a result of `classify`: CSV or TSV with a header, a JSON array, or NDJSON, told apart by the file's
 * extension, else as CSV. CSV and NDJSON are read piece by piece. Throws EndpointDataError where the file cannot be
 * read or is no such result.
 */
export async function* resultRows(file: string): AsyncGenerator<ResultRow> {
  const extension = extname(file).toLowerCase();
  try {
    if (extension === ".json") yield* jsonRows(file);
    else if (extension === ".ndjson" || extension === ".jsonl") yield* lineRows(file);
    else yield* csvRows(file, extension === ".tsv" ? "\t" : ",");
  } catch (error) {
    if (error instanceof EndpointDataError) throw error;
    throw new EndpointDataError(
      `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function* jsonRows(file: string): AsyncGenerator<ResultRow> {
  const rows: unknown = JSON.parse(await readFile(file, "utf8"));
  if (!Array.isArray(rows)) throw new EndpointDataError(`${file} is no array of rows`);
  for (const row of rows) if (isRow(row)) yield row;
}

async function* lineRows(file: string): AsyncGenerator<ResultRow> {
  let text = "";
  for await (const piece of createReadStream(file, "utf8")) {
    const lines = `${text}${String(piece)}`.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) yield* lineRow(line);
  }
  yield* lineRow(text);
}

function* lineRow(line: string): Generator<ResultRow> {
  const row: unknown = line.trim() === "" ? undefined : JSON.parse(line);
  if (isRow(row)) yield row;
}

async function* csvRows(file: string, delimiter: string): AsyncGenerator<ResultRow> {
  const reader = new CsvReader(delimiter);
  let header: readonly string[] | undefined;
  const rowsOf = function* (records: readonly (readonly string[])[]): Generator<ResultRow> {
    for (const record of records) {
      if (header === undefined) {
        header = record;
        if (!header.includes("server_ip")) throw new EndpointDataError(`${file} has no column server_ip`);
      } else {
        yield Object.fromEntries(header.map((column, i) => [column, record[i] ?? ""]));
      }
    }
  };
  for await (const piece of createReadStream(file, "utf8")) yield* rowsOf(reader.push(String(piece)));
  yield* rowsOf(reader.end());
}

function isRow(value: unknown): value is ResultRow {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
