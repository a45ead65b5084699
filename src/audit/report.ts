import { rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { ClockLine } from "../capture/clock-line.ts";
import { sharedSourceNotes } from "../classify/nat-sources.ts";
import { compareText } from "../compare-text.ts";
import { makeFolder } from "../files/folder.ts";
import { BATCH_SIZE, type BatchSize } from "./batches.ts";
import { CALL_WINDOW, type CallWindowSize } from "./call-windows.ts";
import { Cards } from "./cards.ts";
import { type FileRow, fileRow, unsurveyedRow } from "./file-rows.ts";
import { placeOf } from "./layout.ts";
import { adoptAll, judgeAll, legSources, LOOK_FLOWS } from "./judge-legs.ts";
import { legsInOrder } from "./legs-in-order.ts";
import { Outcome } from "./outcome.ts";
import { temporaryName } from "./publish.ts";
import { Reporter } from "./reporter.ts";
import { otherForms } from "./result-file.ts";
import { closeTables, createTables, finishTables } from "./result-tables.ts";
import { type AuditSettings, readSettings } from "./settings.ts";
import { demandJson, knownAnswer, PendingFiles, writeJson } from "./stage-files.ts";
import type { CaptureSurvey, ReportResult, ReportTask, StageContext } from "./tasks.ts";

/** The result for people, findings first. */
const PAGE = "report.html";

/** How much of an audit is judged, and put together into calls, at a time. */
export interface ReportSize extends BatchSize {
  readonly calls?: CallWindowSize | undefined;
}

/**
 * Judges all legs in the order in which they end, puts calls together, and writes the result: `flows`, `calls`, `files`
 * and `totals`, each as Parquet and in the forms asked for, and `report.html`, in the audit's folder in the place of older
 * ones; those of other forms go.
 */
export async function runReport(
  directory: string,
  task: ReportTask,
  context: StageContext = {},
  size: ReportSize = BATCH_SIZE,
): Promise<ReportResult> {
  const known = await knownAnswer<ReportResult>(directory, task);
  if (known !== undefined) return known;
  for (const { id } of task.maps) await demandJson(directory, `map/${id}.json`);
  for (const id of task.reduces) await demandJson(directory, `reduce/${id}.json`);
  const pending = new PendingFiles(directory);
  const scratch = temporaryName(context.scratch ?? placeOf(directory, "scratch/report"));
  try {
    makeFolder(scratch);
    const settings = await readSettings(directory, task.settings);
    const surveys = await surveysOf(directory, task);
    const answer = await report({ directory, task, context, size, scratch, surveys, settings }, pending);
    await pending.replace();
    for (const file of otherForms(answer.files)) await rm(placeOf(directory, file), { force: true });
    await writeJson(directory, `report/${task.id}.json`, answer);
    return answer;
  } finally {
    await pending.remove();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function surveysOf(directory: string, task: ReportTask): Promise<CaptureSurvey[]> {
  const surveys: CaptureSurvey[] = [];
  for (const id of task.surveys)
    surveys.push(await demandJson<CaptureSurvey>(directory, `survey/${id}.json`));
  return surveys;
}

/** What was asked for and could not be read, was left out or is not there. */
function unreadNames(task: ReportTask, surveys: readonly CaptureSurvey[]): string[] {
  const read = new Set(task.captures.map(({ survey }) => survey));
  const unread = surveys.filter(({ id }) => !read.has(id)).map(({ path }) => path);
  return [...unread, ...task.setAside.map(({ path }) => path), ...task.missing].map((path) => basename(path));
}

/** One report that is being made. */
interface Job {
  readonly directory: string;
  readonly task: ReportTask;
  readonly context: StageContext;
  readonly size: ReportSize;
  /** A folder for what does not fit into memory. */
  readonly scratch: string;
  readonly surveys: readonly CaptureSurvey[];
  readonly settings: AuditSettings;
}

async function report(job: Job, pending: PendingFiles): Promise<ReportResult> {
  const { task, context, surveys } = job;
  const tables = await createTables(pending, task.formats);
  const outcome = new Outcome(job.settings, tables, job.scratch);
  try {
    let done = 0;
    const notes = await judgeInto(outcome, job, (legs) => {
      done = legs;
      context.progress?.(done);
    });
    let steps = 0;
    outcome.assemble(job.size.calls ?? CALL_WINDOW, () => {
      steps += 1;
      if (steps % LOOK_FLOWS !== 0) return;
      context.signal?.throwIfAborted();
      context.progress?.(done);
    });
    for (const row of fileRows(task, surveys)) tables.files.add(row);
    const files = finishTables(tables);
    await writeFile(await pending.place(PAGE), outcome.page.page(outcome.callList.section()), { flag: "wx" });
    return {
      id: task.id,
      flows: outcome.flows,
      calls: outcome.calls,
      verdicts: outcome.verdicts,
      symmetries: outcome.symmetries,
      files: [...files, PAGE],
      notes,
    };
  } finally {
    outcome.close();
    closeTables(tables);
  }
}

/** Judges all legs; answers with what is to be said of the whole. `progress` is told how many are through. */
async function judgeInto(outcome: Outcome, job: Job, progress: (legs: number) => void): Promise<string[]> {
  const { directory, task, context, scratch, surveys, settings } = job;
  const bySurvey = new Map(surveys.map((survey) => [survey.id, survey]));
  const sources = legSources(task);
  const { signal, memoryBytes } = context;
  let done = 0;
  const goOn = (): void => {
    signal?.throwIfAborted();
    progress(done);
  };
  const files = sources.map(({ name }) => `${name}.legs.parquet`);
  const legs = await legsInOrder(directory, files, scratch, memoryBytes, goOn);
  let reporter: Reporter | undefined;
  try {
    reporter = new Reporter({
      directory,
      scratch,
      task,
      settings,
      cards: new Cards(directory, task.captures),
      surveyOf: (capture) => bySurvey.get(task.captures[capture]?.survey ?? ""),
      unread: unreadNames(task, surveys),
      legs,
      memoryBytes,
      take: (judged) => {
        outcome.add(judged);
        if (outcome.flows % LOOK_FLOWS === 0) goOn();
      },
    });
    await reporter.begin(await adoptAll(directory, sources, reporter.reading));
    await judgeAll(reporter, legs, job.size, (leg) => {
      done = leg;
      goOn();
    });
    progress(legs.count);
    return sharedSourceNotes(reporter.judge.natSources.shared());
  } finally {
    reporter?.close();
    legs.close();
  }
}

/** By base name, then path. */
function fileRows(task: ReportTask, surveys: readonly CaptureSurvey[]): FileRow[] {
  const setAside = new Map(task.setAside.map((each) => [each.path, each]));
  const captures = new Map(task.captures.map((capture) => [capture.survey, capture]));
  const rows = surveys.map((survey) => {
    const capture = captures.get(survey.id);
    const offsetNs = new ClockLine(capture?.anchors ?? []).at(survey.firstSeconds ?? 0);
    const clock = capture?.clock === undefined ? undefined : { ...capture.clock, offsetNs };
    return fileRow(survey, setAside.get(survey.path), clock);
  });
  for (const { path } of surveys) setAside.delete(path);
  return [...rows, ...[...setAside.values()].map(unsurveyedRow)].sort(byCapture);
}

function byCapture(x: FileRow, y: FileRow): number {
  return compareText(x.capture, y.capture) || compareText(x.path, y.path);
}
