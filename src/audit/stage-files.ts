import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "../files/folder.ts";
import { AuditError } from "./audit-error.ts";
import { answerFile, placeOf } from "./layout.ts";
import { publish, publishBy, replaceBy, temporaryName } from "./publish.ts";
import type { AuditFile, StageTask } from "./tasks.ts";

/** The answer of a task that was done before; undefined where it was not. */
export async function knownAnswer<Answer>(
  directory: string,
  task: Pick<StageTask, "stage" | "id">,
): Promise<Answer | undefined> {
  return readJson<Answer>(directory, answerFile(task));
}

/** A JSON file of the audit's folder; undefined where there is none. */
async function readJson<Value>(directory: string, file: AuditFile): Promise<Value | undefined> {
  const place = placeOf(directory, file);
  let text: string;
  try {
    text = await readFile(place, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Value;
  } catch {
    throw new AuditError(`${place} is broken: delete it and run the audit again`);
  }
}

/** As `readJson`, for a file that an earlier stage must have written. */
export async function demandJson<Value>(directory: string, file: AuditFile): Promise<Value> {
  const value = await readJson<Value>(directory, file);
  if (value === undefined)
    throw new AuditError(`${placeOf(directory, file)} is missing: run the stage before, or the audit again`);
  return value;
}

export async function writeJson(directory: string, file: AuditFile, value: unknown): Promise<void> {
  const place = placeOf(directory, file);
  makeFolder(dirname(place));
  await publishBy(place, async (temporary) => {
    await writeFile(temporary, JSON.stringify(value), { flag: "wx" });
  });
}

/** The files that a task is writing: published together when it is done, or gone together. */
export class PendingFiles {
  readonly #directory: string;
  readonly #pending = new Map<AuditFile, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Where to write a file until it is published. */
  async place(file: AuditFile): Promise<string> {
    const target = placeOf(this.#directory, file);
    makeFolder(dirname(target));
    const temporary = temporaryName(target);
    this.#pending.set(file, temporary);
    return temporary;
  }

  async writeJson(file: AuditFile, value: unknown): Promise<void> {
    await writeFile(await this.place(file), JSON.stringify(value), { flag: "wx" });
  }

  /** In the order in which they were asked for. */
  async publish(): Promise<void> {
    for (const [file, temporary] of this.#pending) await publish(temporary, placeOf(this.#directory, file));
    this.#pending.clear();
  }

  /** As `publish`, but in the place of what is there: for results, which follow the newest plan. */
  async replace(): Promise<void> {
    for (const [file, temporary] of this.#pending) await replaceBy(temporary, placeOf(this.#directory, file));
    this.#pending.clear();
  }

  async remove(): Promise<void> {
    for (const temporary of this.#pending.values())
      await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/**
 * The answer of a task: the one that is there, or that of `work`, whose files are published before it. What was not
 * finished is removed.
 */
export async function doOnce<Answer>(
  directory: string,
  task: Pick<StageTask, "stage" | "id">,
  work: (files: PendingFiles) => Promise<Answer>,
): Promise<Answer> {
  const known = await knownAnswer<Answer>(directory, task);
  if (known !== undefined) return known;
  const files = new PendingFiles(directory);
  try {
    const answer = await work(files);
    await files.publish();
    await writeJson(directory, answerFile(task), answer);
    return answer;
  } finally {
    await files.remove();
  }
}
