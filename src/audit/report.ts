import { rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { ClockLine } from "../capture/clock-line.ts";
import { sharedSourceNotes } from "../classify/nat-sources.ts";
import type { FlowReading } from "../classify/flow-reading.ts";
import type { FlowRow } from "../classify/row.ts";
import { makeFolder } from "../files/folder.ts";
import { CALL_COLUMNS, type CallRow } from "../report/call-rows.ts";
import { FLOW_COLUMNS } from "../report/columns.ts";
import { BATCH_SIZE, type BatchSize, CallCuts } from "./batches.ts";
import { CALL_WINDOW, type CallWindowSize } from "./call-windows.ts";
import { Cards } from "./cards.ts";
import { FILE_COLUMNS, type FileRow, fileRow, unsurveyedRow } from "./file-rows.ts";
import { placeOf } from "./layout.ts";
import { legsInOrder } from "./legs-in-order.ts";
import { adoptLinks, type LinkFile } from "./link-file.ts";
import type { OrderedLegs } from "./ordered-legs.ts";
import { Outcome } from "./outcome.ts";
import { temporaryName } from "./publish.ts";
import { Reporter } from "./reporter.ts";
import { otherForms, ResultFile } from "./result-file.ts";
import { readSettings } from "./settings.ts";
import { demandJson, knownAnswer, PendingFiles, writeJson } from "./stage-files.ts";
import type { CaptureSurvey, ReportResult, ReportTask, StageContext } from "./tasks.ts";
import { TOTAL_COLUMNS, type TotalRow } from "./totals.ts";

/** The result for people, findings first. */
const PAGE = "report.html";

/** Memory is looked after each time so many flows were judged. */
const LOOK_FLOWS = 1024;

/** How much of an audit is judged, and put together into calls, at a time. */
export interface ReportSize extends BatchSize {
  readonly calls?: CallWindowSize | undefined;
}

/** A stage's legs, with the audit's number of each of its captures. */
interface LegSource {
  readonly name: string;
  readonly captures: readonly number[];
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
    const answer = await report(directory, task, context, size, pending, scratch);
    await pending.replace();
    for (const file of otherForms(answer.files)) await rm(placeOf(directory, file), { force: true });
    await writeJson(directory, `report/${task.id}.json`, answer);
    return answer;
  } finally {
    await pending.remove();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What was asked for and could not be read, was left out or is not there. */
function unreadNames(task: ReportTask, surveys: readonly CaptureSurvey[]): string[] {
  const read = new Set(task.captures.map(({ survey }) => survey));
  const unread = surveys.filter(({ id }) => !read.has(id)).map(({ path }) => path);
  return [...unread, ...task.setAside.map(({ path }) => path), ...task.missing].map((path) => basename(path));
}

async function report(
  directory: string,
  task: ReportTask,
  context: StageContext,
  size: ReportSize,
  pending: PendingFiles,
  scratch: string,
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
  const sources: LegSource[] = [
    ...task.maps.map(({ id, captures }) => ({ name: `map/${id}`, captures })),
    ...task.reduces.map((id) => ({ name: `reduce/${id}`, captures: task.captures.map((_, i) => i) })),
  ];
  const outcome = new Outcome(settings, tables, scratch);
  let reporter: Reporter | undefined;
  let legs: OrderedLegs | undefined;
  try {
    let done = 0;
    const goOn = (): void => {
      context.signal?.throwIfAborted();
      context.progress?.(done);
    };
    legs = await legsInOrder(
      directory,
      sources.map(({ name }) => `${name}.legs.parquet`),
      scratch,
      context.memoryBytes,
      goOn,
    );
    reporter = new Reporter({
      directory,
      scratch,
      task,
      settings,
      cards: new Cards(directory, task.captures),
      surveyOf: (capture) => bySurvey.get(task.captures[capture]?.survey ?? ""),
      unread: unreadNames(task, surveys),
      legs,
      memoryBytes: context.memoryBytes,
      take: (judged) => {
        outcome.add(judged);
        if (outcome.flows % LOOK_FLOWS === 0) goOn();
      },
    });
    await reporter.begin(await adoptAll(directory, sources, reporter.reading));
    await judgeAll(reporter, legs, size, (leg) => {
      done = leg;
      goOn();
    });
    done = legs.count;
    const notes = sharedSourceNotes(reporter.judge.natSources.shared());
    reporter.close();
    reporter = undefined;
    let steps = 0;
    outcome.assemble(size.calls ?? CALL_WINDOW, () => {
      steps += 1;
      if (steps % LOOK_FLOWS === 0) goOn();
    });
    for (const row of fileRows(task, surveys)) tables.files.add(row);
    for (const table of Object.values(tables)) table.finish();
    await writeFile(await pending.place(PAGE), outcome.page.page(outcome.callList.section()), { flag: "wx" });
    return {
      id: task.id,
      flows: outcome.flows,
      calls: outcome.calls,
      verdicts: outcome.verdicts,
      symmetries: outcome.symmetries,
      files: [...Object.values(tables).flatMap((table) => table.files), PAGE],
      notes,
    };
  } finally {
    reporter?.close();
    legs?.close();
    outcome.close();
    for (const table of Object.values(tables)) table.close();
  }
}

/** Takes in the links of all leg files; answers with what each file's contexts are now. */
async function adoptAll(
  directory: string,
  sources: readonly LegSource[],
  reading: FlowReading,
): Promise<Uint32Array[]> {
  const contexts: Uint32Array[] = [];
  for (const { name, captures } of sources) {
    const links = await demandJson<LinkFile>(directory, `${name}.links.json`);
    contexts.push(
      adoptLinks(links, reading.links, reading.coverage.spans, (capture) => captures[capture] ?? -1),
    );
  }
  return contexts;
}

/** Judges legs batch by batch; `reached` is told of a leg now and then. */
async function judgeAll(
  reporter: Reporter,
  legs: OrderedLegs,
  size: BatchSize,
  reached: (leg: number) => void,
): Promise<void> {
  const cuts = new CallCuts();
  for (const [start, end] of legs.callSpans()) cuts.add(start, end);
  const lag = reporter.lagSeconds;
  let before = 0;
  for (let leg = 0; leg < legs.count; leg++) {
    const end = legs.endOf(leg);
    if (end > before) {
      const { waiting } = reporter;
      const moment = end - lag;
      if (waiting >= size.most || (waiting >= size.wanted && cuts.isClean(moment)))
        await reporter.flush(moment);
      before = end;
    }
    reporter.add(leg);
    if (leg % LOOK_FLOWS !== 0) continue;
    reached(leg);
    await setImmediate(); // an interruption is heard
  }
  await reporter.finish();
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
  return x.capture < y.capture ? -1 : x.capture > y.capture ? 1 : x.path < y.path ? -1 : 1;
}
