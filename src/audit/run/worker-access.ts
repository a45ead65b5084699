import { access, constants, open } from "node:fs/promises";
import { basename, join } from "node:path";
import { CaptureError } from "../../capture/errors.ts";
import { openBytes } from "../../capture/layers.ts";
import { whyUnread } from "../../files/whole-file.ts";
import type { StageTask } from "../tasks.ts";

/** A file that a machine cannot use. */
export interface Barred {
  readonly path: string;
  /** What its system says; `program-missing` where it can open the file, but has nothing to decompress it with. */
  readonly code: string;
  /** The same in words, behind the file's name. */
  readonly why: string;
  /** What to do about that, for a user. */
  readonly advice: string;
}

/** Enough to see what a file is compressed with. */
const SAMPLE_LENGTH = 4096;

/** What a system answers to who may not write there; others, such as a full disk, are another matter. */
const MAY_NOT = new Set(["EACCES", "EPERM", "EROFS"]);

/** The first capture of a task that cannot be opened or decompressed here; undefined where all of them can. */
export async function unreadCapture(task: StageTask): Promise<Barred | undefined> {
  const paths =
    task.stage === "survey" ? [task.path] : task.stage === "map" ? task.captures.map(({ path }) => path) : [];
  for (const path of paths) {
    const barred = await barredBy(path);
    if (barred !== undefined) return barred;
  }
  return undefined;
}

async function barredBy(path: string): Promise<Barred | undefined> {
  let isRegular: boolean;
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      isRegular = (await file.stat()).isFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    return {
      path,
      code: codeOf(error),
      why: whyUnread(error),
      advice: "all machines need the captures under the same names",
    };
  }
  if (!isRegular) return undefined; // to read of a pipe would take from it
  try {
    (await openBytes(path, basename(path), path, { chunkLength: SAMPLE_LENGTH })).close();
  } catch (error) {
    // All else is the same on every machine, and is told by who does the task.
    if (error instanceof CaptureError && error.code === "program-missing")
      return { path, code: error.code, why: "cannot be decompressed", advice: error.message };
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
