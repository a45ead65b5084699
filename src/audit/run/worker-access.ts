import { access, constants, open } from "node:fs/promises";
import { join } from "node:path";
import type { StageTask } from "../tasks.ts";

/** A file that a machine cannot use, and what its system says. */
export interface Barred {
  readonly path: string;
  readonly code: string;
}

/** What a system answers to who may not write there; others, such as a full disk, are another matter. */
const MAY_NOT = new Set(["EACCES", "EPERM", "EROFS"]);

/** The first capture of a task that cannot be opened here; undefined where all of them can. */
export async function unreadCapture(task: StageTask): Promise<Barred | undefined> {
  const paths =
    task.stage === "survey" ? [task.path] : task.stage === "map" ? task.captures.map(({ path }) => path) : [];
  for (const path of paths) {
    try {
      await (await open(path, constants.O_RDONLY | constants.O_NONBLOCK)).close();
    } catch (error) {
      return { path, code: codeOf(error) };
    }
  }
  return undefined;
}

/** Why answers of a stage cannot be written; undefined where they can. */
export async function whyUnwritable(
  directory: string,
  stage: StageTask["stage"],
): Promise<string | undefined> {
  const code = await access(join(directory, stage), constants.W_OK).then(() => "", codeOf);
  return MAY_NOT.has(code) ? code : undefined;
}

/** Whether a process is kept out by its rights alone. */
export function isBarred(error: unknown): boolean {
  return MAY_NOT.has(codeOf(error));
}

/** What the system said, in its short word. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
