import { AuditError } from "../audit-error.ts";
import type { StageTask } from "../tasks.ts";
import type { AuditDirectory } from "./manifest.ts";
import type { Journal } from "./journal.ts";
import type { Meter } from "./meter.ts";
import { type Failure, TaskFailure, type Workers, taskName } from "./workers.ts";

/** After so many ends of the whole process in the middle of a task, it is done alone; after so many more, not at all. */
const ALONE_AFTER = 2;
const NEVER_AFTER = 4;

export interface SettleParts {
  readonly directory: AuditDirectory;
  readonly workers: Workers;
  /** Undefined where the workers are other processes. */
  readonly journal: Journal | undefined;
  readonly meter: Meter;
  readonly signal: AbortSignal;
  /** A line for the user. */
  note(text: string): void;
  /** Called after each task that was done now. */
  onDone?(task: StageTask): Promise<void>;
}

/**
 * Does the tasks that are not done yet. What fails is tried once more, alone, when the others are through, unless it failed
 * because captures changed; answers with what came to nothing. Throws an AuditError where nothing can go on: the disk is
 * full, or a user has to mend something.
 */
export async function settle<T extends StageTask>(
  tasks: readonly T[],
  parts: SettleParts,
): Promise<Map<T, Failure>> {
  const { directory, journal, signal } = parts;
  const [first] = tasks;
  if (first === undefined) return new Map();
  const answered = await directory.answered(first.stage);
  const pending = tasks.filter((task) => !answered.has(task.id));
  const changed = new Map<T, Failure>();
  const failed = new Map<T, Failure>();
  const alone: T[] = [];
  const together: T[] = [];
  for (const task of pending) ((journal?.deaths(task) ?? 0) >= ALONE_AFTER ? alone : together).push(task);

  // A task that has no others beside it may have all the memory of this process.
  const isOnly = journal !== undefined && together.length === 1;
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const results = await Promise.allSettled(
    together.map(async (task) => {
      const failure = await attempt(task, isOnly, both, parts).catch((error: unknown) => {
        stop.abort(error); // the first that nobody can get over ends the others
        throw error;
      });
      if (failure?.kind === "changed") changed.set(task, failure);
      else if (failure !== undefined) {
        parts.note(`${taskName(task)}: ${failure.message}; it is tried once more, alone`);
        alone.push(task);
      }
    }),
  );
  signal.throwIfAborted();
  if (stop.signal.aborted) throw stop.signal.reason;
  const broken = results.find((result) => result.status === "rejected");
  if (broken !== undefined) throw broken.reason;

  // In the order of the plan, not in that of failing.
  const last = new Set([...alone, ...changed.keys()]);
  for (const task of pending.filter((each) => last.has(each))) {
    const failure = changed.get(task) ?? (await attempt(task, true, signal, parts));
    if (failure !== undefined) failed.set(task, failure);
  }
  return failed;
}

/** Does one task; answers with what went wrong, throws what ends the audit. */
export async function attempt(
  task: StageTask,
  alone: boolean,
  signal: AbortSignal,
  parts: SettleParts,
): Promise<Failure | undefined> {
  const { journal, meter, workers } = parts;
  const deaths = journal?.deaths(task) ?? 0;
  if (deaths >= NEVER_AFTER && (task.stage === "survey" || task.stage === "map")) {
    await journal?.end(task);
    return {
      kind: "crashed",
      message: `the whole program ended ${deaths} times while it was at it`,
      stack: "",
    };
  }
  let done = false;
  try {
    await workers.run(task, {
      alone,
      signal,
      onBegin: () => journal?.begin(task),
      onBytes: (bytes) => meter.at(task, bytes),
    });
    done = true;
    await parts.onDone?.(task);
    return undefined;
  } catch (error) {
    if (!(error instanceof TaskFailure)) throw error;
    const { failure } = error;
    if (failure.kind === "user") throw new AuditError(failure.message);
    if (failure.kind === "disk")
      throw new AuditError(
        `${parts.directory.path}: the disk is full (${failure.message}). Make room, then run the same command again: it goes on from here`,
      );
    return failure;
  } finally {
    await journal?.end(task);
    meter.ended(task, done);
  }
}
