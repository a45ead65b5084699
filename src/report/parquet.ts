import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { Instant } from "../classify/row.ts";
import { type Scalar, scalar } from "./cells.ts";
import type { Column, ColumnType } from "./columns.ts";
import type { ReportOptions, RowWriter } from "./writer.ts";

/** Rows held until they are written: what bounds the memory. Readers skip whole groups by their statistics. */
const GROUP_ROWS = 16_384;

type Value = Scalar | bigint;

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
    const columnData = columns.map(({ name }, i): ColumnSource => ({
      name,
      data: held[i] ?? [],
      offsetIndex: false,
    }));
    // Answers a promise only for writers that have a flush() of their own.
    void writer.write({ columnData, rowGroupSize: GROUP_ROWS });
  };
  return {
    begin: take,
    rows: (rows) => {
      for (const row of rows) {
        columns.forEach(({ name, type }, i) => group[i]?.push(valueOf(row[name], type)));
        if ((group[0]?.length ?? 0) >= GROUP_ROWS) writeGroup();
      }
      return take();
    },
    end: () => {
      if ((group[0]?.length ?? 0) > 0) writeGroup();
      void writer.finish();
      return take();
    },
  };
}

function emptyGroup(columns: readonly unknown[]): Value[][] {
  return columns.map(() => []);
}

function valueOf(value: unknown, type: ColumnType): Value {
  if (value === undefined) return undefined;
  if (type === "time") return microseconds(value as Instant);
  if (type === "integer") return BigInt(Math.trunc(value as number));
  return scalar(value, type, "iso");
}

function microseconds({ seconds, nanoseconds }: Instant): bigint {
  return BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanoseconds / 1000));
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
