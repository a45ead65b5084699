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

/** The rows of a report. */
export interface ReportTable {
  readonly title: string;
  readonly columns: readonly Column<never>[];
  readonly ofOneFlow: boolean;
}

/** Seconds as text: a number of JSON would lose the nanoseconds. */
const EPOCH = { type: ["string", "null"], pattern: "^\\d+\\.\\d{6}(\\d{3})?$" };

/**
 * The columns of a report as JSON Schema (2020-12) of one row in JSON; `null` stands for what is not known. Only rows that
 * are one flow each (`ofOneFlow`) always have what every flow has, such as a transport: groups of flows may not.
 */
export function columnSchema(
  { title, columns, ofOneFlow }: ReportTable,
  time: "iso" | "epoch" = "iso",
): Readonly<Record<string, unknown>> {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title,
    type: "object",
    properties: Object.fromEntries(
      columns.map(({ name, type, description }: { name: string; type: ColumnType; description: string }) => {
        const form = type === "time" && time === "epoch" ? EPOCH : TYPES[type];
        // A list may hold several of the words: as one text it is none of them.
        const known = type === "list" ? undefined : COLUMN_VALUES[name];
        const mayBeEmpty = !ofOneFlow && name !== "schema_version" && known?.includes(null) === false;
        const values = mayBeEmpty ? [...known, null] : known;
        return [name, { ...(values === undefined ? form : { enum: values }), description }];
      }),
    ),
    required: columns.map(({ name }: { name: string }) => name),
    additionalProperties: true,
  };
}
