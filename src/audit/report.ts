import { writeFile } from "node:fs/promises";
import { assembleCalls } from "../callflow/assemble.ts";
import type { CallFlow } from "../callflow/call-flow.ts";
import { ClockLine } from "../capture/clock-line.ts";
import { callFlowOf } from "../classify/call-flow.ts";
import type { JudgedFlow } from "../classify/judged-flow.ts";
import { sharedSourceNotes } from "../classify/nat-sources.ts";
import type { FlowRow } from "../classify/row.ts";
import { CallList } from "../html/calls.ts";
import { FlowReport } from "../html/flow-report.ts";
import { CALL_COLUMNS, type CallRow, callRow } from "../report/call-rows.ts";
import { FLOW_COLUMNS } from "../report/columns.ts";
import { Markers } from "../site/markers.ts";
import type { Symmetry, Verdict } from "../words.ts";
import { BATCH_SIZE, type BatchSize, CallCuts } from "./batches.ts";
import { Cards } from "./cards.ts";
import { FILE_COLUMNS, type FileRow, fileRow } from "./file-rows.ts";
import { LegStore } from "./leg-store.ts";
import { adoptLinks, type LinkFile } from "./link-file.ts";
import { Reporter } from "./reporter.ts";
import { ResultFile } from "./result-file.ts";
import { type AuditSettings, readSettings } from "./settings.ts";
import { demandJson, knownAnswer, PendingFiles, writeJson } from "./stage-files.ts";
import type { CaptureSurvey, ReportResult, ReportTask, StageContext } from "./tasks.ts";
import { TOTAL_COLUMNS, type TotalRow, Totals } from "./totals.ts";

/** The result for people, findings first. */
const PAGE = "report.html";

/** Flows of calls kept together until they are put together into calls. */
const MOST_CALL_FLOWS = 400_000;

/**
 * Judges all legs in the order in which they end, puts calls together, and writes the result: `flows`, `calls`, `files`
 * and `totals`, each as Parquet and in the forms asked for, and `report.html`, in the audit's folder in the place of older
 * ones.
 */
export async function runReport(
  directory: string,
  task: ReportTask,
  context: StageContext = {},
  batch: BatchSize = BATCH_SIZE,
): Promise<ReportResult> {
  const known = await knownAnswer<ReportResult>(directory, task);
  if (known !== undefined) return known;
  for (const { id } of task.maps) await demandJson(directory, `map/${id}.json`);
  for (const id of task.reduces) await demandJson(directory, `reduce/${id}.json`);
  const pending = new PendingFiles(directory);
  try {
    const answer = await report(directory, task, context, batch, pending);
    await pending.replace();
    await writeJson(directory, `report/${task.id}.json`, answer);
    return answer;
  } finally {
    await pending.remove();
  }
}

async function report(
  directory: string,
  task: ReportTask,
  context: StageContext,
  batch: BatchSize,
  pending: PendingFiles,
): Promise<ReportResult> {
  const settings = await readSettings(directory, task.settings);
  const surveys: CaptureSurvey[] = [];
  for (const id of task.surveys)
    surveys.push(await demandJson<CaptureSurvey>(directory, `survey/${id}.json`));
  const bySurvey = new Map(surveys.map((survey) => [survey.id, survey]));
  const { formats } = task;
  const tables = {
    flows: await ResultFile.create<FlowRow>(pending, "flows", FLOW_COLUMNS, formats),
    calls: await ResultFile.create<CallRow>(pending, "calls", CALL_COLUMNS, formats),
    files: await ResultFile.create<FileRow>(pending, "files", FILE_COLUMNS, formats),
    totals: await ResultFile.create<TotalRow>(pending, "totals", TOTAL_COLUMNS, formats),
  };
  const sources = [
    ...task.maps.map(({ id, captures }) => ({ name: `map/${id}`, captures })),
    ...task.reduces.map((id) => ({ name: `reduce/${id}`, captures: task.captures.map((_, i) => i) })),
  ];
  const store = await LegStore.open(
    directory,
    sources.map(({ name }) => `${name}.legs.parquet`),
    context,
  );
  try {
    const outcome = new Outcome(settings, tables);
    const reporter = new Reporter({
      directory,
      task,
      settings,
      cards: new Cards(directory, task.captures),
      surveyOf: (capture) => bySurvey.get(task.captures[capture]?.survey ?? ""),
      goingOn: (moment) => store.goingOn(moment),
      take: (judged) => outcome.add(judged),
    });
    const contexts: Uint32Array[] = [];
    for (const { name, captures } of sources) {
      const links = await demandJson<LinkFile>(directory, `${name}.links.json`);
      const { reading } = reporter;
      contexts.push(
        adoptLinks(links, reading.links, reading.coverage.spans, (capture) => captures[capture] ?? -1),
      );
    }
    await reporter.begin(contexts);
    const cuts = new CallCuts(await store.callSpans());
    let done = 0;
    let before = 0;
    for await (const legs of store.inOrder()) {
      for (const leg of legs) {
        if (leg.end > before) {
          const { waiting } = reporter;
          if (waiting >= batch.most || (waiting >= batch.wanted && cuts.isClean(leg.end)))
            await reporter.flush(leg.end);
          before = leg.end;
        }
        reporter.add(leg);
        done += 1;
      }
      context.signal?.throwIfAborted();
      context.progress?.(done);
    }
    await reporter.finish();
    outcome.finish();
    for (const survey of surveys.toSorted(bySurveyOrder)) {
      const capture = task.captures.find((item) => item.survey === survey.id);
      const offsetNs = new ClockLine(capture?.anchors ?? []).at(survey.firstSeconds ?? 0);
      const clock = capture?.clock === undefined ? undefined : { ...capture.clock, offsetNs };
      tables.files.add(
        fileRow(
          survey,
          task.setAside.find(({ path }) => path === survey.path),
          clock,
        ),
      );
    }
    for (const table of Object.values(tables)) table.finish();
    await writeFile(await pending.place(PAGE), outcome.page.page(outcome.callList.section()), { flag: "wx" });
    return {
      id: task.id,
      flows: outcome.flows,
      calls: outcome.calls,
      verdicts: outcome.verdicts,
      symmetries: outcome.symmetries,
      files: [...Object.values(tables).flatMap((table) => table.files), PAGE],
      notes: sharedSourceNotes(reporter.judge.natSources.shared()),
    };
  } finally {
    await store.close();
    for (const table of Object.values(tables)) table.close();
  }
}

function bySurveyOrder(x: CaptureSurvey, y: CaptureSurvey): number {
  return x.name < y.name ? -1 : x.name > y.name ? 1 : x.path < y.path ? -1 : 1;
}

interface Tables {
  readonly flows: ResultFile<FlowRow>;
  readonly calls: ResultFile<CallRow>;
  readonly totals: ResultFile<TotalRow>;
}

/** Counts and writes judged flows. */
class Outcome {
  flows = 0;
  calls = 0;
  readonly page: FlowReport = new FlowReport();
  readonly callList: CallList = new CallList();
  readonly verdicts: Partial<Record<Verdict, number>> = {};
  readonly symmetries: Partial<Record<Symmetry, number>> = {};
  readonly #settings: AuditSettings;
  readonly #tables: Tables;
  readonly #totals = new Totals();
  readonly #markers: Markers;
  #callFlows: CallFlow[] = [];

  constructor(settings: AuditSettings, tables: Tables) {
    this.#settings = settings;
    this.#markers = new Markers(settings.site);
    this.#tables = tables;
  }

  add(judged: JudgedFlow): void {
    const { row } = judged;
    this.flows += 1;
    this.verdicts[row.verdict] = (this.verdicts[row.verdict] ?? 0) + 1;
    this.symmetries[row.symmetry] = (this.symmetries[row.symmetry] ?? 0) + 1;
    this.#totals.add(row, judged.legs[0].near.text);
    this.#tables.flows.add(row);
    this.page.add(row);
    const { traffic_type: type } = row;
    if (type !== "media" && type !== "signaling" && type !== "broadcast") return;
    this.#callFlows.push(callFlowOf(judged, this.#settings.site, this.#markers));
    if (this.#callFlows.length >= MOST_CALL_FLOWS) this.#assemble();
  }

  finish(): void {
    this.#assemble();
    for (const row of this.#totals.rows()) this.#tables.totals.add(row);
  }

  #assemble(): void {
    const flows = this.#callFlows;
    this.#callFlows = [];
    for (const call of assembleCalls(flows, { hasExpressRoute: this.#settings.site.expressRoute })) {
      const row = callRow(call);
      this.#tables.calls.add(row);
      this.callList.add(row);
      this.calls += 1;
    }
  }
}
