import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { contentId } from "../content-id.ts";
import type { CaptureSurvey, MapTask, PlannedCapture, SetAside, SurveyTask } from "../tasks.ts";
import { attempt, type SettleParts } from "./settle.ts";
import type { Exceptions } from "./manifest.ts";
import { type Failure, taskName } from "./workers.ts";

/** Windows are not cut smaller than this, seconds. */
const LEAST_WINDOW_SECONDS = 2;
/** An audit with more extra borders than this has other troubles. */
const MOST_BORDERS = 64;

/** Sets aside captures whose survey no worker could do. */
export async function blameSurveys(
  failed: ReadonlyMap<SurveyTask, Failure>,
  before: Exceptions,
  parts: SettleParts,
): Promise<Exceptions> {
  const setAside = { ...before.setAside };
  for (const [task, failure] of failed) {
    if (failure.kind === "changed") {
      setAside[task.id] = changed({ path: task.path, sha256: "" }, parts);
      continue;
    }
    const reason = `could not be read: ${failure.message}`;
    // What kept a worker waiting would keep us waiting, too.
    const sha256 = failure.kind === "stalled" ? "" : await sha256Of(task.path);
    setAside[task.id] = { path: task.path, sha256, reason };
    tell(task.path, reason, failure, parts);
  }
  return { ...before, setAside };
}

/**
 * Finds out what it was about a window that no worker could do it: each of its captures is tried alone, and those that
 * fail are set aside. Where each goes well alone, they are too much together, and the window is cut in two.
 */
export async function blameWindow(
  task: MapTask,
  failure: Failure,
  surveys: ReadonlyMap<string, CaptureSurvey>,
  before: Exceptions,
  parts: SettleParts,
): Promise<Exceptions> {
  const moving = task.captures.filter(({ path }) => failure.captures?.includes(path) === true);
  if (failure.kind === "changed" && moving.length > 0) {
    const setAside = { ...before.setAside };
    for (const capture of moving) setAside[capture.survey] = changed(capture, parts);
    return { ...before, setAside };
  }
  const culprits = new Map<PlannedCapture, Failure>();
  const [only] = task.captures;
  if (task.captures.length === 1 && only !== undefined) culprits.set(only, failure);
  else {
    parts.note(`${taskName(task)}: ${failure.message}; its captures are tried one by one`);
    for (const capture of task.captures) {
      const found = await probe(task, capture, parts);
      if (found !== undefined) culprits.set(capture, found);
    }
  }
  if (culprits.size === 0) {
    const border = before.borders.length < MOST_BORDERS ? middleOf(task, surveys) : undefined;
    if (border !== undefined) {
      parts.note(`${taskName(task)}: each of its captures can be read alone; the window is cut in two`);
      return { ...before, borders: [...before.borders, border].sort((a, b) => a - b) };
    }
    const largest = task.captures.toSorted((a, b) => b.size - a.size)[0];
    if (largest !== undefined) culprits.set(largest, failure);
  }
  const setAside = { ...before.setAside };
  for (const [capture, found] of culprits) {
    if (found.kind === "changed") {
      setAside[capture.survey] = changed(capture, parts);
      continue;
    }
    const reason = `could not be read: ${found.message}`;
    setAside[capture.survey] = { path: capture.path, sha256: capture.sha256, reason };
    tell(capture.path, reason, found, parts);
  }
  return { ...before, setAside };
}

/** Does a window with one of its captures, for nothing but to see whether that goes well. */
async function probe(
  task: MapTask,
  capture: PlannedCapture,
  parts: SettleParts,
): Promise<Failure | undefined> {
  const id = contentId(`probe ${task.id} ${capture.survey}`);
  const { onDone: _, ...quiet } = parts;
  try {
    const probing: MapTask = { ...task, id, captures: [capture], bytes: 0 };
    await parts.directory.writeProbe(probing);
    return await attempt(probing, true, parts.signal, quiet);
  } finally {
    for (const folder of ["map", "probe"]) {
      const path = join(parts.directory.path, folder);
      for (const name of await readdir(path).catch(() => []))
        if (name.startsWith(id)) await rm(join(path, name), { recursive: true, force: true });
    }
  }
}

/** Left out of this run, and of no other. */
function changed({ path, sha256 }: Omit<SetAside, "reason">, parts: SettleParts): SetAside {
  const reason =
    "it changed while it was read, as one that is still being written, or could no longer be read; the next run looks at it anew";
  parts.meter.setAside += 1;
  parts.note(`${path}: ${reason}. It is set aside, the audit goes on without it`);
  return { path, sha256, reason, changed: true };
}

function tell(path: string, reason: string, failure: Failure, parts: SettleParts): void {
  parts.meter.setAside += 1;
  parts.note(`${path}: ${reason}; it is set aside, the audit goes on without it`);
  if (failure.kind === "fault")
    parts.note(`that is a fault of the program, please report it: ${failure.stack}`);
}

/** The middle of the time in which a window has packets; undefined where it is too short to be cut. */
function middleOf(task: MapTask, surveys: ReadonlyMap<string, CaptureSurvey>): number | undefined {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { survey } of task.captures) {
    const { firstSeconds, lastSeconds } = surveys.get(survey) ?? {};
    if (firstSeconds !== undefined) first = Math.min(first, firstSeconds);
    if (lastSeconds !== undefined) last = Math.max(last, lastSeconds + 1);
  }
  const from = Math.max(task.from, Math.floor(first));
  const to = Math.min(task.to, Math.ceil(last));
  if (!(to - from >= LEAST_WINDOW_SECONDS)) return undefined;
  const middle = Math.floor((from + to) / 2);
  return middle > from && middle < to ? middle : undefined;
}

/** "" where it cannot be read. */
async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
  } catch {
    return "";
  }
}
