import { gunzipSync } from "node:zlib";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import type { Instant } from "../classify/row.ts";
import { STANDARD_INPUT } from "./locate.ts";
import { ResultError } from "./result-error.ts";

type Cells = Readonly<Record<string, unknown>>;

/** Times as rows have them. */
const PARSERS = {
  timestampFromMilliseconds: (value: bigint): Instant => instant(value, 1_000n),
  timestampFromMicroseconds: (value: bigint): Instant => instant(value, 1_000_000n),
  timestampFromNanoseconds: (value: bigint): Instant => ({ ...instant(value, 1_000_000_000n), fine: true }),
};

function instant(value: bigint, second: bigint): Instant {
  const rest = ((value % second) + second) % second;
  return {
    seconds: Number((value - rest) / second),
    nanoseconds: Number((rest * 1_000_000_000n) / second),
    fine: false,
  };
}

/** The rows of a Parquet file, a row group at a time. `wanted`: only these columns. Throws ResultError. */
export async function* parquetRows(
  file: string,
  wanted: ReadonlySet<string> | undefined,
): AsyncGenerator<readonly Cells[]> {
  if (file === STANDARD_INPUT)
    throw new ResultError("standard input is Parquet, which is read from its end: give the file by its name");
  try {
    const buffer = await asyncBufferFromFile(file);
    const metadata = await parquetMetadataAsync(buffer);
    const columns = metadata.schema
      .filter(({ num_children: children }, i) => i > 0 && children === undefined)
      .map(({ name }) => name)
      .filter((name) => wanted === undefined || wanted.has(name));
    if (columns.length === 0) return;
    let start = 0;
    for (const { num_rows: count } of metadata.row_groups) {
      const end = start + Number(count);
      const rows = await parquetReadObjects({
        file: buffer,
        metadata,
        columns,
        rowStart: start,
        rowEnd: end,
        parsers: PARSERS as never,
        compressors: { GZIP: (input) => gunzipSync(input) },
      });
      start = end;
      for (const row of rows)
        for (const name of columns) if (typeof row[name] === "bigint") row[name] = Number(row[name]);
      yield rows;
    }
  } catch (error) {
    throw new ResultError(
      `${file}: cannot be read as Parquet (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

/** The names of the columns of a Parquet file. */
export async function parquetColumns(file: string): Promise<string[]> {
  try {
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(file));
    return metadata.schema.slice(1).map(({ name }) => name);
  } catch (error) {
    throw new ResultError(
      `${file}: cannot be read as Parquet (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}
