import { openCsv } from "./csv-records.ts";
import { JsonObjects } from "./json-objects.ts";
import { nameOf, openResultInput } from "./input.ts";
import { parquetColumns, parquetRows } from "./parquet-rows.ts";
import type { ResultRecord, ResultRecords } from "./record.ts";
import { ResultError } from "./result-error.ts";

/** A row that is an object already. */
class ObjectRecord implements ResultRecord {
  readonly line: number;
  readonly #cells: Readonly<Record<string, unknown>>;

  constructor(line: number, cells: Readonly<Record<string, unknown>>) {
    this.line = line;
    this.#cells = cells;
  }

  cell(name: string): unknown {
    return Object.hasOwn(this.#cells, name) ? this.#cells[name] : undefined;
  }

  cells(): Readonly<Record<string, unknown>> {
    return this.#cells;
  }
}

/**
 * Opens a result of any command that writes rows (CSV, TSV, a JSON array, NDJSON, Parquet; told by content, gzip
 * undone), of which only a piece is in memory at a time. `wanted`: the columns to read, all when left out. Throws
 * ResultError.
 */
export async function openRecords(
  file: string,
  wanted?: ReadonlySet<string> | undefined,
): Promise<ResultRecords> {
  const input = await openResultInput(file);
  switch (input.form) {
    case "parquet":
      return {
        isFile: true,
        isEmpty: false,
        hasLines: false,
        columns: await parquetColumns(file),
        batches: () => parquetBatches(file, wanted),
      };
    case "json":
      return {
        isFile: input.isFile,
        isEmpty: input.isEmpty,
        hasLines: true,
        columns: undefined,
        batches: () => jsonBatches(file, input.text()),
      };
    default:
      return openCsv(file, input, input.form === "tsv" ? "\t" : ",", wanted);
  }
}

async function* parquetBatches(
  file: string,
  wanted: ReadonlySet<string> | undefined,
): AsyncGenerator<readonly ResultRecord[]> {
  let line = 0;
  for await (const rows of parquetRows(file, wanted))
    yield rows.map((cells) => new ObjectRecord(++line, cells));
}

async function* jsonBatches(
  file: string,
  text: AsyncGenerator<string>,
): AsyncGenerator<readonly ResultRecord[]> {
  const objects = new JsonObjects();
  try {
    for await (const piece of text)
      yield objects
        .push(piece)
        .map((object) => new ObjectRecord(object.line, parsed(object.text, object.line)));
    objects.end();
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError)
      throw new ResultError(`${nameOf(file)}: ${error.message}`);
    throw error;
  }
}

function parsed(text: string, line: number): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>; // it begins with a brace: an object
  } catch (error) {
    throw new SyntaxError(`line ${line}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
