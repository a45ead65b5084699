import { open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { AuditError } from "../audit-error.ts";
import { beganOf, bootId } from "../process-start.ts";
import { hostWord, temporaryName } from "../publish.ts";

/** The process that works on an audit's directory. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** When it took the lock, ISO 8601. */
  readonly since: string;
  /** Which start of the machine, and when in it the process began: a process id is used again. "" where unknown. */
  readonly boot: string;
  readonly began: string;
}

/** How often the holder shows that it lives, milliseconds. */
const SIGN_OF_LIFE_MS = 30_000;
/** A lock file without a holder in it was cut short by a crash, once it is this old. */
const UNREADABLE_MS = 60_000;

/** Only one process changes an audit's directory at a time. */
export class AuditLock {
  /** The holder of a lock that was left behind by a process that is no more. */
  readonly takenOver: LockHolder | undefined;
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(path: string, takenOver: LockHolder | undefined) {
    this.#path = path;
    this.takenOver = takenOver;
    this.#timer = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => undefined); // somebody deleted it: nothing that we can mend
    }, SIGN_OF_LIFE_MS);
    this.#timer.unref();
  }

  /** Takes the lock, from a dead process if need be; throws an AuditError that names a living holder. */
  static async take(directory: string): Promise<AuditLock> {
    const path = lockFile(directory);
    let takenOver: LockHolder | undefined;
    for (;;) {
      if (await create(path)) return new AuditLock(path, takenOver);
      const text = await textOf(path);
      if (text === undefined) continue; // let go just now
      const holder = holderOf(text);
      if (holder === undefined) {
        if (!(await isOld(path)))
          throw new AuditError(`${path}: another audit begins here; if none does, delete this file`);
      } else if (isAlive(holder)) throw new AuditError(await refusal(directory, path, holder));
      if (await moveAway(path, text)) takenOver = holder;
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await rm(this.#path, { force: true });
  }
}

export function lockFile(directory: string): string {
  return join(directory, "lock");
}

/** Who works on a directory; undefined where nobody does. */
export async function currentHolder(directory: string): Promise<LockHolder | undefined> {
  const text = await readFile(lockFile(directory), "utf8").catch(() => undefined);
  const holder = text === undefined ? undefined : holderOf(text);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

async function create(path: string): Promise<boolean> {
  const holder: LockHolder = {
    host: hostWord(),
    pid: process.pid,
    since: new Date().toISOString(),
    boot: bootId(),
    began: beganOf(process.pid),
  };
  try {
    const file = await open(path, "wx");
    try {
      await file.writeFile(`${JSON.stringify(holder)}\n`);
    } finally {
      await file.close();
    }
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

async function refusal(directory: string, path: string, holder: LockHolder): Promise<string> {
  const own = holder.host === hostWord();
  const seen = await stat(path).catch(() => undefined);
  const quiet = seen === undefined ? 0 : Math.max(0, Math.round((Date.now() - seen.mtimeMs) / 1000));
  return (
    `${directory} is being worked on by process ${holder.pid}${own ? "" : ` on ${holder.host}`}, ` +
    `since ${holder.since} (last sign of life ${quiet} s ago). Let it end first` +
    (own ? "" : `; if that machine is gone, delete ${path}`)
  );
}

/** A process of another machine cannot be asked and counts as alive. */
function isAlive(holder: LockHolder): boolean {
  if (holder.host !== hostWord()) return true;
  if (holder.boot !== bootId()) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return holder.began === beganOf(holder.pid);
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

function holderOf(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<LockHolder> | null;
    if (typeof holder?.host !== "string" || !Number.isInteger(holder.pid)) return undefined;
    return {
      host: holder.host,
      pid: holder.pid ?? 0,
      since: String(holder.since),
      boot: String(holder.boot),
      began: String(holder.began),
    };
  } catch {
    return undefined;
  }
}

async function isOld(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined || Date.now() - found.mtimeMs > UNREADABLE_MS;
}
