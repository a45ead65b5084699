import { existsSync } from "node:fs";
import { readFile, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { makeFolder } from "../../files/folder.ts";
import { AuditError } from "../audit-error.ts";
import { isUnfinished, replaceFile } from "../publish.ts";
import type {
  AuditFile,
  AuditPlan,
  CaptureSurvey,
  ReportResult,
  ResultFormat,
  SetAside,
  StageTask,
  SurveyTask,
} from "../tasks.ts";
import { isRight } from "./take-over.ts";
import { sharedJson, unshared } from "./shared-json.ts";

const FORMAT = "o365flow-audit";
const VERSION = 1;
/** What is written before the manifest: an audit that ended between the two has these alone. */
const SETTINGS = /^settings-[0-9a-f]{24}\.json$/;
const SURVEY_TASKS = "captures.json";

/** One capture of an audit, as the manifest lists it. */
export interface ManifestInput {
  readonly path: string;
  readonly size: number;
  /** ISO 8601. */
  readonly modified: string;
  /** Undefined while it was not read yet. */
  readonly sha256?: string;
  readonly status?: string;
}

/** `manifest.json`: what is audited, by which program, with which settings, and what came of it. */
export interface Manifest {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** Version of the program. */
  readonly tool: string;
  /** What was named: files, folders, globs, as absolute paths. */
  readonly paths: readonly string[];
  /** Also the folders inside folders. */
  readonly recursive: boolean;
  /** Where site, endpoint lists and options are, and what they were made from, for a reader. */
  readonly settings: AuditFile;
  readonly options: Readonly<Record<string, unknown>>;
  readonly endpoints: { readonly cloud: string; readonly versions: readonly string[] };
  readonly windowBytes: number | undefined;
  /** What the result is written as besides Parquet. */
  readonly formats: readonly ResultFormat[];
  readonly inputs: readonly ManifestInput[];
  /** What was named and is not there, or cannot be read. */
  readonly missing?: readonly string[] | undefined;
  /** Id of the plan whose result is in the directory; undefined until there is one. */
  readonly plan?: string | undefined;
  readonly result?: ReportResult | undefined;
}

/** What the driver learned about captures and windows that workers could not cope with. */
export interface Exceptions {
  /** By id of their survey. */
  readonly setAside: Readonly<Record<string, SetAside>>;
  readonly borders: readonly number[];
}

/** The files of an audit that only its driver writes. */
export class AuditDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** Makes the directory. One that holds other things is refused, so that a mistyped name spoils nothing. */
  async make(): Promise<void> {
    const names = await readdir(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      if (error.code === "ENOTDIR") throw new AuditError(`${this.path} is a file: --out wants a directory`);
      throw error;
    });
    const begun = names.some((name) => SETTINGS.test(name));
    const foreign = names.filter(
      (name) =>
        name !== "lock" &&
        !isRight(name) &&
        !isUnfinished(name) &&
        !(begun && (SETTINGS.test(name) || name === SURVEY_TASKS)),
    );
    if (foreign.length > 0 && !this.exists)
      throw new AuditError(`${this.path} is no directory of an audit and not empty: give --out another name`);
    makeFolder(this.path);
  }

  get exists(): boolean {
    return existsSync(join(this.path, "manifest.json"));
  }

  /** Undefined where no audit was begun here. */
  async manifest(): Promise<Manifest | undefined> {
    const manifest = await this.#read<Manifest>("manifest.json");
    if (manifest === undefined) return undefined;
    if (manifest.format !== FORMAT || manifest.version !== VERSION)
      throw new AuditError(
        `${this.path}: its manifest.json is of another program, or of a later version of this one`,
      );
    return manifest;
  }

  /** The same; throws where there is none. */
  async needManifest(): Promise<Manifest> {
    const manifest = await this.manifest();
    if (manifest === undefined)
      throw new AuditError(`${this.path}: no audit was begun here (no manifest.json)`);
    return manifest;
  }

  async writeManifest(manifest: Omit<Manifest, "format" | "version">): Promise<void> {
    await this.#write("manifest.json", { format: FORMAT, version: VERSION, ...manifest });
  }

  surveyTasks(): Promise<readonly SurveyTask[] | undefined> {
    return this.#read<readonly SurveyTask[]>(SURVEY_TASKS);
  }

  writeSurveyTasks(tasks: readonly SurveyTask[]): Promise<void> {
    return this.#write(SURVEY_TASKS, tasks);
  }

  async plan(): Promise<AuditPlan | undefined> {
    return unshared(await this.#read("plan.json")) as AuditPlan | undefined;
  }

  /** Every task names many captures, and the same ones. */
  async writePlan(plan: AuditPlan): Promise<void> {
    await replaceFile(join(this.path, "plan.json"), `${sharedJson(plan)}\n`);
  }

  /** A task that is done for nothing but to see whether it can be; workers of a queue look it up here. */
  async writeProbe(task: StageTask): Promise<void> {
    makeFolder(join(this.path, "probe"));
    await this.#write(`probe/${task.id}.json`, task);
  }

  readProbe(id: string): Promise<StageTask | undefined> {
    return this.#read<StageTask>(`probe/${id}.json`);
  }

  async exceptions(): Promise<Exceptions> {
    return (await this.#read<Exceptions>("exceptions.json")) ?? { setAside: {}, borders: [] };
  }

  /** What was learned of captures that are others now, or are no part of the audit any more, is forgotten. */
  async pruneExceptions(captures: readonly Pick<SurveyTask, "id">[]): Promise<void> {
    const { setAside, borders } = await this.exceptions();
    const ids = new Set(captures.map(({ id }) => id));
    const all = Object.entries(setAside);
    const kept = all.filter(([id, { changed }]) => changed !== true && ids.has(id));
    if (kept.length < all.length) await this.writeExceptions({ setAside: Object.fromEntries(kept), borders });
  }

  /** Surveys of captures that could not be read for a reason that lies outside them are done again. */
  async retryUnread(captures: readonly SurveyTask[]): Promise<void> {
    const manifest = await this.manifest();
    const unread = new Set<string>();
    for (const { path, status } of manifest?.inputs ?? []) if (status === "unreadable") unread.add(path);
    for (const task of captures) {
      if (!unread.has(task.path)) continue;
      const survey = await this.#read<CaptureSurvey>(`survey/${task.id}.json`);
      if (survey?.tryAgain !== true) continue;
      // Also what was read of it before: what is there is not written again.
      for (const form of ["json", "tuples", "lessons", "cards"])
        await rm(join(this.path, "survey", `${task.id}.${form}`), { force: true });
    }
  }

  writeExceptions(exceptions: Exceptions): Promise<void> {
    return this.#write("exceptions.json", exceptions);
  }

  /**
   * Before a report is made: the result in the directory is about to be another's. A report of an earlier time with the
   * same plan may be answered though its files were written over since, or one of them was deleted.
   */
  async beginReport(plan: AuditPlan): Promise<void> {
    const manifest = await this.manifest();
    if (manifest === undefined) return;
    const files = manifest.result?.files ?? [];
    if (manifest.plan === plan.id && files.every((file) => existsSync(join(this.path, file)))) return;
    await rm(join(this.path, "report", `${plan.report.id}.json`), { force: true });
    await this.writeManifest({ ...manifest, plan: undefined, result: undefined });
  }

  /** Ids of the tasks of a stage that are done. */
  async answered(stage: StageTask["stage"]): Promise<Set<string>> {
    const names = await readdir(join(this.path, stage)).catch(() => []);
    return new Set(names.filter((name) => /^[0-9a-f]+\.json$/.test(name)).map((name) => name.slice(0, -5)));
  }

  /** What a done task answered. */
  async answer<T>(task: Pick<StageTask, "stage" | "id">): Promise<T> {
    const answer = await this.#read<T>(`${task.stage}/${task.id}.json`);
    if (answer === undefined)
      throw new AuditError(
        `${join(this.path, task.stage, task.id)}.json has gone: was the directory changed meanwhile?`,
      );
    return answer;
  }

  async #read<T>(name: string): Promise<T | undefined> {
    const path = join(this.path, name);
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      // Where the directory is a file, there is none in it.
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw error;
    }
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new AuditError(`${path} is damaged (no JSON): delete it and run the audit again`);
    }
  }

  async #write(name: string, value: unknown): Promise<void> {
    await replaceFile(join(this.path, name), `${JSON.stringify(value, undefined, 1)}\n`);
  }
}
