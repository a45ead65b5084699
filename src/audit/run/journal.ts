import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../files/folder.ts";
import type { StageTask } from "../tasks.ts";

/**
 * Which tasks are being done by this process: one small file each. A file that is there when an audit begins was left by
 * a process that ended in the middle of the task, as one does that takes all memory of the machine.
 */
export class Journal {
  readonly #folder: string;
  readonly #deaths: Map<string, number>;

  private constructor(folder: string, deaths: Map<string, number>) {
    this.#folder = folder;
    this.#deaths = deaths;
  }

  static async open(directory: string): Promise<Journal> {
    const folder = join(directory, "running");
    makeFolder(folder);
    const deaths = new Map<string, number>();
    for (const name of await readdir(folder)) {
      const count = Number(await readFile(join(folder, name), "utf8").catch(() => ""));
      deaths.set(name, Number.isInteger(count) && count > 0 ? count : 1);
    }
    return new Journal(folder, deaths);
  }

  /** How often the whole process ended while it was at this task. */
  deaths(task: StageTask): number {
    return this.#deaths.get(nameOf(task)) ?? 0;
  }

  async begin(task: StageTask): Promise<void> {
    await writeFile(join(this.#folder, nameOf(task)), String(this.deaths(task) + 1));
  }

  /** The task ended, this way or that, and the process lives. */
  async end(task: StageTask): Promise<void> {
    await rm(join(this.#folder, nameOf(task)), { force: true });
  }
}

function nameOf(task: StageTask): string {
  return `${task.stage}-${task.id}`;
}
