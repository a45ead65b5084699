import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { StageTask } from "../tasks.ts";
import type { AuditDirectory } from "./manifest.ts";

/** A shared file system may show a file late to another machine, milliseconds. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 1000;
/** Directories whose tasks are remembered. */
const MOST_REMEMBERED = 8;

interface Remembered {
  readonly stamp: string;
  /** When a task was first missed in these files, milliseconds. */
  missed: number | undefined;
  readonly tasks: ReadonlyMap<string, StageTask>;
}

/** Finds tasks by their ids in the files of an audit. */
export class TaskLookup {
  readonly #known = new Map<string, Remembered>();

  /** Undefined where no plan of the directory has such a task any more. */
  async find(
    directory: AuditDirectory,
    { stage, id }: Pick<StageTask, "stage" | "id">,
    signal: AbortSignal,
  ): Promise<StageTask | undefined> {
    for (;;) {
      const files = await this.#read(directory);
      const task = files.tasks.get(`${stage} ${id}`) ?? (await directory.readProbe(id));
      if (task !== undefined && task.stage === stage && task.id === id) return task;
      // Once for the same files: many tasks of an earlier plan are not waited for one by one.
      files.missed ??= performance.now();
      if (performance.now() - files.missed > PATIENCE_MS || signal.aborted) return undefined;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  async #read(directory: AuditDirectory): Promise<Remembered> {
    const stamp = `${await stampOf(join(directory.path, "captures.json"))} ${await stampOf(join(directory.path, "plan.json"))}`;
    const known = this.#known.get(directory.path);
    if (known?.stamp === stamp) return known;
    const plan = await directory.plan();
    const tasks: StageTask[] = [
      ...((await directory.surveyTasks()) ?? []),
      ...(plan === undefined ? [] : [...plan.maps, ...plan.reduces, plan.report]),
    ];
    const found = new Map(tasks.map((task) => [`${task.stage} ${task.id}`, task]));
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear();
    const read = { stamp, missed: undefined, tasks: found };
    this.#known.set(directory.path, read);
    return read;
  }
}

/** Changes when a file is replaced. */
async function stampOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? "none" : `${found.ino}:${found.mtimeNs}:${found.size}`;
}
