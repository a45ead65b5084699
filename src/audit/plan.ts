import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ClockLine } from "../capture/clock-line.ts";
import { compareText } from "../compare-text.ts";
import { makeFolder } from "../files/folder.ts";
import { DEFAULT_TIMEOUTS, type Timeouts } from "../flows/end-rule.ts";
import { contentId } from "./content-id.ts";
import { crossingKeys } from "./crossing.ts";
import { loadDuckDB } from "./duckdb.ts";
import { placeOf } from "./layout.ts";
import { numberedCaptures } from "./map-captures.ts";
import { partsFor } from "./parts.ts";
import { type PlacedCapture, placeCaptures } from "./placed-captures.ts";
import { publishBy } from "./publish.ts";
import { readSettings } from "./settings.ts";
import { idOf } from "./task-ids.ts";
import type {
  AuditFile,
  AuditPlan,
  CaptureSurvey,
  MapTask,
  PlannedCapture,
  PlanOptions,
  ReduceTask,
  StageContext,
} from "./tasks.ts";
import { bordersOf, EARLIEST, LATEST, WINDOW_BYTES } from "./windows.ts";

/** What was learned longer ago than this before a window is not learned again: seconds. */
const LESSON_SECONDS = 3600;

/**
 * Cuts an audit into tasks. What it says depends on the captures and settings alone: not on the order of `surveys`, on
 * workers, or on what was done before.
 */
export async function planAudit(
  directory: string,
  surveys: readonly CaptureSurvey[],
  options: PlanOptions,
  context: StageContext = {},
): Promise<AuditPlan> {
  await loadDuckDB("an audit"); // the report needs it: better said now than after hours
  const setAside = (options.setAside ?? []).toSorted((x, y) => compareText(x.path, y.path));
  const left = new Set(setAside.map(({ path }) => path));
  const placed = await placeCaptures(
    surveys.filter(({ error, path }) => error === undefined && !left.has(path)),
  );
  const captures = placed.map(({ capture }) => capture);
  const { timeouts = DEFAULT_TIMEOUTS } = await readSettings(directory, options.settings);
  const ordered = bordersOf(placed, options.windowBytes ?? WINDOW_BYTES);
  const borders = [...new Set([...ordered, ...(options.extraBorders ?? [])])].sort((x, y) => x - y);
  const disorderSeconds = disorderOf(placed);
  const crossing = await crossingOf(directory, placed, borders, timeouts, context.signal);
  const { settings } = options;
  const several = captures.length > 1;
  const maps = await mapTasks(directory, placed, borders, crossing, { settings, several });
  const indexOf = new Map(captures.map((capture, index) => [capture, index]));
  const outputs = maps.map((task) => ({
    id: task.id,
    captures: numberedCaptures(task).map((capture) => indexOf.get(capture) ?? -1),
    crossing: task.crossing,
  }));
  const anyCrossing = crossing.some((keys) => keys.length > 0);
  const reduces = reduceTasks(anyCrossing ? partsFor(borders.length + 1) : 0, {
    settings,
    maps: outputs,
    captures,
    disorderSeconds,
    several,
  });
  const states = surveys
    .map(({ path, sha256, status, error }) => [path, sha256, status, error ?? ""])
    .toSorted((x, y) => compareText(x[0] ?? "", y[0] ?? ""));
  const rest = {
    settings,
    captures,
    setAside,
    missing: [...new Set(options.missing)].toSorted(),
    formats: [...new Set(options.formats ?? ["csv" as const])].toSorted(),
  };
  const inputs = captures.map(identityOf);
  const clocks = captures.map(({ clock }) => clock);
  const ids = [...maps, ...reduces].map(({ id }) => id);
  const id = idOf("report", settings, ids, inputs, clocks, states, setAside, rest.missing, rest.formats);
  return {
    id,
    settings,
    borders,
    captures,
    setAside,
    maps,
    reduces,
    report: {
      ...rest,
      stage: "report",
      id,
      maps: outputs,
      reduces: reduces.map((task) => task.id),
      surveys: surveys.map((survey) => survey.id).toSorted(),
      several,
    },
  };
}

/** Keys of the flows that cross borders, by window. */
async function crossingOf(
  directory: string,
  placed: readonly PlacedCapture[],
  borders: readonly number[],
  timeouts: Timeouts,
  signal: AbortSignal | undefined,
): Promise<Uint32Array[]> {
  const disorder = Math.max(0, ...placed.map(({ survey }) => survey.disorderSeconds));
  return crossingKeys(
    placed.map(({ capture, survey }) => ({
      path: placeOf(directory, `survey/${survey.id}.tuples`),
      clock: new ClockLine(capture.anchors),
      tuples: survey.tuples,
    })),
    {
      borders,
      idleSeconds: Math.max(timeouts.tcp, timeouts.udp) + disorder + 2,
      signal,
    },
  );
}

/** Where it is a day or more, a clock was wrong: for its sake, no flow is kept from ending. */
function disorderOf(placed: readonly PlacedCapture[]): number {
  const all = placed.map(({ survey }) => survey.disorderSeconds).filter((seconds) => seconds < 86_400);
  return all.reduce((most, seconds) => Math.max(most, seconds), 0);
}

/** A task for each window that has captures. */
async function mapTasks(
  directory: string,
  placed: readonly PlacedCapture[],
  borders: readonly number[],
  crossing: readonly Uint32Array[],
  rest: Pick<MapTask, "settings" | "several">,
): Promise<MapTask[]> {
  const tasks: MapTask[] = [];
  for (let window = 0; window <= borders.length; window++) {
    const from = borders[window - 1] ?? EARLIEST;
    const to = borders[window] ?? LATEST;
    const keys = crossing[window] ?? new Uint32Array();
    const file = keys.length === 0 ? undefined : await writeKeys(directory, keys);
    const task = mapTask(placed, from, to, { ...rest, crossing: file });
    if (task.captures.length > 0) tasks.push(task);
  }
  return tasks;
}

function mapTask(
  placed: readonly PlacedCapture[],
  from: number,
  to: number,
  rest: Pick<MapTask, "settings" | "several" | "crossing">,
): MapTask {
  // A packet without a time stands beside the one before it; before the first one it is at the beginning of time.
  const begins = ({ first, survey }: PlacedCapture): number =>
    survey.untimed > 0 ? EARLIEST : (first ?? EARLIEST);
  const inside = placed.filter((item) => begins(item) < to && item.last >= from);
  const before = placed.filter((item) => begins(item) < from && item.last >= from - LESSON_SECONDS);
  const captures = inside.map(({ capture }) => capture);
  const lessons = before.map(({ capture }) => capture);
  return {
    stage: "map",
    id: idOf("map", rest, from, to, captures.map(identityOf), lessons.map(identityOf)),
    ...rest,
    from,
    to,
    captures,
    lessons,
    disorderSeconds: disorderOf([...inside, ...before]),
    bytes: captures.reduce((sum, { size }) => sum + size, 0),
  };
}

function reduceTasks(
  parts: number,
  rest: Pick<ReduceTask, "settings" | "maps" | "captures" | "disorderSeconds" | "several">,
): ReduceTask[] {
  const maps = rest.maps.map(({ id }) => id);
  const inputs = rest.captures.map(identityOf);
  return Array.from({ length: parts }, (_, part) => ({
    stage: "reduce",
    id: idOf("reduce", rest.settings, part, parts, maps, inputs),
    ...rest,
    part,
    parts,
  }));
}

/** What of a capture decides what is said of its packets; its folder and age do not. */
function identityOf({ name, sha256, anchors }: PlannedCapture): unknown {
  return [name, sha256, anchors];
}

async function writeKeys(directory: string, keys: Uint32Array): Promise<AuditFile> {
  const bytes = new Uint8Array(keys.buffer, keys.byteOffset, keys.byteLength);
  const file = `plan/${contentId(bytes)}.keys`;
  const place = placeOf(directory, file);
  if (existsSync(place)) return file;
  makeFolder(dirname(place));
  await publishBy(place, (temporary) => writeFile(temporary, bytes, { flag: "wx" }));
  return file;
}
