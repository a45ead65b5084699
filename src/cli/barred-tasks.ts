import type { AuditDirectory, Manifest } from "../audit/run/manifest.ts";
import { type Barred, unreadCapture } from "../audit/run/worker-access.ts";
import type { StageTask } from "../audit/tasks.ts";
import { counted } from "../count-text.ts";
import type { AuditVoice } from "./audit-progress.ts";

/** Says which tasks are left undone here, and what to do about it. */
export function sayBarred(barred: readonly Barred[], directory: AuditDirectory, voice: AuditVoice): void {
  const say = (some: readonly Barred[], text: (first: Barred) => string): void => {
    const [first] = some;
    if (first !== undefined)
      voice.error(`left undone here: ${counted(some.length, "task")}, the first for ${text(first)}`);
  };
  const isUnpacked = ({ code }: Barred): boolean => code !== "program-missing";
  say(
    barred.filter((each) => !isUnpacked(each)),
    ({ path, advice }) =>
      `${path}: ${advice}. Run this share again where the program is; if it is nowhere, o365flow audit --out ${directory.path} goes on without such captures`,
  );
  say(
    barred.filter(isUnpacked),
    ({ path, why, advice }) =>
      `${path}, which ${why}: ${advice}. Run this share again where they are, or can be read; if they have gone for good, o365flow stage plan --out ${directory.path}, then all stages again, goes on without them`,
  );
}

/** Notes in the manifest which captures this user may not read here: shares that may not either say no more than that. */
export async function markUnreadable(
  directory: AuditDirectory,
  captures: readonly StageTask[],
  voice: AuditVoice,
): Promise<void> {
  const unread = new Map<string, Barred>();
  for (const task of captures) {
    const barred = await unreadCapture(task);
    if (barred !== undefined && barred.code !== "program-missing") unread.set(barred.path, barred);
  }
  if (unread.size === 0) return;
  for (const { path, why } of [...unread.values()].slice(0, 5)) voice.error(`${path}: ${why}`);
  if (unread.size > 5) voice.error(`and ${counted(unread.size - 5, "more capture")} that cannot be read`);
  const manifest = await directory.needManifest();
  await directory.writeManifest({
    ...manifest,
    inputs: manifest.inputs.map((input) =>
      unread.has(input.path) ? { ...input, status: "unreadable" } : input,
    ),
  });
}

/**
 * Leaves out tasks for captures that are not there, or that this machine may not read or has no program for: another one
 * may, and an answer would stand for all. Tasks that are done are not asked for it, nor captures that could not be read
 * when they were planned.
 */
export async function sortOut(
  tasks: readonly StageTask[],
  directory: AuditDirectory,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<{ readonly able: readonly StageTask[]; readonly barred: readonly Barred[] }> {
  const answered = tasks[0] === undefined ? new Set() : await directory.answered(tasks[0].stage);
  const known = new Set(
    manifest.inputs.filter(({ status }) => status === "unreadable").map(({ path }) => path),
  );
  const able: StageTask[] = [];
  const barred: Barred[] = [];
  for (const task of tasks) {
    signal.throwIfAborted();
    const unread = answered.has(task.id) ? undefined : await unreadCapture(task);
    const isHopeless = unread !== undefined && unread.code !== "program-missing" && known.has(unread.path);
    if (unread === undefined || isHopeless) able.push(task);
    else barred.push(unread);
  }
  return { able, barred };
}
