import { existsSync } from "node:fs";
import { placeOf } from "../layout.ts";
import type { AuditFile, AuditPlan, StageTask, SurveyTask } from "../tasks.ts";
import type { AuditDirectory, Manifest } from "./manifest.ts";
import type { Holder } from "./holder.ts";
import { currentHolder } from "./lock.ts";

export const STAGES = ["survey", "map", "reduce", "report"] as const;

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

/** Tasks of a stage, as far as they are known: `surveys` are those of the first. */
export function tasksOf(
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
