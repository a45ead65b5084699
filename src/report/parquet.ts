import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { Instant } from "../classify/row.ts";
import { type Scalar, scalar } from "./cells.ts";
import type { Column, ColumnType } from "./columns.ts";
import type { ReportOptions, RowWriter } from "./writer.ts";

/** Rows held until they are written: what bounds the memory. Readers skip whole groups by their statistics. */
const GROUP_ROWS = 16_384;

/** Of the texts of a column, so many different ones are held once. */
const SHARED_TEXTS = 1024;

/** A column's values until its group is written. Integers and times are numbers: as BigInts they would take twice as much. */
interface Held {
  readonly values: Scalar[];
  readonly texts: Map<string, string>;
}

/**
 * Apache Parquet: integers as INT64, numbers as DOUBLE, booleans, times as TIMESTAMP in microseconds of UTC (a finer
 * clock's last digits are cut off: few readers take nanoseconds), lists as one text as in CSV; null is not known.
 * The file needs no seeking: it may go into a pipe.
 */
export function parquetWriter<Row>(options: Pick<ReportOptions<Row>, "columns">): RowWriter<Row, Uint8Array> {
  const { columns } = options;
  const bytes = new ByteWriter(1 << 16);
  const writer = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), createdBy: "o365flow" });
  let group = emptyGroup(columns);
  const take = (): Uint8Array => {
    const taken = bytes.getBytes().slice();
    bytes.index = 0;
    return taken;
  };
  const writeGroup = (): void => {
    const held = group;
    group = emptyGroup(columns);
    const columnData = columns.map(({ name, type }, i): ColumnSource => ({
      name,
      // Asked for when the column's turn comes.
      get data() {
        return written(held[i]?.values ?? [], type);
      },
      offsetIndex: false,
    }));
    // Answers a promise only for writers that have a flush() of their own.
    void writer.write({ columnData, rowGroupSize: GROUP_ROWS });
  };
  return {
    begin: take,
    rows: (rows) => {
      for (const row of rows) {
        columns.forEach(({ name, type }, i) => {
          const column = group[i];
          if (column !== undefined) hold(column, row[name], type);
        });
        if ((group[0]?.values.length ?? 0) >= GROUP_ROWS) writeGroup();
      }
      return take();
    },
    end: () => {
      if ((group[0]?.values.length ?? 0) > 0) writeGroup();
      void writer.finish();
      return take();
    },
  };
}

function emptyGroup(columns: readonly unknown[]): Held[] {
  return columns.map(() => ({ values: [], texts: new Map<string, string>() }));
}

function hold({ values, texts }: Held, value: unknown, type: ColumnType): void {
  if (value === undefined) values.push(undefined);
  else if (type === "time") values.push(microseconds(value as Instant));
  else if (type === "integer") values.push(Math.trunc(value as number));
  else {
    const cell = scalar(value, type, "iso");
    // Looking a text up makes one piece of those that it was put together of.
    const known = typeof cell === "string" ? texts.get(cell) : undefined;
    if (known === undefined && typeof cell === "string" && texts.size < SHARED_TEXTS) texts.set(cell, cell);
    values.push(known ?? cell);
  }
}

/** Whole numbers of microseconds are exact until the year 2255; the seconds of captures end in 2106. */
function microseconds({ seconds, nanoseconds }: Instant): number {
  return seconds * 1_000_000 + Math.floor(nanoseconds / 1000);
}

function written(values: Scalar[], type: ColumnType): (Scalar | bigint)[] {
  if (type !== "integer" && type !== "time") return values;
  return values.map((value) => (value === undefined ? undefined : BigInt(value as number)));
}

const TEXT: Partial<SchemaElement> = {
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  logical_type: { type: "STRING" },
};

const ELEMENTS: Readonly<Record<ColumnType, Partial<SchemaElement>>> = {
  integer: { type: "INT64" },
  number: { type: "DOUBLE" },
  boolean: { type: "BOOLEAN" },
  string: TEXT,
  list: TEXT,
  times: TEXT,
  time: {
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
  },
};

function schemaOf<Row>(columns: readonly Column<Row>[]): SchemaElement[] {
  const fields = columns.map(({ name, type }): SchemaElement => ({
    ...ELEMENTS[type],
    name,
    repetition_type: "OPTIONAL",
  }));
  return [{ name: "row", num_children: columns.length }, ...fields];
}
