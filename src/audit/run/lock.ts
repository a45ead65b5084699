import { randomBytes } from "node:crypto";
import { readFile, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AuditError } from "../audit-error.ts";
import {
  type Holder,
  holderNow,
  nameOf,
  type Patience,
  readHolder,
  refusal,
  seemsAlive,
  SIGN_OF_LIFE_MS,
} from "./holder.ts";
import { create, textOf } from "./lock-file.ts";
import { isLeftBehind, takeOver } from "./take-over.ts";

/** How long to wait for who takes a lock over just now. */
const AGAIN_MS = 20;

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
  #signing: Promise<void> = Promise.resolve();

  private constructor(path: string, text: string, takenOver: Holder | undefined, signMs: number) {
    this.#path = path;
    this.#text = text;
    this.takenOver = takenOver;
    const lost = new AbortController();
    this.lost = lost.signal;
    this.#timer = setInterval(() => {
      this.#signing = this.#sign().catch((error: unknown) => lost.abort(error));
    }, signMs);
    this.#timer.unref();
  }

  /** Takes the lock, from a dead process if need be; throws an AuditError that names a living holder. */
  static async take(directory: string, how: LockOptions = {}): Promise<AuditLock> {
    const path = lockFile(directory);
    // By chance, since two locks of one process within a millisecond must not be the same.
    const own = `${JSON.stringify({ ...holderNow(how.does ?? ""), id: randomBytes(8).toString("hex") })}\n`;
    const signMs = how.signMs ?? SIGN_OF_LIFE_MS;
    for (;;) {
      if (await create(path, own)) return new AuditLock(path, own, undefined, signMs);
      const text = await textOf(path);
      if (text === undefined) continue; // let go just now
      const holder = readHolder(text);
      if (!(await isLeftBehind(path, text, how)))
        throw holder === undefined
          ? new AuditError(`${path}: another audit begins here; if none does, delete this file`)
          : await refusal(directory, path, holder);
      if (await takeOver(path, text, own, how)) return new AuditLock(path, own, holder, signMs);
      await delay(AGAIN_MS, undefined, { signal: how.signal });
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#signing; // one that finds no file would make it anew
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
