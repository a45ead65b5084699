import { AuditError } from "../audit/audit-error.ts";
import { loadDuckDB } from "../audit/duckdb.ts";
import { planAudit } from "../audit/plan.ts";
import { planOptions } from "../audit/run/drive.ts";
import { failureOf } from "../audit/run/failures.ts";
import { AuditLock } from "../audit/run/lock.ts";
import { AuditDirectory, type Manifest } from "../audit/run/manifest.ts";
import { Meter } from "../audit/run/meter.ts";
import { settle } from "../audit/run/settle.ts";
import { readShard, shareOfTasks, WHOLE } from "../audit/run/shard.ts";
import { Share } from "../audit/run/shares.ts";
import { clearUnfinished, ThreadPool } from "../audit/run/thread-pool.ts";
import { type Failure, taskName } from "../audit/run/workers.ts";
import type { AuditPlan, CaptureSurvey, ReportResult, StageTask } from "../audit/tasks.ts";
import { counted, grouped } from "../count-text.ts";
import { makeFolder } from "../files/folder.ts";
import { AuditVoice } from "./audit-progress.ts";
import { beginAudit, surveyedInputs } from "./audit-setup.ts";
import { markUnreadable, sayBarred, sortOut } from "./barred-tasks.ts";
import { sayBroken } from "./broken-captures.ts";
import { EXIT_FAULT, EXIT_INTERRUPTED, EXIT_OK, EXIT_PARTIAL, EXIT_USAGE, UsageError } from "./exit.ts";
import { whenInterrupted } from "./interruption.ts";
import { version } from "./version.ts";
import { workOptions, type RawWorkOptions } from "./work-options.ts";
import type { RawInputOptions } from "./input-options.ts";

export interface RawStageOptions extends RawInputOptions, RawWorkOptions {
  readonly out?: string;
  readonly window?: string;
  readonly format?: string;
  readonly shard?: string;
  readonly shards?: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** `stage plan`: what `audit` does before its first task. */
export async function runStagePlan(paths: readonly string[], raw: RawStageOptions): Promise<number> {
  const voice = new AuditVoice("none", raw.quiet === true);
  const directory = outOf(raw);
  await loadDuckDB("an audit");
  await directory.make();
  const lock = await AuditLock.take(directory.path, { note: (text) => voice.error(text) });
  try {
    const { archive, gone } = await beginAudit(directory, paths, raw, voice);
    for (const folder of ["survey", "map", "reduce", "report"]) makeFolder(`${directory.path}/${folder}`);
    await markUnreadable(directory, archive.tasks, voice);
    voice.note(`captures to audit: ${grouped(archive.tasks.length)}`);
    return archive.errors.length > 0 || gone > 0 ? partial(raw) : EXIT_OK;
  } finally {
    await lock.release();
  }
}

/** A share of a stage. Ends with 0 only when all of it is done, so that a scheduler can let the next stage wait for it. */
export async function runStageShare(stage: string, raw: RawStageOptions): Promise<number> {
  const voice = new AuditVoice("none", raw.quiet === true);
  const directory = outOf(raw);
  const manifest = await directory.needManifest();
  if (manifest.tool !== version())
    throw new AuditError(
      `${directory.path} was planned by o365flow ${manifest.tool}, this is ${version()}: all stages need the same version; stage plan with this one begins anew`,
    );
  // The report is one task, also where a scheduler numbers the job that does it.
  const shard = stage === "report" ? WHOLE : readShard(raw.shard, raw.shards, process.env);
  const abort = new AbortController();
  const stopListening = whenInterrupted(abort, () => abort.abort(new Error("interrupted")));
  const workers = new ThreadPool(directory.path, workOptions(raw));
  let at: Share | undefined;
  try {
    at = await Share.begin(directory.path, `stage ${stage}`, {
      signal: abort.signal,
      note: (text) => voice.error(text),
    });
    const tasks = shareOfTasks(await tasksOf(stage, directory, manifest, abort.signal), shard);
    const { able, barred } = await sortOut(tasks, directory, manifest, abort.signal);
    let done = 0;
    const failed = await settle(able, {
      directory,
      workers,
      journal: undefined,
      meter: new Meter(() => undefined),
      signal: abort.signal,
      note: (text) => voice.error(text),
      onDone: async (task) => {
        done += 1;
        if (task.stage !== "survey") return;
        const { error } = await directory.answer<CaptureSurvey>(task);
        if (error !== undefined) voice.error(error.startsWith(task.path) ? error : `${task.path}: ${error}`);
      },
    });
    voice.note(
      `${stage}, share ${shard.index} of ${shard.count}: ${counted(done, "task")} done now, ${able.length - done - failed.size} before`,
    );
    sayFailures(failed, directory, voice);
    sayBarred(barred, directory, voice);
    if ([...failed.values()].some(({ kind }) => kind === "fault")) return EXIT_FAULT;
    if (failed.size + barred.length > 0) return EXIT_USAGE;
    return stage === "report" ? await finish(directory, manifest, voice, raw) : EXIT_OK;
  } catch (error) {
    if (abort.signal.aborted) return EXIT_INTERRUPTED;
    if (failureOf(error).kind === "disk" && !(error instanceof AuditError))
      throw new AuditError(`${directory.path}: the disk is full`);
    throw error;
  } finally {
    stopListening();
    await workers.close();
    await clearUnfinished(directory.path);
    await at?.end();
  }
}

function sayFailures(
  failed: ReadonlyMap<StageTask, Failure>,
  directory: AuditDirectory,
  voice: AuditVoice,
): void {
  for (const [task, failure] of failed) {
    voice.error(`${taskName(task)}: ${failure.message}`);
    if (failure.kind === "fault") voice.error(`a fault of the program, please report it: ${failure.stack}`);
  }
  const kinds = [...failed.values()].map(({ kind }) => kind);
  if (kinds.includes("changed"))
    voice.error(
      `o365flow stage plan --out ${directory.path}, then all stages again, take captures that changed as they are now`,
    );
  if (kinds.some((kind) => kind !== "changed"))
    voice.error(
      `o365flow audit --out ${directory.path} finds out which captures it is, and goes on without them`,
    );
}

/** The tasks of a stage; throws where an earlier stage is not through. */
async function tasksOf(
  stage: string,
  directory: AuditDirectory,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<readonly StageTask[]> {
  const { setAside } = await directory.exceptions();
  const captures = ((await directory.surveyTasks()) ?? []).filter(({ id }) => setAside[id] === undefined);
  if (stage === "survey") return captures;
  await demandAll(directory, captures, "stage survey");
  if (stage === "map") return (await planned(directory, manifest, signal)).maps;
  const plan = await directory.plan();
  if (plan === undefined)
    throw new AuditError(`${directory.path}: nothing is planned yet: run stage map first`);
  if (!(await isCurrent(directory, plan, manifest)))
    throw new AuditError(
      `${directory.path}: what is planned is of other captures or options than are to be audited now: run all shares of stage map first`,
    );
  await demandAll(directory, plan.maps, "stage map");
  if (stage === "reduce") return plan.reduces;
  await demandAll(directory, plan.reduces, "stage reduce");
  await directory.beginReport(plan);
  return [plan.report];
}

/** Puts the windows together. Every share does so for itself and comes to the same plan. */
async function planned(
  directory: AuditDirectory,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<AuditPlan> {
  const surveys = await surveysOf(directory);
  const exceptions = await directory.exceptions();
  const plan = await planAudit(directory.path, surveys, planOptions(manifest, exceptions), { signal });
  const before = await directory.plan().catch(() => undefined);
  if (before?.id !== plan.id) await directory.writePlan(plan);
  return plan;
}

/** Whether a plan is of what `stage plan` said last. Windows of another size lead to the same result. */
async function isCurrent(directory: AuditDirectory, plan: AuditPlan, manifest: Manifest): Promise<boolean> {
  const answered = await directory.answered("survey");
  const captures = ((await directory.surveyTasks()) ?? []).filter(({ id }) => answered.has(id));
  const { setAside } = await directory.exceptions();
  const { settings, surveys, formats, missing } = plan.report;
  return (
    settings === manifest.settings &&
    isSame(
      surveys,
      captures.map(({ id }) => id),
    ) &&
    isSame(formats, manifest.formats) &&
    isSame(missing, manifest.missing ?? []) &&
    isSame(
      plan.setAside.map(({ path }) => path),
      Object.values(setAside).map(({ path }) => path),
    )
  );
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  const all = new Set(others);
  return new Set(some).size === all.size && some.every((each) => all.has(each));
}

async function surveysOf(directory: AuditDirectory): Promise<CaptureSurvey[]> {
  const answered = await directory.answered("survey");
  const surveys: CaptureSurvey[] = [];
  for (const task of (await directory.surveyTasks()) ?? [])
    if (answered.has(task.id)) surveys.push(await directory.answer<CaptureSurvey>(task));
  return surveys;
}

async function demandAll(directory: AuditDirectory, tasks: readonly StageTask[], how: string): Promise<void> {
  const [first] = tasks;
  if (first === undefined) return;
  const answered = await directory.answered(first.stage);
  const missing = tasks.filter(({ id }) => !answered.has(id));
  if (missing.length > 0)
    throw new AuditError(
      `${directory.path}: ${missing.length} of ${tasks.length} tasks are not done, run all shares of ${how} first: ` +
        missing.slice(0, 3).map(taskName).join(", "),
    );
}

/** The result is there: the manifest says so, and the status what state the captures were in. */
async function finish(
  directory: AuditDirectory,
  manifest: Manifest,
  voice: AuditVoice,
  raw: RawStageOptions,
): Promise<number> {
  const plan = await directory.plan();
  if (plan === undefined) return EXIT_FAULT;
  const result = await directory.answer<ReportResult>(plan.report);
  const surveys = await surveysOf(directory);
  await directory.writeManifest({
    ...manifest,
    inputs: surveyedInputs(manifest.inputs, surveys),
    plan: plan.id,
    result,
  });
  const missing = manifest.missing ?? [];
  for (const path of missing)
    voice.error(`${path}: was not there, or could not be read, when this was planned`);
  const isBroken = sayBroken(surveys, plan.setAside, voice);
  for (const note of result.notes) voice.note(note);
  voice.note(`${directory.path}: ${result.files.join(", ")}`);
  return isBroken || missing.length > 0 ? partial(raw) : EXIT_OK;
}

function partial({ strict }: RawStageOptions): number {
  return strict === true ? EXIT_USAGE : EXIT_PARTIAL;
}

function outOf(raw: RawStageOptions): AuditDirectory {
  if (raw.out === undefined) throw new UsageError("a stage wants the directory of its audit: --out DIR");
  return new AuditDirectory(raw.out);
}
