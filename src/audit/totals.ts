import type { End } from "../classify/leg-end.ts";
import type { FlowRow } from "../classify/row.ts";
import { compareText } from "../compare-text.ts";
import type { Column } from "../report/columns.ts";
import { subnetAround } from "../results/client-subnet.ts";
import { hourText } from "../results/hour-text.ts";
import type { Verdict } from "../words.ts";

/** Most values of a dimension that are told apart; further ones are counted as OTHERS. */
const MOST_VALUES = 65_536;
const OTHERS = "(others)";

const VERDICTS = [
  "asymmetric",
  "mixed",
  "return-missing",
  "internet-instead",
  "expressroute-instead",
  "ok",
  "unproven",
  "not-office365",
] as const satisfies readonly Verdict[];

type VerdictColumn =
  | "asymmetric"
  | "mixed"
  | "return_missing"
  | "internet_instead"
  | "expressroute_instead"
  | "ok"
  | "unproven"
  | "not_office365";

/** Flows that share a value: of their service area, paths, verdict, subnet, hour or capture. */
export type TotalRow = {
  readonly dimension: Dimension;
  readonly value: string;
  flows: number;
  packets_out: number;
  bytes_out: number;
  packets_back: number;
  bytes_back: number;
} & Record<VerdictColumn, number>;

/** The column of each verdict. */
const COLUMN_OF = Object.fromEntries(
  VERDICTS.map((verdict) => [verdict, verdict.replaceAll("-", "_")]),
) as Readonly<Record<Verdict, VerdictColumn>>;

const DIMENSIONS = ["all", "service", "path", "verdict", "symmetry", "subnet", "hour", "capture"] as const;
type Dimension = (typeof DIMENSIONS)[number];

function integer(name: keyof TotalRow & string, description: string): Column<TotalRow> {
  return { name, type: "integer", description };
}

/** The columns of the totals. */
export const TOTAL_COLUMNS: readonly Column<TotalRow>[] = [
  { name: "dimension", type: "string", description: DIMENSIONS.join(", ") },
  {
    name: "value",
    type: "string",
    description:
      "Service area; path out > path back; verdict; symmetry; our side's /24 or /64; hour of the flow's start, UTC; capture",
  },
  integer("flows", "Flows"),
  integer("packets_out", "Packets that leave our network"),
  integer("bytes_out", "Their IP bytes"),
  integer("packets_back", "Packets that return to our network"),
  integer("bytes_back", "Their IP bytes"),
  ...VERDICTS.map((verdict) => integer(COLUMN_OF[verdict], `Flows with the verdict ${verdict}`)),
];

/** Counts flows by what a network team asks for. Bounded, whatever the traffic. */
export class Totals {
  readonly #rows = new Map<Dimension, Map<string, TotalRow>>(
    DIMENSIONS.map((dimension) => [dimension, new Map<string, TotalRow>()]),
  );

  /** `near`: our user's or server's end of the flow. */
  add(row: FlowRow, near: Pick<End, "words">): void {
    this.#count("all", "", row);
    this.#count("service", row.service_area ?? "", row);
    this.#count("path", `${row.path_out} > ${row.path_back}`, row);
    this.#count("verdict", row.verdict, row);
    this.#count("symmetry", row.symmetry, row);
    this.#count("subnet", subnetAround(row.ip_version, near.words), row);
    this.#count("hour", row.start === undefined ? "" : `${hourText(row.start.seconds)}:00:00Z`, row);
    for (const capture of row.capture.split(";")) this.#count("capture", capture, row);
  }

  /** By dimension as named above, then value. */
  rows(): TotalRow[] {
    return DIMENSIONS.flatMap((dimension) =>
      [...(this.#rows.get(dimension)?.values() ?? [])].sort((x, y) => compareText(x.value, y.value)),
    );
  }

  #count(dimension: Dimension, value: string, flow: FlowRow): void {
    const rows = this.#rows.get(dimension);
    if (rows === undefined) return;
    let row = rows.get(value);
    if (row === undefined) {
      const name = rows.size < MOST_VALUES ? value : OTHERS;
      row = rows.get(name) ?? emptyRow(dimension, name);
      rows.set(name, row);
    }
    row.flows += 1;
    row.packets_out += flow.packets_out;
    row.bytes_out += flow.bytes_out;
    row.packets_back += flow.packets_back;
    row.bytes_back += flow.bytes_back;
    row[COLUMN_OF[flow.verdict]] += 1;
  }
}

function emptyRow(dimension: Dimension, value: string): TotalRow {
  return {
    dimension,
    value,
    flows: 0,
    packets_out: 0,
    bytes_out: 0,
    packets_back: 0,
    bytes_back: 0,
    asymmetric: 0,
    mixed: 0,
    return_missing: 0,
    internet_instead: 0,
    expressroute_instead: 0,
    ok: 0,
    unproven: 0,
    not_office365: 0,
  };
}
