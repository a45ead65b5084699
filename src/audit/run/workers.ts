import type { StageTask } from "../tasks.ts";
import { EARLIEST, LATEST } from "../windows.ts";

/**
 * Why a task came to nothing.
 * `memory`, `stalled`, `crashed`: the worker had to be stopped, or stopped by itself.
 * `fault`: the stage threw what it should not have. `disk`, `user`: trying again changes nothing before somebody mends it.
 * `changed`: captures changed while they were read; without these it may go well.
 * `refused`: nothing is wrong with the task, but this worker cannot do it; another may.
 */
export type FailureKind =
  "memory" | "stalled" | "crashed" | "fault" | "disk" | "user" | "changed" | "refused";

export interface Failure {
  readonly kind: FailureKind;
  /** One line for a user. */
  readonly message: string;
  /** Where a fault happened; "" for the other kinds. */
  readonly stack: string;
  /** Of a change: the paths of the captures. */
  readonly captures?: readonly string[];
}

/** A task that came to nothing. */
export class TaskFailure extends Error {
  override readonly name: string = "TaskFailure";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export interface TaskRun {
  /** Nothing else runs meanwhile, and the task may have all memory. */
  readonly alone: boolean;
  readonly signal: AbortSignal;
  /** Awaited when a worker takes the task up. */
  onBegin?(): Promise<void> | undefined;
  /** Bytes of input done so far, of this task. */
  onBytes(bytes: number): void;
}

/** Those who do an audit's tasks: threads of this process, or processes behind a queue. */
export interface Workers {
  /** Resolves when the task's answer is in the directory; rejects with a TaskFailure, or the signal's reason. */
  run(task: StageTask, how: TaskRun): Promise<void>;
  /** Stops what runs. */
  close(): Promise<void>;
}

/** What a user calls a task. */
export function taskName(task: StageTask): string {
  switch (task.stage) {
    case "survey":
      return `survey of ${task.path}`;
    case "map":
      return `window ${moment(task.from)} to ${moment(task.to)} (map ${task.id})`;
    case "reduce":
      return `part ${task.part + 1} of ${task.parts} (reduce ${task.id})`;
    case "report":
      return `report ${task.id}`;
  }
}

/** The ends of time stand for no border at all. */
function moment(seconds: number): string {
  if (seconds <= EARLIEST) return "the beginning";
  return seconds >= LATEST ? "the end" : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
