import { randomBytes } from "node:crypto";
import { readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { makeFolder } from "../../files/folder.ts";
import {
  type Holder,
  holderNow,
  isGone,
  type Patience,
  readHolder,
  refusal,
  SIGN_OF_LIFE_MS,
} from "./holder.ts";
import { lockFile } from "./lock.ts";

const AGAIN_MS = 1000;

/** One of many processes that do tasks of an audit beside each other, without its lock: each has a file in `shares/`. */
export class Share {
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(path: string) {
    this.#path = path;
    this.#timer = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => undefined);
    }, SIGN_OF_LIFE_MS);
    this.#timer.unref();
  }

  /** Waits for `audit gc` to be over: what it removes may be read by a share, and the other way round it looks for shares. */
  static async begin(directory: string, does: string, how: Patience = {}): Promise<Share> {
    const folder = join(directory, "shares");
    makeFolder(folder);
    const holder = holderNow(does);
    const path = join(folder, `${holder.host}~${holder.pid}~${randomBytes(6).toString("hex")}`);
    let said = false;
    for (;;) {
      await writeFile(path, `${JSON.stringify(holder)}\n`);
      const share = new Share(path);
      if (!(await isSwept(directory, how))) return share;
      await share.end();
      if (!said) how.note?.(`${directory}: audit gc is at work: waiting for its end`);
      said = true;
      await delay(AGAIN_MS, undefined, { signal: how.signal });
    }
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await rm(this.#path, { force: true });
  }
}

/** Throws an AuditError that names a share at work. Files of those that are no more are removed. */
export async function demandNoShares(directory: string, how: Patience = {}): Promise<void> {
  const folder = join(directory, "shares");
  const stop = new AbortController();
  const check = async (name: string): Promise<void> => {
    const path = join(folder, name);
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) return; // over meanwhile
    const holder = readHolder(text) ?? unknownHolder(name);
    if (!(await isGone(path, text, holder, { ...how, signal: stop.signal })))
      throw await refusal(directory, path, holder);
    await rm(path, { force: true });
  };
  try {
    await Promise.all((await readdir(folder).catch(() => [])).map(check));
  } finally {
    stop.abort(); // one that lives is enough: the others need not be watched any longer
  }
}

/** Whether `audit gc` is at it; a dead one's lock keeps nobody waiting. */
async function isSwept(directory: string, how: Patience): Promise<boolean> {
  const path = lockFile(directory);
  const text = await readFile(path, "utf8").catch(() => undefined);
  const holder = text === undefined ? undefined : readHolder(text);
  return text !== undefined && holder?.does === "gc" && !(await isGone(path, text, holder, how));
}

/** A file that is being written, or that a crash cut short: nobody can be asked. */
function unknownHolder(name: string): Holder {
  return { host: name, pid: 0, since: "", boot: "?", space: "?", began: "", does: "" };
}
