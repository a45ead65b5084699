import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { runMap } from "../../src/audit/map.ts";
import { planAudit } from "../../src/audit/plan.ts";
import { runReduce } from "../../src/audit/reduce.ts";
import { runReport } from "../../src/audit/report.ts";
import { type AuditSettings, writeSettings } from "../../src/audit/settings.ts";
import { runSurvey, surveyTask } from "../../src/audit/survey.ts";
import type { AuditPlan, CaptureSurvey, PlanOptions, ReportResult } from "../../src/audit/tasks.ts";
import { BATCH_SIZE, type BatchSize } from "../../src/audit/batches.ts";
import { expandInputs } from "../../src/capture/inputs.ts";
import type { FlowRow } from "../../src/classify/row.ts";
import { classify } from "../../src/classify/run.ts";
import { loadEndpoints } from "../../src/endpoints/history.ts";
import { FLOW_COLUMNS } from "../../src/report/columns.ts";
import { csvWriter } from "../../src/report/csv.ts";
import { defaultSite } from "../../src/site/site.ts";

/** Nothing asked for but a site. */
export function settingsFor(site: AuditSettings["site"] = defaultSite()): AuditSettings {
  return {
    site,
    history: loadEndpoints("worldwide", { userData: null }),
    asOf: undefined,
    timeouts: undefined,
    convergeSeconds: undefined,
    maxFlows: undefined,
  };
}

export interface AuditOptions extends Omit<PlanOptions, "settings"> {
  /** Puts tasks of one stage into another order. */
  readonly order?: <Task>(tasks: readonly Task[]) => readonly Task[];
  readonly batch?: BatchSize;
  /** What the report may take. */
  readonly memoryBytes?: number;
}

export interface Audited {
  readonly directory: string;
  readonly plan: AuditPlan;
  readonly result: ReportResult;
  /** flows.csv */
  readonly csv: string;
}

/** Runs all stages of an audit one after another, in a folder of its own unless one is given. */
export async function audit(
  paths: readonly string[],
  settings: AuditSettings,
  options: AuditOptions = {},
  directory: string = mkdtempSync(join(tmpdir(), "o365flow-audit-")),
): Promise<Audited> {
  const { order = (tasks) => tasks, batch = BATCH_SIZE, memoryBytes, ...rest } = options;
  const surveys: CaptureSurvey[] = [];
  for (const path of order(paths)) surveys.push(await runSurvey(directory, await surveyTask(path)));
  const plan = await planAudit(directory, surveys, {
    ...rest,
    settings: await writeSettings(directory, settings),
  });
  for (const task of order(plan.maps)) await runMap(directory, task);
  for (const task of order(plan.reduces)) await runReduce(directory, task);
  const result = await runReport(directory, plan.report, { memoryBytes }, batch);
  return { directory, plan, result, csv: readFileSync(join(directory, "flows.csv"), "utf8") };
}

/** The CSV that `classify` writes of the same files. */
export async function classified(paths: readonly string[], settings: AuditSettings): Promise<string> {
  const { inputs } = await expandInputs(paths);
  const writer = csvWriter<FlowRow>({ columns: FLOW_COLUMNS, time: "iso", eol: "lf", bom: false });
  let text = writer.begin();
  await classify({ ...settings, inputs, onFlow: ({ row }) => (text += writer.rows([row])) });
  return text + writer.end();
}

/** The rows of a CSV (RFC 4180, no line breaks in cells), by column. */
export function rowsOf(csv: string): Record<string, string>[] {
  const cells = (line: string): string[] =>
    [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
      ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? "",
    );
  const [head = "", ...lines] = csv.split("\n").filter((line) => line !== "");
  const columns = cells(head);
  return lines.map((line) => {
    const row = cells(line);
    return Object.fromEntries(columns.map((column, i) => [column, row[i] ?? ""]));
  });
}
