import { lstat, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { isUnfinished, isWritten, readTemporaryName } from "../publish.ts";
import type { AuditPlan } from "../tasks.ts";
import type { AuditDirectory } from "./manifest.ts";
import { STAGES, tasksOf } from "./audit-status.ts";
import { isRight } from "./take-over.ts";

/** Unfinished files of other machines and containers are removed once they are this old. */
const FOREIGN_MS = 24 * 3_600_000;

export interface Garbage {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Removes what no run will use: unfinished files that nobody writes any more, and what tasks of earlier plans left. The
 * result and what it was made from stay. The caller holds the lock, and no share is at work.
 */
export async function collectGarbage(directory: AuditDirectory, dryRun: boolean): Promise<Garbage[]> {
  const found: Garbage[] = [];
  for await (const path of unused(directory)) {
    found.push({ path, bytes: await sizeOf(path) });
    if (!dryRun) await rm(path, { recursive: true, force: true });
  }
  return found;
}

/** Paths, one by one: a folder is looked into when those of the folders before it are gone. */
async function* unused(directory: AuditDirectory): AsyncGenerator<string> {
  const plan = await directory.plan();
  const captures = (await directory.surveyTasks()) ?? [];
  yield* leftIn(directory.path);
  yield* leftIn(join(directory.path, "plan"));
  for (const stage of STAGES) {
    // Without a plan nobody knows the tasks of the later stages.
    const isKnown = plan !== undefined || stage === "survey";
    const used = isKnown ? new Set(tasksOf(stage, captures, plan).map(({ id }) => id)) : undefined;
    yield* leftIn(join(directory.path, stage), used);
  }
  if (plan !== undefined) yield* leftOfPlans(join(directory.path, "plan"), plan);
  yield* leftBeside(directory, plan);
  for (const folder of ["probe", "scratch"]) yield* pathsIn(join(directory.path, folder));
}

/** Unfinished files of a folder, and files of tasks that are not among `used`, where that is known. */
async function* leftIn(folder: string, used?: ReadonlySet<string>): AsyncGenerator<string> {
  for await (const path of pathsIn(folder)) {
    if (isUnfinished(basename(path))) {
      if (await isStale(path)) yield path;
      continue;
    }
    // Every file of a task begins with its id; others are not ours to judge.
    const id = /^[0-9a-f]{24}(?=[.-])/.exec(basename(path))?.[0];
    if (used !== undefined && id !== undefined && !used.has(id)) yield path;
  }
}

/** Keys of crossing flows that no task of the plan is told. */
async function* leftOfPlans(folder: string, plan: AuditPlan): AsyncGenerator<string> {
  const used = new Set(
    plan.maps.flatMap(({ crossing }) => (crossing === undefined ? [] : [basename(crossing)])),
  );
  for await (const path of pathsIn(folder))
    if (!used.has(basename(path)) && !isUnfinished(basename(path))) yield path;
}

/** Settings that were replaced, and old rights to take over a lock. */
async function* leftBeside(directory: AuditDirectory, plan: AuditPlan | undefined): AsyncGenerator<string> {
  const settings = new Set([plan?.settings, (await directory.manifest())?.settings]);
  for await (const path of pathsIn(directory.path)) {
    const name = basename(path);
    if (/^settings-[0-9a-f]+\.json$/.test(name) ? !settings.has(name) : isRight(name) && (await isOld(path)))
      yield path;
  }
}

/** Everything in a folder; nothing where there is none. */
async function* pathsIn(folder: string): AsyncGenerator<string> {
  for (const name of await readdir(folder).catch(() => [])) yield join(folder, name);
}

/** An unfinished file whose writer is no more; of another machine or container, one that nothing was written to for a day. */
async function isStale(path: string): Promise<boolean> {
  const writer = readTemporaryName(basename(path));
  const written = writer === undefined ? undefined : isWritten(writer);
  if (written !== undefined) return !written;
  return await isOld(path);
}

async function isOld(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > FOREIGN_MS;
}

async function sizeOf(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.size;
  let sum = 0;
  for (const name of await readdir(path).catch(() => [])) sum += await sizeOf(join(path, name));
  return sum;
}
