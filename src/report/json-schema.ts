import type { Column, ColumnType } from "./columns.ts";

const TYPES: Readonly<Record<ColumnType, Readonly<Record<string, unknown>>>> = {
  integer: { type: ["integer", "null"] },
  number: { type: ["number", "null"] },
  string: { type: ["string", "null"] },
  boolean: { type: ["boolean", "null"] },
  time: { type: ["string", "null"], format: "date-time" },
  list: { type: ["string", "null"] },
  times: { type: ["string", "null"] },
};

/** Values that a column can have, where they are a fixed list. */
export const COLUMN_VALUES: Readonly<Record<string, readonly (string | number | null)[]>> = {
  schema_version: [1],
  capture_status: ["ok", "truncated", "damaged"],
  ip_version: [4, 6],
  transport: ["tcp", "udp"],
  traffic_type: ["media", "signaling", "broadcast", "dependency", "data", "other"],
  path_out: ["local", "internet", "expressroute", "other", "mixed", "unknown", "none"],
  path_back: ["local", "internet", "expressroute", "other", "mixed", "unknown", "none"],
  symmetry: ["symmetric", "asymmetric", "suspect", "one-way", "unknown"],
  expected_path: ["local", "internet", "expressroute", "either", "unknown"],
  quality: ["good", "poor", null],
};

/** Seconds as text: a number of JSON would lose the nanoseconds. */
const EPOCH = { type: ["string", "null"], pattern: "^\\d+\\.\\d{6}(\\d{3})?$" };

/** The columns of a report as JSON Schema (2020-12) of one row in JSON; `null` stands for what is not known. */
export function columnSchema(
  title: string,
  columns: readonly Column<never>[],
  time: "iso" | "epoch" = "iso",
): Readonly<Record<string, unknown>> {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title,
    type: "object",
    properties: Object.fromEntries(
      columns.map(({ name, type, description }: { name: string; type: ColumnType; description: string }) => {
        const values = COLUMN_VALUES[name];
        const form = type === "time" && time === "epoch" ? EPOCH : TYPES[type];
        return [name, { ...(values === undefined ? form : { enum: values }), description }];
      }),
    ),
    required: columns.map(({ name }: { name: string }) => name),
    additionalProperties: true,
  };
}
