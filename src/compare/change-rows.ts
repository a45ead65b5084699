import { rounded } from "../rounded.ts";
import { type Column, type ColumnType, columnOf } from "../report/columns.ts";
import type { Change } from "./change.ts";
import { sharesText } from "./counter.ts";
import type { Side } from "./side.ts";

type Both<Name extends string, Value> = { readonly [K in `${Name}_before` | `${Name}_after`]: Value };

/** One change as it is reported. Undefined: not known, or of no one in particular. */
export type ChangeRow = {
  readonly schema_version: 1;
  readonly level: string;
  readonly change: readonly string[];
  readonly trend: string;
  readonly text: string;
  readonly client: string | undefined;
  readonly server: string | undefined;
  readonly server_port: number | undefined;
  readonly transport: string | undefined;
  readonly application: string | undefined;
  readonly service: string | undefined;
} & Both<"flows" | "bytes" | "findings", number> &
  Both<"path_out" | "path_back" | "symmetry" | "verdict" | "example", string | undefined> &
  Both<"poor_pct" | "loss_pct" | "jitter_ms" | "rtt_ms" | "mos", number | undefined>;

const column = columnOf<ChangeRow>;

type Pair = "flows" | "bytes" | "findings" | "path_out" | "path_back" | "symmetry" | "verdict";
type MeasuredPair = "poor_pct" | "loss_pct" | "jitter_ms" | "rtt_ms" | "mos" | "example";

function both(name: Pair | MeasuredPair, type: ColumnType, description: string): Column<ChangeRow>[] {
  return [
    column(`${name}_before`, type, `${description}, in the first result`),
    column(`${name}_after`, type, `${description}, in the second result`),
  ];
}

/** Columns of `compare`, in their order. */
export const CHANGE_COLUMNS: readonly Column<ChangeRow>[] = [
  column("schema_version", "integer", "Version of these columns: 1."),
  column("level", "string", "all, service, subnet or flow: what is compared"),
  column("change", "list", "path, link, symmetry, quality, appeared or gone, joined by ;"),
  column("trend", "string", "worse, better, both or neutral"),
  column("text", "string", "What changed, in words"),
  column("client", "string", "Your side: address or subnet"),
  column("server", "string", "Name of the server, else the matching prefix, else its address"),
  column("server_port", "integer", "Its port; empty where it was chosen for the flow"),
  column("transport", "string", "tcp or udp"),
  column("application", "string", "What the flows carry"),
  column("service", "string", "Service area, category and traffic type"),
  ...both("flows", "integer", "Flows"),
  ...both("bytes", "integer", "IP bytes of both directions"),
  ...both("findings", "integer", "Flows whose verdict is a finding"),
  ...both("path_out", "string", "Paths out with their names, and shares where there are several"),
  ...both("path_back", "string", "Paths back, likewise"),
  ...both("symmetry", "string", "Symmetry, likewise"),
  ...both("verdict", "string", "Verdicts, likewise"),
  ...both("poor_pct", "number", "Share of poor flows among those that are called good or poor, percent"),
  ...both("loss_pct", "number", "Median loss, percent"),
  ...both("jitter_ms", "number", "Median jitter, ms"),
  ...both("rtt_ms", "number", "Median round trip time, ms"),
  ...both("mos", "number", "Median MOS estimate"),
  ...both("example", "string", "flow_id of one flow"),
];

export function changeRow({ group, kinds, trend, text }: Change): ChangeRow {
  const { key, before, after } = group;
  const [was, is] = [sideCells(before), sideCells(after)];
  // Every name is written out: put together from names and values, a row takes half a millisecond.
  return {
    schema_version: 1,
    level: key.level,
    change: kinds,
    trend,
    text,
    client: key.client,
    server: key.server,
    server_port: key.serverPort,
    transport: key.transport,
    application: key.application,
    service: key.service,
    flows_before: was.flows,
    flows_after: is.flows,
    bytes_before: was.bytes,
    bytes_after: is.bytes,
    findings_before: was.findings,
    findings_after: is.findings,
    path_out_before: was.path_out,
    path_out_after: is.path_out,
    path_back_before: was.path_back,
    path_back_after: is.path_back,
    symmetry_before: was.symmetry,
    symmetry_after: is.symmetry,
    verdict_before: was.verdict,
    verdict_after: is.verdict,
    poor_pct_before: was.poor_pct,
    poor_pct_after: is.poor_pct,
    loss_pct_before: was.loss_pct,
    loss_pct_after: is.loss_pct,
    jitter_ms_before: was.jitter_ms,
    jitter_ms_after: is.jitter_ms,
    rtt_ms_before: was.rtt_ms,
    rtt_ms_after: is.rtt_ms,
    mos_before: was.mos,
    mos_after: is.mos,
    example_before: was.example,
    example_after: is.example,
  };
}

interface SideCells
  extends
    Record<"flows" | "bytes" | "findings", number>,
    Record<"path_out" | "path_back" | "symmetry" | "verdict" | "example", string | undefined>,
    Record<"poor_pct" | "loss_pct" | "jitter_ms" | "rtt_ms" | "mos", number | undefined> {}

function sideCells(side: Side): SideCells {
  const { quality } = side;
  const text = (value: string): string | undefined => (value === "" ? undefined : value);
  const poor =
    quality === undefined || quality.judged === 0 ? undefined : (100 * quality.poor) / quality.judged;
  return {
    flows: side.flows,
    bytes: side.bytes,
    findings: side.findings,
    path_out: text(sharesText(side.out)),
    path_back: text(sharesText(side.back)),
    symmetry: text(sharesText(side.symmetry)),
    verdict: text(sharesText(side.verdicts)),
    poor_pct: rounded(poor, 3),
    loss_pct: rounded(quality?.loss.median(), 3),
    jitter_ms: rounded(quality?.jitter.median(), 3),
    rtt_ms: rounded(quality?.rtt.median(), 3),
    mos: rounded(quality?.mos.median(), 3),
    example: side.example,
  };
}
