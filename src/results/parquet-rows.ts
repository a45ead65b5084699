import { parquetReadObjects } from "hyparquet";
import type { Instant } from "../classify/row.ts";
import { STANDARD_INPUT } from "./locate.ts";
import { COMPRESSORS, orRefused, ParquetFile } from "./parquet-file.ts";
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

/**
 * The rows of a Parquet file, a row group at a time. `wanted`: only these columns. Every group is looked at before it is
 * decoded, so that a damaged one is refused and keeps nobody waiting. Throws ResultError.
 */
export async function* parquetRows(
  file: string,
  wanted: ReadonlySet<string> | undefined,
): AsyncGenerator<readonly Cells[]> {
  if (file === STANDARD_INPUT)
    throw new ResultError("standard input is Parquet, which is read from its end: give the file by its name");
  const parquet = await ParquetFile.open(file);
  const { buffer, metadata } = parquet;
  const columns = parquet.columns.filter((name) => wanted === undefined || wanted.has(name));
  if (columns.length === 0) return;
  const names = new Set(columns);
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    yield await orRefused(file, async () => {
      await parquet.check(group, names);
      const rows = await parquetReadObjects({
        file: buffer,
        metadata,
        columns,
        rowStart: start,
        rowEnd: end,
        parsers: PARSERS as never,
        compressors: COMPRESSORS,
      });
      for (const row of rows)
        for (const name of columns) if (typeof row[name] === "bigint") row[name] = Number(row[name]);
      return rows;
    });
    start = end;
  }
}

/** The names of the columns of a Parquet file. Throws ResultError. */
export async function parquetColumns(file: string): Promise<string[]> {
  return (await ParquetFile.open(file)).columns;
}

/** Looks through all of a Parquet file without decoding it. Throws ResultError where it is damaged. */
export async function checkParquet(file: string): Promise<void> {
  const parquet = await ParquetFile.open(file);
  const names = new Set(parquet.columns);
  await orRefused(file, async () => {
    for (const group of parquet.metadata.row_groups) await parquet.check(group, names);
  });
}
