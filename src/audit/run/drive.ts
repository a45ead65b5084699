import { isWhole } from "../../classify/run-summary.ts";
import { AuditError } from "../audit-error.ts";
import type {
  AuditPlan,
  CaptureSurvey,
  MapResult,
  MapTask,
  PlanOptions,
  ReportResult,
  StageTask,
  SurveyTask,
} from "../tasks.ts";
import { blameSurveys, blameWindow } from "./blame.ts";
import type { Exceptions, Manifest } from "./manifest.ts";
import { bytesOf } from "./meter.ts";
import { settle, type SettleParts } from "./settle.ts";
import { type Failure, taskName } from "./workers.ts";

export interface DriveParts extends Omit<SettleParts, "onDone"> {
  /** Puts the windows together, of all surveys but those of captures that are set aside; depends on its arguments alone. */
  plan(surveys: readonly CaptureSurvey[], exceptions: Exceptions): Promise<AuditPlan>;
}

/** What an audit came to. */
export interface Driven {
  readonly surveys: readonly CaptureSurvey[];
  readonly plan: AuditPlan;
  readonly result: ReportResult;
  readonly exceptions: Exceptions;
  /** Tasks that were done now; those of earlier runs are not among them. */
  readonly tasksDone: number;
}

/** Takes an audit from its captures to its result. What earlier runs did is found in the directory and not done again. */
export async function drive(captures: readonly SurveyTask[], parts: DriveParts): Promise<Driven> {
  const { directory, meter } = parts;
  let tasksDone = 0;
  const counting: SettleParts = {
    ...parts,
    onDone: async (task) => {
      tasksDone += 1;
      // Added after the wait: others count meanwhile.
      if (task.stage === "map") {
        const { legs } = await directory.answer<MapResult>(task);
        meter.flows += legs;
      } else if (task.stage === "survey" && isBroken(await directory.answer<CaptureSurvey>(task))) {
        meter.damaged += 1;
      }
    },
  };
  let exceptions = await directory.exceptions();
  exceptions = await survey(captures, exceptions, counting);
  const surveyed = await directory.answered("survey");
  const surveys: CaptureSurvey[] = [];
  for (const task of captures)
    if (surveyed.has(task.id)) surveys.push(await directory.answer<CaptureSurvey>(task));
  meter.damaged = surveys.filter(isBroken).length;
  meter.setAside = captures.filter(({ id }) => exceptions.setAside[id] !== undefined).length;

  const byId = new Map(surveys.map((each) => [each.id, each]));
  let plan: AuditPlan;
  for (;;) {
    demandOneAtRest(captures, exceptions);
    plan = await parts.plan(surveys, exceptions);
    parts.signal.throwIfAborted();
    await directory.writePlan(plan);
    const failed = await map(plan.maps, captures, counting);
    if (failed.size === 0) break;
    for (const [task, failure] of failed)
      exceptions = await blameWindow(task, failure, byId, exceptions, counting);
    await directory.writeExceptions(exceptions);
  }

  await stage(plan.reduces, counting);
  await directory.beginReport(plan);
  await stage([plan.report], counting);
  const result = await directory.answer<ReportResult>(plan.report);
  return { surveys, plan, result, exceptions, tasksDone };
}

/** Where nothing is left of what was named, an earlier result stays as it is. */
function demandOneAtRest(captures: readonly SurveyTask[], { setAside }: Exceptions): void {
  if (captures.length > 0 && captures.every(({ id }) => setAside[id]?.changed === true))
    throw new AuditError(
      "no capture stayed as it was while it was read: run the audit again when they are written",
    );
}

/** What `planAudit` is told besides the surveys. */
export function planOptions(
  {
    settings,
    windowBytes,
    formats,
    missing,
  }: Pick<Manifest, "settings" | "windowBytes" | "formats" | "missing">,
  exceptions: Exceptions,
): PlanOptions {
  const setAside = Object.values(exceptions.setAside);
  return { settings, windowBytes, formats, extraBorders: exceptions.borders, setAside, missing };
}

function isBroken(survey: CaptureSurvey): boolean {
  return survey.error !== undefined || !isWhole(survey);
}

async function survey(
  captures: readonly SurveyTask[],
  exceptions: Exceptions,
  parts: SettleParts,
): Promise<Exceptions> {
  const tasks = captures.filter((task) => exceptions.setAside[task.id] === undefined);
  const answered = await parts.directory.answered("survey");
  const before = tasks.filter((task) => answered.has(task.id));
  const all = total(captures);
  // Every capture is read once by its survey, and about once more by the windows.
  parts.meter.begin("survey", tasks.length, before.length, 2 * all, total(before));
  const failed = await settle(tasks, parts);
  if (failed.size === 0) return exceptions;
  const after = await blameSurveys(failed, exceptions, parts);
  await parts.directory.writeExceptions(after);
  return after;
}

async function map(
  tasks: readonly MapTask[],
  captures: readonly SurveyTask[],
  parts: SettleParts,
): Promise<Map<MapTask, Failure>> {
  const { directory, meter } = parts;
  const answered = await directory.answered("map");
  const before = tasks.filter((task) => answered.has(task.id));
  const surveyed = total(captures);
  let flows = 0;
  for (const task of before) {
    const { legs } = await directory.answer<MapResult>(task);
    flows += legs;
  }
  meter.flows = flows;
  meter.begin("map", tasks.length, before.length, surveyed + total(tasks), surveyed + total(before));
  return await settle(tasks, parts);
}

/** A stage whose tasks read what earlier stages wrote: nothing of it can be left out. */
async function stage(tasks: readonly StageTask[], parts: SettleParts): Promise<void> {
  const [first] = tasks;
  if (first === undefined) return;
  const answered = await parts.directory.answered(first.stage);
  parts.meter.nextStage(first.stage, tasks.length, tasks.filter((task) => answered.has(task.id)).length);
  const failed = await settle(tasks, parts);
  for (const [task, failure] of failed) throw hopeless(task, failure);
}

function hopeless(task: StageTask, failure: Failure): Error {
  if (failure.kind === "memory" || failure.kind === "crashed")
    return new AuditError(`${taskName(task)}: ${failure.message}; give the audit more --memory`);
  if (failure.kind === "stalled")
    return new AuditError(`${taskName(task)}: ${failure.message}; a longer --stall-timeout may help`);
  const error = new Error(`${taskName(task)}: ${failure.message}`);
  error.stack = failure.stack;
  return error;
}

function total(tasks: readonly StageTask[]): number {
  return tasks.reduce((sum, task) => sum + bytesOf(task), 0);
}
