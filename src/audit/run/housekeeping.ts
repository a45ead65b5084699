import { existsSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { isWritten, readTemporaryName } from "../publish.ts";
import { placeOf } from "../layout.ts";
import type { AuditFile, AuditPlan, StageTask, SurveyTask } from "../tasks.ts";
import { type AuditDirectory, type Manifest } from "./manifest.ts";
import type { Holder } from "./holder.ts";
import { currentHolder } from "./lock.ts";
import { isRight } from "./take-over.ts";

const STAGES = ["survey", "map", "reduce", "report"] as const;
/** Unfinished files of other machines and containers are removed once they are this old. */
const FOREIGN_MS = 24 * 3_600_000;

export interface StageStatus {
  readonly stage: StageTask["stage"];
  /** Undefined: not known before the stages before it are through. */
  readonly tasks: number | undefined;
  readonly done: number;
}

export interface AuditStatus {
  readonly manifest: Manifest;
  readonly holder: Holder | undefined;
  readonly stages: readonly StageStatus[];
  readonly setAside: readonly { readonly path: string; readonly reason: string }[];
  /** Files of the result that were there and are no more; the next run makes them anew. */
  readonly missing: readonly AuditFile[];
  readonly complete: boolean;
}

/** How far an audit is, from its files alone; nothing is changed. */
export async function statusOf(directory: AuditDirectory): Promise<AuditStatus> {
  const manifest = await directory.needManifest();
  const captures = (await directory.surveyTasks()) ?? [];
  const { setAside } = await directory.exceptions();
  const plan = await directory.plan();
  const surveys = captures.filter(({ id }) => setAside[id] === undefined);
  const stages: StageStatus[] = [];
  for (const stage of STAGES) {
    const tasks = tasksOf(stage, surveys, plan);
    const answered = await directory.answered(stage);
    stages.push({
      stage,
      tasks: stage === "survey" ? tasks.length : plan === undefined ? undefined : tasks.length,
      done: tasks.filter(({ id }) => answered.has(id)).length,
    });
  }
  const missing = (manifest.result?.files ?? []).filter((file) => !existsSync(placeOf(directory.path, file)));
  return {
    manifest,
    missing,
    holder: await currentHolder(directory.path),
    stages,
    setAside: Object.values(setAside).map(({ path, reason }) => ({ path, reason })),
    complete:
      missing.length === 0 &&
      plan !== undefined &&
      manifest.plan === plan.id &&
      stages.every(({ tasks, done }) => tasks === done),
  };
}

function tasksOf(
  stage: StageTask["stage"],
  surveys: readonly SurveyTask[],
  plan: AuditPlan | undefined,
): readonly StageTask[] {
  switch (stage) {
    case "survey":
      return surveys;
    case "map":
      return plan?.maps ?? [];
    case "reduce":
      return plan?.reduces ?? [];
    case "report":
      return plan === undefined ? [] : [plan.report];
  }
}

export interface Garbage {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Removes what no run will use: unfinished files that nobody writes any more, and what tasks of earlier plans left. The
 * result and what it was made from stay. The caller holds the lock, and no share is at work.
 */
export async function collectGarbage(directory: AuditDirectory, dryRun: boolean): Promise<Garbage[]> {
  const plan = await directory.plan();
  const captures = (await directory.surveyTasks()) ?? [];
  const found: Garbage[] = [];
  const remove = async (path: string): Promise<void> => {
    found.push({ path, bytes: await sizeOf(path) });
    if (!dryRun) await rm(path, { recursive: true, force: true });
  };
  for (const folder of ["", "plan", ...STAGES]) {
    const used =
      folder === "" || folder === "plan"
        ? undefined
        : new Set(tasksOf(folder as StageTask["stage"], captures, plan).map(({ id }) => id));
    for (const name of await readdir(join(directory.path, folder)).catch(() => [])) {
      const path = join(directory.path, folder, name);
      if (name.startsWith(".tmp-")) {
        if (await isStale(path, name)) await remove(path);
        continue;
      }
      if (used === undefined || (plan === undefined && folder !== "survey")) continue;
      // Every file of a task begins with its id; others are not ours to judge.
      const id = /^[0-9a-f]{24}(?=[.-])/.exec(name)?.[0];
      if (id !== undefined && !used.has(id)) await remove(path);
    }
  }
  if (plan !== undefined) {
    const used = new Set(
      plan.maps.flatMap(({ crossing }) => (crossing === undefined ? [] : [basename(crossing)])),
    );
    for (const name of await readdir(join(directory.path, "plan")).catch(() => []))
      if (!used.has(name) && !name.startsWith(".tmp-")) await remove(join(directory.path, "plan", name));
  }
  const settings = new Set([plan?.settings, (await directory.manifest())?.settings]);
  for (const name of await readdir(directory.path).catch(() => []))
    if (/^settings-[0-9a-f]+\.json$/.test(name) && !settings.has(name))
      await remove(join(directory.path, name));
    else if (isRight(name) && (await isOld(join(directory.path, name))))
      await remove(join(directory.path, name));
  for (const folder of ["probe", "scratch"]) {
    for (const name of await readdir(join(directory.path, folder)).catch(() => []))
      await remove(join(directory.path, folder, name));
  }
  return found;
}

/** An unfinished file whose writer is no more; of another machine or container, one that nothing was written to for a day. */
async function isStale(path: string, name: string): Promise<boolean> {
  const writer = readTemporaryName(name);
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
