import { stat } from "node:fs/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { decompress } from "fzstd";
import {
  asyncBufferFromFile,
  type AsyncBuffer,
  type ColumnMetaData,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  type RowGroup,
  type SchemaElement,
} from "hyparquet";
import { terminalSafe } from "../files/shown-name.ts";
import { lz4Block } from "./lz4-block.ts";
import { checkPages } from "./parquet-pages.ts";
import { ResultError } from "./result-error.ts";

/** Most rows of a group; writers make groups of a hundred thousand or a million. */
const MOST_GROUP_ROWS = 1 << 24;
const MAGIC = "PAR1";

/** Snappy is undone by the decoder itself. */
export const COMPRESSORS: Compressors = {
  GZIP: (input, size) => gunzipSync(input, { maxOutputLength: Math.max(1, size) }),
  BROTLI: (input, size) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, size) }),
  ZSTD: (input, size) => decompress(input, new Uint8Array(size)),
  LZ4_RAW: lz4Block,
};

/**
 * A Parquet file whose footer makes sense: its offsets and counts fit the file and each other. What the pages say of
 * themselves is checked group by group.
 */
export class ParquetFile {
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;

  private constructor(buffer: AsyncBuffer, metadata: FileMetaData) {
    this.buffer = buffer;
    this.metadata = metadata;
  }

  /** Throws a ResultError that names the file, what was found in it and what was wanted. */
  static async open(file: string): Promise<ParquetFile> {
    return await orRefused(file, async () => {
      if (file === "-" || !(await stat(file)).isFile())
        throw new ResultError(
          `${file}: Parquet is read from its end on, which a pipe does not have: name a file, or use CSV`,
        );
      const buffer = await asyncBufferFromFile(file);
      if (buffer.byteLength < 12) throw new RangeError(`it has ${buffer.byteLength} bytes`);
      const head = Buffer.from(await buffer.slice(0, 4)).toString("latin1");
      if (head !== MAGIC) throw new RangeError(`it begins with ${JSON.stringify(head)}, wanted ${MAGIC}`);
      const metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
      checkSchema(metadata.schema);
      const end = buffer.byteLength - metadata.metadata_length - 8;
      let rows = 0;
      for (const [i, group] of metadata.row_groups.entries()) rows += checkGroup(group, i, end);
      if (rows !== Number(metadata.num_rows))
        throw new RangeError(`its groups have ${rows} rows, its footer says ${metadata.num_rows}`);
      return new ParquetFile(buffer, metadata);
    });
  }

  /** The columns of values; those that hold other columns are none. */
  get columns(): string[] {
    return this.metadata.schema.filter(isLeaf).map(({ name }) => name);
  }

  /** Looks at the pages of some columns of a row group. Throws a RangeError. */
  async check(group: RowGroup, names: ReadonlySet<string>): Promise<void> {
    for (const { meta_data: column } of group.columns) {
      const [name = "", ...below] = column?.path_in_schema ?? [];
      if (column === undefined || below.length > 0 || !names.has(name)) continue;
      const element = this.metadata.schema.find((each, i) => i > 0 && each.name === name);
      if (element?.type !== column.type || element.repetition_type === "REPEATED")
        throw new RangeError(`column ${name} is of ${column.type}, wanted single values of ${element?.type}`);
      const [from, to] = rangeOf(column);
      const shape = {
        column,
        rows: Number(group.num_rows),
        optional: element.repetition_type !== "REQUIRED",
      };
      try {
        checkPages(await this.buffer.slice(from, to), shape, COMPRESSORS);
      } catch (error) {
        throw new RangeError(`column ${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

/** What was wrong with the file, for its user. */
export async function orRefused<Value>(file: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ResultError) throw error;
    // The decoder stumbles over a damaged footer in its own ways.
    const said =
      error instanceof Error && error.name !== "TypeError" ? error.message : "its footer is damaged";
    throw new ResultError(
      `${file}: cannot be read as Parquet (${terminalSafe(said)}); wanted a result as o365flow wrote it: make it anew, or read its CSV`,
    );
  }
}

function isLeaf({ num_children: children }: SchemaElement, index: number): boolean {
  return index > 0 && children === undefined;
}

/** Every element is a column of values, or says how many follow below it. */
function checkSchema(schema: readonly SchemaElement[]): void {
  const after = (at: number): number => {
    const element = schema[at];
    if (element === undefined) throw new RangeError(`its schema ends after ${schema.length} elements`);
    let next = at + 1;
    const children = element.num_children ?? 0;
    if (children < 0 || children > schema.length)
      throw new RangeError(`${element.name} has ${children} columns`);
    for (let i = 0; i < children; i++) next = after(next);
    return next;
  };
  const end = after(0);
  if (end !== schema.length) throw new RangeError(`its schema has ${schema.length} elements, wanted ${end}`);
}

/** Answers with the rows of the group. */
function checkGroup(group: RowGroup, index: number, end: number): number {
  const rows = Number(group.num_rows);
  if (!(rows >= 0 && rows <= MOST_GROUP_ROWS))
    throw new RangeError(`row group ${index} has ${group.num_rows} rows, wanted up to ${MOST_GROUP_ROWS}`);
  for (const { meta_data: column } of group.columns) {
    if (column === undefined) throw new RangeError(`row group ${index} has a column without its data`);
    const [from, to] = rangeOf(column);
    if (!(from >= MAGIC.length && from <= to && to <= end))
      throw new RangeError(
        `column ${column.path_in_schema.join(".")} of row group ${index} lies from byte ${from} to ${to}, wanted from 4 to ${end}`,
      );
  }
  return rows;
}

/** Where the decoder reads a column chunk. */
function rangeOf(column: ColumnMetaData): readonly [from: number, to: number] {
  const from = Number(column.dictionary_page_offset || column.data_page_offset);
  return [from, from + Number(column.total_compressed_size)];
}
