import { resolve } from "node:path";
import { AuditError } from "../audit/audit-error.ts";
import { absolutePaths, type Archive, findCaptures, isInside } from "../audit/run/archive.ts";
import type { AuditDirectory, Manifest, ManifestInput } from "../audit/run/manifest.ts";
import { writeSettings } from "../audit/settings.ts";
import { surveyTask } from "../audit/survey.ts";
import type { CaptureSurvey, ResultFormat } from "../audit/tasks.ts";
import { expandInputs } from "../capture/inputs.ts";
import { counted, grouped } from "../count-text.ts";
import { namesIn } from "../files/name-list.ts";
import { MOST_LIST_BYTES, readWholeFile, whyUnread } from "../files/whole-file.ts";
import type { AuditVoice } from "./audit-progress.ts";
import { UsageError } from "./exit.ts";
import type { RawInputOptions } from "./input-options.ts";
import { prepareRun, type PreparedRun } from "./prepare-run.ts";
import { choice } from "./report-options.ts";
import { sizeOption } from "./size-option.ts";
import { version } from "./version.ts";
import type { RawQueueOptions } from "./queue-option.ts";
import type { RawWorkOptions } from "./work-options.ts";

/** Options of `audit`, as commander hands them over. */
export interface RawAuditOptions extends RawInputOptions, RawWorkOptions, RawQueueOptions {
  readonly out?: string;
  readonly window?: string;
  readonly format?: string;
  readonly retrySetAside?: boolean;
  readonly forget?: readonly string[];
  readonly failOn?: string;
  readonly progress?: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** An audit that can begin: its captures are known, its settings and its manifest are in its directory. */
export interface Begun {
  readonly manifest: Manifest;
  readonly archive: Archive;
  readonly prepared: PreparedRun;
  /** Captures of earlier runs that are there no more. */
  readonly gone: number;
}

const FORMATS: readonly ResultFormat[] = ["csv", "ndjson"];

/** Options that judge, in the manifest. They are taken up again where a later run names none. */
const JUDGING = [
  "site",
  "expressroute",
  "internet",
  "internal",
  "remote",
  "cloud",
  "asOf",
  "endpoints",
  "converge",
  "activeTimeout",
  "maxFlows",
] as const;

/**
 * Makes an audit of what is named, or adds that to the audit which is in the directory. Without options that judge, those
 * of the last run are taken; with some, they alone, and everything that depends on them is done anew. The caller holds
 * the lock. Throws AuditError where there is no capture.
 */
export async function beginAudit(
  directory: AuditDirectory,
  named: readonly string[],
  raw: RawAuditOptions,
  voice: AuditVoice,
): Promise<Begun> {
  const before = await directory.manifest();
  const listed = raw.filesFrom === undefined ? [] : pathsOf(raw.filesFrom);
  if (raw.filesFrom !== undefined && listed.length === 0)
    voice.note(`the list of --files-from ${raw.filesFrom} names no capture`);
  const forgotten = forgottenPaths(raw.forget, [...named, ...listed], before, directory);
  const kept = (before?.paths ?? []).filter((path) => !forgotten.includes(path));
  const paths = absolutePaths([...named, ...listed, ...kept]);
  if (paths.length === 0) throw new UsageError("no capture named: give files, folders or globs");
  const windowBytes = raw.window === undefined ? before?.windowBytes : sizeOption("--window", raw.window);
  const formats = raw.format === undefined ? (before?.formats ?? ["csv"]) : formatsOf(raw.format);
  const judging = judgingOptions(raw, before);
  const prepared = await prepareRun(judging, { note: (text) => voice.note(text) });

  const archive = await findCaptures(paths, true, directory.path, surveyTask);
  for (const error of archive.errors) voice.error(error.message);
  const lasting = archive.errors.find(({ code, path }) => code === "missing" && kept.includes(path));
  if (lasting !== undefined)
    voice.note(`--forget ${lasting.path} takes it out of the audit, if it is gone for good`);
  if (raw.verbose === true)
    for (const { path, reason } of archive.skipped) voice.note(`${path}: left out, ${reason}`);
  else if (archive.skipped.length > 0)
    voice.note(`files that are no captures: ${grouped(archive.skipped.length)}, left out (-v names them)`);

  const lost = lostSince(before, archive, await capturesOf(forgotten), voice);
  // Nothing is written then: a name that was mistyped is not kept, nor is the result of before taken for one of nothing.
  if (archive.tasks.length === 0) throw new AuditError("there is no capture in what was named");

  const settings = await writeSettings(directory.path, prepared);
  if (before !== undefined && before.settings !== settings)
    voice.note("site, endpoint lists or options differ from the last run: every window is judged anew");
  const known = new Map((before?.inputs ?? []).map((input) => [input.path, input]));
  const inputs = archive.tasks.map(({ path, size, mtimeMs }): ManifestInput => {
    const modified = new Date(mtimeMs).toISOString();
    const old = known.get(path);
    return old?.size === size && old.modified === modified ? old : { path, size, modified };
  });
  await directory.writeSurveyTasks(archive.tasks);
  await directory.pruneExceptions(archive.tasks);
  await directory.retryUnread(archive.tasks);
  await directory.writeManifest({
    tool: version(),
    paths,
    recursive: true,
    settings,
    options: { ...judging },
    endpoints: { cloud: prepared.history.cloud, versions: endpointVersions(prepared) },
    windowBytes,
    formats,
    inputs,
    missing: archive.errors.map(({ path }) => path),
    plan: before?.plan,
    result: before?.result,
  });
  return { manifest: await directory.needManifest(), archive, prepared, gone: lost };
}

/** The paths of `--forget` as the manifest has them. Throws UsageError for one that it has not. */
function forgottenPaths(
  given: readonly string[] | undefined,
  named: readonly string[],
  before: Manifest | undefined,
  directory: AuditDirectory,
): readonly string[] {
  if (given === undefined) return [];
  const again = named.map((path) => resolve(path));
  return given.map((text) => {
    const path = resolve(text);
    if (again.includes(path)) throw new UsageError(`${text} is named, and to be forgotten: which one?`);
    if (before?.paths.includes(path) !== true)
      throw new UsageError(
        `--forget ${text}: ${directory.path} audits no path of that name` +
          (before === undefined ? "; no audit was begun there" : `, but ${namesOf(before.paths)}`),
      );
    return path;
  });
}

/** Whether a capture belongs to one of these paths: files, folders, globs. */
async function capturesOf(paths: readonly string[]): Promise<(capture: string) => boolean> {
  const { inputs } = await expandInputs(paths, { recursive: true });
  const there = new Set(inputs.map(({ path }) => resolve(path)));
  return (capture) => there.has(capture) || paths.some((path) => isInside(capture, path));
}

function namesOf(paths: readonly string[]): string {
  const more = paths.length - 5;
  return paths.slice(0, 5).join(", ") + (more > 0 ? ` and ${grouped(more)} more` : "");
}

/** Names the captures of the last run that are none any more and were not to be forgotten; answers how many they are. */
function lostSince(
  before: Manifest | undefined,
  archive: Archive,
  forgotten: (path: string) => boolean,
  voice: AuditVoice,
): number {
  const found = new Set(archive.tasks.map(({ path }) => path));
  const skipped = new Map(archive.skipped.map(({ path, reason }) => [resolve(path), reason]));
  const gone = (before?.inputs ?? []).filter(({ path }) => !found.has(path));
  const lost = gone.filter(({ path }) => !forgotten(path));
  if (gone.length > lost.length)
    voice.note(`no longer part of the audit: ${counted(gone.length - lost.length, "capture")}`);
  for (const { path } of lost.slice(0, 5)) {
    const reason = skipped.get(path);
    voice.error(
      `${path}: was audited before and is ${reason === undefined ? "there no more" : `left out now: it ${reason}`}`,
    );
  }
  if (lost.length > 5) voice.error(`and ${grouped(lost.length - 5)} more that are gone`);
  return lost.length;
}

/** The inputs with what their surveys found. */
export function surveyedInputs(
  inputs: readonly ManifestInput[],
  surveys: readonly CaptureSurvey[],
): ManifestInput[] {
  const byPath = new Map(surveys.map((survey) => [survey.path, survey]));
  return inputs.map((input) => {
    const survey = byPath.get(input.path);
    if (survey === undefined) return input;
    const status = survey.error === undefined ? survey.status : "unreadable";
    return { ...input, sha256: survey.sha256, status };
  });
}

function judgingOptions(raw: RawAuditOptions, before: Manifest | undefined): RawInputOptions {
  const given: Record<string, unknown> = {};
  for (const name of JUDGING) if (raw[name] !== undefined) given[name] = raw[name];
  // Commander fills these in; only what differs was given by somebody.
  if (given["asOf"] === "capture") delete given["asOf"];
  if (given["converge"] === "200") delete given["converge"];
  if (Object.keys(given).length === 0) return (before?.options ?? {}) as RawInputOptions;
  for (const name of ["site", "endpoints"])
    if (typeof given[name] === "string") given[name] = resolve(given[name]);
  for (const name of ["expressroute", "internet"]) {
    const markers = given[name] as readonly string[] | undefined;
    if (markers !== undefined)
      given[name] = markers.map((marker) =>
        marker.replace(/^routes=(.+)$/, (_, file: string) => `routes=${resolve(file)}`),
      );
  }
  return given as RawInputOptions;
}

/** The result is always in Parquet; what else, in words joined by `,`. */
function formatsOf(text: string): ResultFormat[] {
  const words = text.split(",").map((word) => choice("--format", word.trim(), ["parquet", ...FORMATS]));
  return FORMATS.filter((format) => words.includes(format));
}

/** One list where it is fixed, else all that can judge a capture. */
function endpointVersions(prepared: PreparedRun): readonly string[] {
  const { history, asOf } = prepared;
  return asOf === undefined ? history.versions : [history.at(asOf).version];
}

function pathsOf(file: string): string[] {
  if (file === "-") throw new UsageError("--files-from -: an audit wants the list in a file");
  let names: string[];
  try {
    names = namesIn(readWholeFile(file, MOST_LIST_BYTES));
  } catch (error) {
    throw new UsageError(`--files-from ${file}: ${whyUnread(error)}`);
  }
  if (names.includes("-"))
    throw new UsageError(`--files-from ${file}: has a line "-"; an audit reads no standard input`);
  return names;
}
