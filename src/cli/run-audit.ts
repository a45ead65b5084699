import { AuditError } from "../audit/audit-error.ts";
import { loadDuckDB } from "../audit/duckdb.ts";
import { planAudit } from "../audit/plan.ts";
import { type Driven, drive, planOptions } from "../audit/run/drive.ts";
import { failureOf } from "../audit/run/failures.ts";
import { Journal } from "../audit/run/journal.ts";
import { AuditLock } from "../audit/run/lock.ts";
import { AuditDirectory } from "../audit/run/manifest.ts";
import { Meter } from "../audit/run/meter.ts";
import { clearUnfinished, ThreadPool } from "../audit/run/thread-pool.ts";
import type { Workers } from "../audit/run/workers.ts";
import type { CaptureSurvey } from "../audit/tasks.ts";
import { isWhole } from "../classify/run-summary.ts";
import { counted, grouped } from "../count-text.ts";
import { makeFolder } from "../files/folder.ts";
import { AuditVoice, PROGRESS_STYLES } from "./audit-progress.ts";
import { type Begun, beginAudit, surveyedInputs, type RawAuditOptions } from "./audit-setup.ts";
import { sayBroken } from "./broken-captures.ts";
import { EXIT_INTERRUPTED, UsageError } from "./exit.ts";
import { whenInterrupted } from "./interruption.ts";
import { queueAddress } from "./queue-option.ts";
import { hearQueueWarnings } from "./queue-voice.ts";
import { choice } from "./report-options.ts";
import { rowWords } from "./row-filter.ts";
import { statusOf } from "./run-result.ts";
import { version } from "./version.ts";
import { memoryNote, workOptions } from "./work-options.ts";
import { listNotes } from "./notes.ts";

/** Somebody wants it to stop. */
class Interrupted extends Error {
  override readonly name: string = "Interrupted";
}

/** Runs an audit from its captures to its result, or goes on with one. Answers with the exit status. */
export async function runAudit(paths: readonly string[], raw: RawAuditOptions): Promise<number> {
  if (raw.out === undefined) throw new UsageError("an audit wants a directory for its result: --out DIR");
  const voice = new AuditVoice(
    choice("--progress", raw.progress ?? "auto", PROGRESS_STYLES),
    raw.quiet === true,
  );
  const failOn = rowWords("--fail-on", raw.failOn);
  // Better said now than by the last stage, hours later.
  if (queueAddress(raw) === undefined) {
    workOptions(raw);
    await loadDuckDB("an audit");
  }
  const directory = new AuditDirectory(raw.out);
  const meter = new Meter((changed) => voice.progress(changed));
  const abort = new AbortController();
  const stopListening = whenInterrupted(abort, () => abort.abort(new Interrupted()));
  let lock: AuditLock | undefined;
  try {
    await directory.make();
    lock = await AuditLock.take(directory.path, {
      signal: abort.signal,
      note: (text) => voice.error(text),
    });
    const { lost } = lock;
    lost.addEventListener("abort", () => abort.abort(lost.reason));
    if (lock.takenOver !== undefined)
      voice.note(
        `process ${lock.takenOver.pid} ended in the middle of this audit (begun ${lock.takenOver.since}): it is taken over`,
      );
    const begun = await beginAudit(directory, paths, raw, voice);
    const driven = await work(directory, begun, raw, meter, voice, abort.signal);
    voice.last(meter);
    await tell(directory, begun, driven, voice);
    const status = exitStatus(begun, driven, failOn, raw.strict === true);
    voice.done(status, {
      flows: driven.result.flows,
      verdicts: driven.result.verdicts,
      files: driven.result.files,
    });
    return status;
  } catch (error) {
    voice.clear();
    if (lock?.lost.aborted === true) throw lock.lost.reason;
    if (error instanceof Interrupted || abort.signal.aborted) {
      const { tasksDone, tasks, stage } = meter.read();
      voice.error(`interrupted at ${stage} ${tasksDone} of ${tasks}; the same command goes on from here`);
      voice.done(EXIT_INTERRUPTED, {});
      return EXIT_INTERRUPTED;
    }
    if (failureOf(error).kind === "disk" && !(error instanceof AuditError))
      throw new AuditError(
        `${directory.path}: the disk is full. Make room, then run the same command again: it goes on from here`,
      );
    throw error;
  } finally {
    stopListening();
    if (lock !== undefined) {
      await clearUnfinished(directory.path);
      await lock.release();
    }
  }
}

async function work(
  directory: AuditDirectory,
  begun: Begun,
  raw: RawAuditOptions,
  meter: Meter,
  voice: AuditVoice,
  signal: AbortSignal,
): Promise<Driven> {
  const { manifest, archive } = begun;
  if (raw.retrySetAside === true) await directory.writeExceptions({ setAside: {}, borders: [] });
  meter.captures = archive.tasks.length;
  const workers = await workersOf(directory, raw, voice);
  try {
    for (const folder of ["survey", "map", "reduce", "report"]) makeFolder(`${directory.path}/${folder}`);
    const driven = await drive(archive.tasks, {
      directory,
      workers: workers.workers,
      journal: workers.own ? await Journal.open(directory.path) : undefined,
      meter,
      signal,
      note: (text) => voice.error(text),
      plan: (surveys, exceptions) =>
        planAudit(directory.path, surveys, planOptions(manifest, exceptions), {
          signal,
        }),
    });
    await directory.writeManifest({
      ...manifest,
      inputs: surveyedInputs(manifest.inputs, driven.surveys),
      plan: driven.plan.id,
      result: driven.result,
    });
    return driven;
  } finally {
    await workers.workers.close();
  }
}

/** Threads of this process; behind a queue, whoever listens to it. */
async function workersOf(
  directory: AuditDirectory,
  raw: RawAuditOptions,
  voice: AuditVoice,
): Promise<{ readonly workers: Workers; readonly own: boolean }> {
  const address = queueAddress(raw);
  if (address === undefined) {
    const options = workOptions(raw);
    const note = memoryNote(options);
    if (note !== undefined) voice.note(note);
    return { workers: new ThreadPool(directory.path, options), own: true };
  }
  hearQueueWarnings(voice);
  const { QueueWorkers } = await import("../audit/run/queue-workers.ts");
  const workers = await QueueWorkers.open(directory, address, version(), (text) => voice.error(text));
  return { workers, own: false };
}

async function tell(
  directory: AuditDirectory,
  begun: Begun,
  driven: Driven,
  voice: AuditVoice,
): Promise<void> {
  const { result, surveys, exceptions } = driven;
  sayBroken(surveys, Object.values(exceptions.setAside), voice);
  for (const note of result.notes) voice.note(note);
  for (const note of surveyedListNotes(begun, surveys)) voice.note(note);
  if (!begun.prepared.site.declared && result.flows > 0)
    voice.note(
      "no site description: every path to the outside that no BGP session in the captures shows is unknown. Declare links with --site, or --expressroute vlan=100 and the like; o365flow doctor says what captures offer to declare",
    );
  const verdicts = Object.entries(result.verdicts)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${verdict} ${grouped(count)}`);
  voice.note(
    `${counted(begun.archive.tasks.length, "capture")}, ${counted(result.flows, "flow")}, ${counted(result.calls, "call")}` +
      (verdicts.length === 0 ? "" : `: ${verdicts.join(", ")}`),
  );
  voice.note(
    `${directory.path}: ${result.files.join(", ")}` +
      (driven.tasksDone === 0 ? "; nothing was left to do" : ""),
  );
}

/** What `classify` says of the endpoint lists that judge. */
function surveyedListNotes({ prepared }: Begun, surveys: readonly CaptureSurvey[]): readonly string[] {
  const times = surveys.flatMap(({ firstSeconds, lastSeconds }) =>
    firstSeconds === undefined || lastSeconds === undefined ? [] : [{ firstSeconds, lastSeconds }],
  );
  const first = times.reduce((least, { firstSeconds }) => Math.min(least, firstSeconds), Infinity);
  const last = times.reduce((most, { lastSeconds }) => Math.max(most, lastSeconds), -Infinity);
  return times.length === 0 ? listNotes(prepared, undefined, undefined) : listNotes(prepared, first, last);
}

function exitStatus(
  begun: Begun,
  { result, surveys, exceptions }: Driven,
  failOn: ReadonlySet<string> | undefined,
  strict: boolean,
): number {
  const counts = new Map<string, number>(Object.entries({ ...result.verdicts, ...result.symmetries }));
  const conditionMet = [...(failOn ?? [])].some((word) => (counts.get(word) ?? 0) > 0);
  return statusOf(
    {
      interrupted: false,
      nothingRead: surveys.every(
        ({ error, id }) => error !== undefined || exceptions.setAside[id] !== undefined,
      ),
      conditionMet,
      partial:
        begun.archive.errors.length > 0 ||
        begun.gone > 0 ||
        Object.keys(exceptions.setAside).length > 0 ||
        surveys.some((survey) => survey.error !== undefined || !isWhole(survey)),
    },
    strict,
  );
}
