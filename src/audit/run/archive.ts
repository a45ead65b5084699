import { realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { CaptureError } from "../../capture/errors.ts";
import { compareText } from "../../compare-text.ts";
import { terminalSafe } from "../../files/shown-name.ts";
import { expandInputs, type SkippedInput } from "../../capture/inputs.ts";
import { AuditError } from "../audit-error.ts";
import type { SurveyTask } from "../tasks.ts";

/** The captures of an archive as they are now. */
export interface Archive {
  readonly tasks: readonly SurveyTask[];
  /** Files of folders that are no captures. */
  readonly skipped: readonly SkippedInput[];
  /** What was named and cannot be read, or is there no more. */
  readonly errors: readonly CaptureError[];
}

/** Paths as the manifest keeps them: absolute, each once, in order. */
export function absolutePaths(paths: readonly string[]): string[] {
  if (paths.includes("-")) throw new AuditError("an audit reads files and folders, not standard input");
  return [...new Set(paths.map((path) => resolve(path)))].sort();
}

/** Looks the archive through; the audit's own directory is no part of it, wherever it lies. */
export async function findCaptures(
  paths: readonly string[],
  recursive: boolean,
  directory: string,
  surveyTask: (path: string) => Promise<SurveyTask>,
): Promise<Archive> {
  const expanded = await expandInputs(paths, { recursive });
  const own = await realpath(directory).catch(() => resolve(directory));
  const tasks: SurveyTask[] = [];
  const errors = [...expanded.errors];
  for (const { path } of expanded.inputs) {
    // A pipe has no size, is read once only, and would keep a thread for ever that nothing can stop.
    if (!(await stat(path)).isFile()) {
      const text = `${terminalSafe(path)} is a pipe or a device: an audit reads files`;
      errors.push(new CaptureError("unreadable", path, text));
      continue;
    }
    const real = await realpath(path).catch(() => path);
    // By the name that was given, not that of what a link leads to: paths are declared by base names.
    if (!isInside(real, own)) tasks.push(await surveyTask(path));
  }
  const skipped = expanded.skipped.filter(({ path }) => !isInside(resolve(path), own));
  return { tasks: tasks.sort((a, b) => compareText(a.path, b.path)), skipped, errors };
}

/** Whether a path is a folder or lies in it; both absolute. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
