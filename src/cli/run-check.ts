import { extname } from "node:path";
import { counted } from "../count-text.ts";
import { PolicyCheck, ruleVerdict, tooFew } from "../policy/check.ts";
import { junitText } from "../policy/junit.ts";
import { loadPolicy, type Policy } from "../policy/load.ts";
import { sarifText } from "../policy/sarif.ts";
import { checkText } from "../policy/text.ts";
import { VIOLATION_COLUMNS, type ViolationRow, tooFewRow, violationRow } from "../policy/violation-rows.ts";
import { FLOW_COLUMNS } from "../report/columns.ts";
import { type FlowResult, openFlowResult } from "../results/flow-result.ts";
import { sayEmpty } from "./empty-result.ts";
import { Notes } from "./notes.ts";
import { Output } from "./output.ts";
import { refuseResultAsOutput } from "./output-over-input.ts";
import type { RunResult } from "./run-result.ts";
import { version } from "./version.ts";
import {
  CHECK_FORMATS,
  formatOf,
  type RawReportOptions,
  refuseUnfit,
  reportOptionsOf,
  terminalWidth,
} from "./report-options.ts";
import { writerOf } from "./writer-of.ts";

/** Options of `check`, as commander hands them over. */
export interface RawCheckOptions extends RawReportOptions {
  readonly policy: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
}

/** Columns that a rule can ask for: a result without one of them cannot answer it. */
const NEEDED = {
  clients: ["client_ip", "client_zone", "server_ip", "server_zone"],
  servers: ["client_ip", "client_zone", "server_ip", "server_zone"],
  hosts: ["host"],
  ports: ["server_port"],
  transports: ["transport"],
  applications: ["application"],
  "traffic-types": ["traffic_type"],
  modalities: ["modality"],
  "service-areas": ["service_area"],
  categories: ["category"],
  eligible: ["er_eligible"],
  required: ["required"],
  "expected-paths": ["expected_path"],
  "client-zones": ["client_zone"],
  "server-zones": ["server_zone"],
  scenarios: ["scenario"],
  captures: ["capture"],
  from: ["start"],
  to: ["start"],
  path: ["path_out", "path_back"],
  "path-out": ["path_out"],
  "path-back": ["path_back"],
  "path-names": ["path_out", "path_out_name", "path_back", "path_back_name"],
  symmetry: ["symmetry"],
  verdicts: ["verdict"],
  quality: ["quality"],
  "max-loss-pct": ["loss_pct"],
  "max-jitter-ms": ["jitter_ms"],
  "max-rtt-ms": ["rtt_ms"],
  "min-mos": ["mos"],
  proof: [],
} as const;

/** Columns of the result that violations show. */
const SHOWN = FLOW_COLUMNS.map(({ name }) => name).filter((name) =>
  VIOLATION_COLUMNS.some((column) => column.name === name),
);

/** Runs `check`: a result and a policy in, violations out. */
export async function runCheck(result: string, raw: RawCheckOptions): Promise<RunResult> {
  const notes = new Notes(raw.quiet === true, false);
  const own = ownFormat(raw);
  const format = own ?? formatOf(raw, CHECK_FORMATS);
  refuseUnfit(raw, format);
  const options = reportOptionsOf(
    { ...raw, ...(own === undefined ? {} : { format: "csv" }) },
    VIOLATION_COLUMNS,
  );
  const policy = loadPolicy(raw.policy);
  const check = new PolicyCheck(policy);
  const flows = await openFlowResult(result, {
    required: neededColumns(policy),
    optional: SHOWN,
    purpose: "check of this policy",
  });
  refuseResultAsOutput(raw.output, result, [flows.file, raw.policy]);
  const output = new Output(raw.output);
  try {
    if (format === "junit" || format === "sarif" || (format === "table" && raw.columns === undefined)) {
      await takeIn(flows, check, () => undefined);
      const rows = { file: flows.file, hasLines: flows.hasLines };
      if (format === "junit") output.write(junitText(check, result));
      else if (format === "sarif") output.write(sarifText(check, rows, version()));
      else output.write(checkText(check, options.color, proseWidth(raw)));
    } else {
      const { namedColumns, tableOf } = await import("../report/table.ts");
      const writer = await writerOf(format, options, {
        table: () => tableOf(options, namedColumns(options), () => undefined),
      });
      output.write(writer.begin());
      await takeIn(flows, check, (rows) => {
        output.write(writer.rows(rows));
        return output.drain();
      });
      output.write(writer.rows(check.outcomes.filter(tooFew).map(tooFewRow)));
      output.write(writer.end());
    }
    await output.end();
  } catch (error) {
    await output.abandon();
    throw error;
  }
  const partial = sayEmpty([flows], notes);
  summarise(check, notes);
  return { interrupted: false, nothingRead: false, conditionMet: check.failed, partial };
}

/** Sentences are cut for a terminal alone: a file or pipe has them whole. */
function proseWidth({ output }: RawCheckOptions): number {
  return output === undefined ? (terminalWidth() ?? Infinity) : Infinity;
}

/** The formats that only this command has; undefined for all others. */
function ownFormat(raw: RawCheckOptions): "junit" | "sarif" | undefined {
  if (raw.csv === true || raw.json === true) return undefined;
  if (raw.format === "junit" || raw.format === "sarif") return raw.format;
  if (raw.format !== undefined || raw.output === undefined) return undefined;
  const extension = extname(raw.output).toLowerCase();
  return extension === ".xml" ? "junit" : extension === ".sarif" ? "sarif" : undefined;
}

async function takeIn(
  flows: FlowResult,
  check: PolicyCheck,
  write: (rows: readonly ViolationRow[]) => Promise<void> | undefined,
): Promise<void> {
  for await (const batch of flows.batches()) {
    const rows = batch.flatMap(({ flow, line }) => check.add(flow, line).map(violationRow));
    if (rows.length > 0) await write(rows);
  }
}

type FlowColumn = (typeof NEEDED)[keyof typeof NEEDED][number];

function neededColumns(policy: Policy): FlowColumn[] {
  const keys = policy.rules.flatMap((rule) =>
    [rule.match, ...(rule.except ?? []), rule.require].flatMap((part) => Object.keys(part)),
  );
  return [...new Set(keys.flatMap((key) => [...NEEDED[key as keyof typeof NEEDED]]))];
}

function summarise(check: PolicyCheck, notes: Notes): void {
  const count = (verdict: string, severity?: string): number =>
    check.outcomes.filter(
      (outcome) =>
        ruleVerdict(outcome) === verdict && (severity === undefined || outcome.rule.severity === severity),
    ).length;
  for (const outcome of check.outcomes)
    if (ruleVerdict(outcome) === "none") notes.note(`${outcome.rule.id}: no flow that it is about`);
  const rules = check.outcomes.length;
  notes.note(
    `${counted(check.flows, "flow")}, ${counted(rules, "rule")}: ` +
      `${count("passed")} held, ${count("failed", "error")} failed, ${count("failed", "warning")} warned, ${count("none")} without flows`,
  );
}
