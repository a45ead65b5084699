import type { Instant } from "../classify/row.ts";
import { type Column, columnOf } from "../report/columns.ts";
import { type RuleOutcome, type Violation, outcomeText } from "./check.ts";

/** One violation as it is reported. Undefined: not known. */
export interface ViolationRow {
  readonly schema_version: 1;
  readonly rule: string;
  readonly severity: string;
  readonly problem: string;
  readonly line: number | undefined;
  readonly flow_id: string | undefined;
  readonly capture: string | undefined;
  readonly start: Instant | undefined;
  readonly transport: string | undefined;
  readonly client_ip: string | undefined;
  readonly client_port: number | undefined;
  readonly server_ip: string | undefined;
  readonly server_port: number | undefined;
  readonly host: string | undefined;
  readonly service_area: string | undefined;
  readonly category: string | undefined;
  readonly path_out: string | undefined;
  readonly path_out_name: string | undefined;
  readonly path_back: string | undefined;
  readonly path_back_name: string | undefined;
  readonly symmetry: string | undefined;
  readonly verdict: string | undefined;
  readonly reason: string | undefined;
}

const column = columnOf<ViolationRow>;

/** Columns of `check`, in their order. */
export const VIOLATION_COLUMNS: readonly Column<ViolationRow>[] = [
  column("schema_version", "integer", "Version of these columns: 1."),
  column("rule", "string", "The rule's id"),
  column("severity", "string", "error or warning"),
  column("problem", "string", "What was found and what the rule wants"),
  column(
    "line",
    "integer",
    "Line of the result, from 1 (Parquet: number of the row); empty: not of one flow",
  ),
  column("flow_id", "string", "As in the result"),
  column("capture", "string", "As in the result"),
  column("start", "time", "As in the result"),
  column("transport", "string", "As in the result"),
  column("client_ip", "string", "As in the result"),
  column("client_port", "integer", "As in the result"),
  column("server_ip", "string", "As in the result"),
  column("server_port", "integer", "As in the result"),
  column("host", "string", "As in the result"),
  column("service_area", "string", "As in the result"),
  column("category", "string", "As in the result"),
  column("path_out", "string", "As in the result"),
  column("path_out_name", "string", "As in the result"),
  column("path_back", "string", "As in the result"),
  column("path_back_name", "string", "As in the result"),
  column("symmetry", "string", "As in the result"),
  column("verdict", "string", "As in the result"),
  column("reason", "string", "As in the result"),
];

export function violationRow({ rule, flow, line, problems }: Violation): ViolationRow {
  return {
    schema_version: 1,
    rule: rule.id,
    severity: rule.severity,
    problem: problems.join("; "),
    line,
    flow_id: flow.flow_id,
    capture: flow.capture,
    start: flow.start,
    transport: flow.transport,
    client_ip: flow.client_ip,
    client_port: flow.client_port,
    server_ip: flow.server_ip,
    server_port: flow.server_port,
    host: flow.host,
    service_area: flow.service_area,
    category: flow.category,
    path_out: flow.path_out,
    path_out_name: flow.path_out_name,
    path_back: flow.path_back,
    path_back_name: flow.path_back_name,
    symmetry: flow.symmetry,
    verdict: flow.verdict,
    reason: flow.reason,
  };
}

/** The row of a rule that saw too few flows. */
export function tooFewRow(outcome: RuleOutcome): ViolationRow {
  const none = Object.fromEntries(VIOLATION_COLUMNS.map(({ name }) => [name, undefined]));
  const { id, severity } = outcome.rule;
  return { ...none, schema_version: 1, rule: id, severity, problem: outcomeText(outcome) } as ViolationRow;
}
