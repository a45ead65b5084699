import { link, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AuditError } from "../audit-error.ts";
import { temporaryName } from "../publish.ts";
import {
  type Holder,
  holderNow,
  isGone,
  nameOf,
  type Patience,
  quietMs,
  readHolder,
  refusal,
  seemsAlive,
  SIGN_OF_LIFE_MS,
} from "./holder.ts";

/** A lock file without a holder in it was cut short by a crash, once it is this old. */
const UNREADABLE_MS = 60_000;

export interface LockOptions extends Patience {
  readonly does?: string | undefined;
  /** For tests: how often the holder shows that it lives. */
  readonly signMs?: number | undefined;
}

/** Only one process changes an audit's directory at a time. */
export class AuditLock {
  /** The holder of a lock that was left behind by a process that is no more. */
  readonly takenOver: Holder | undefined;
  /** Aborted when the lock is another's by now, after this process was halted for long. */
  readonly lost: AbortSignal;
  readonly #path: string;
  readonly #text: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(path: string, text: string, takenOver: Holder | undefined, signMs: number) {
    this.#path = path;
    this.#text = text;
    this.takenOver = takenOver;
    const lost = new AbortController();
    this.lost = lost.signal;
    this.#timer = setInterval(() => {
      this.#sign().catch((error: unknown) => lost.abort(error));
    }, signMs);
    this.#timer.unref();
  }

  /** Takes the lock, from a dead process if need be; throws an AuditError that names a living holder. */
  static async take(directory: string, how: LockOptions = {}): Promise<AuditLock> {
    const path = lockFile(directory);
    const own = `${JSON.stringify(holderNow(how.does ?? ""))}\n`;
    let takenOver: Holder | undefined;
    for (;;) {
      if (await create(path, own)) return new AuditLock(path, own, takenOver, how.signMs ?? SIGN_OF_LIFE_MS);
      const text = await textOf(path);
      if (text === undefined) continue; // let go just now
      const holder = readHolder(text);
      if (holder === undefined) {
        if ((await quietMs(path)) <= UNREADABLE_MS)
          throw new AuditError(`${path}: another audit begins here; if none does, delete this file`);
      } else if (!(await isGone(path, text, holder, how))) throw await refusal(directory, path, holder);
      if (await moveAway(path, text)) takenOver = holder;
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    if ((await textOf(this.#path)) === this.#text) await rm(this.#path, { force: true });
  }

  /** Shows that we live; throws where we were taken for dead. */
  async #sign(): Promise<void> {
    const text = await readFile(this.#path, "utf8").catch((error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" ? undefined : this.#text,
    );
    if (text === this.#text) {
      const now = new Date();
      await utimes(this.#path, now, now).catch(() => undefined); // a share that is away: the next time
      return;
    }
    if (text === undefined && (await create(this.#path, this.#text).catch(() => true))) return;
    const holder = text === undefined ? undefined : readHolder(text);
    throw new AuditError(
      `${this.#path}: ${holder === undefined ? "another process" : nameOf(holder)} took over what this one was at, since it gave no sign of life for minutes`,
    );
  }
}

export function lockFile(directory: string): string {
  return join(directory, "lock");
}

/** Who works on a directory; undefined where nobody does. */
export async function currentHolder(directory: string): Promise<Holder | undefined> {
  const path = lockFile(directory);
  const text = await readFile(path, "utf8").catch(() => undefined);
  const holder = text === undefined ? undefined : readHolder(text);
  return holder !== undefined && (await seemsAlive(path, holder)) ? holder : undefined;
}

/** The file has its text as soon as it has its name, so that a crash leaves no lock without a holder. */
async function create(path: string, text: string): Promise<boolean> {
  const whole = temporaryName(path);
  try {
    await writeFile(whole, text, { flag: "wx" });
    try {
      await link(whole, path);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // NFS may say so of a link that it has made: the answer to the first request was lost.
      if (code === "EEXIST") return (await stat(whole)).nlink > 1;
      if (code === "ENOENT") throw error;
    }
  } finally {
    await rm(whole, { force: true });
  }
  return await createInPlace(path, text); // a file system without links
}

async function createInPlace(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Takes a dead holder's lock out of the way; false where another process was faster and it is that one's by now. */
async function moveAway(path: string, text: string): Promise<boolean> {
  const aside = temporaryName(path);
  try {
    await rename(path, aside);
  } catch {
    return false;
  }
  const moved = await readFile(aside, "utf8").catch(() => text);
  if (moved === text) {
    await rm(aside, { force: true });
    return true;
  }
  await rename(aside, path);
  return false;
}

/** What the lock file says; undefined when there is none any more. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ESTALE") return undefined; // ESTALE: a share whose file was replaced
    throw new AuditError(`${path} cannot be read: ${code}`);
  }
}
