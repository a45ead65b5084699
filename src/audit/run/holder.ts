import { readFile, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { AuditError } from "../audit-error.ts";
import { beganOf, bootId, isRunning, pidSpace } from "../process-start.ts";
import { hostWord } from "../publish.ts";

/** A process that is at work on an audit's directory, as it says in a file there. */
export interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When it began with it, ISO 8601. */
  readonly since: string;
  /** Which start of the machine, which numbering of its processes, and when the process began; "" where unknown. */
  readonly boot: string;
  readonly space: string;
  readonly began: string;
  /** What it does: "gc" removes files, which others wait for. */
  readonly does: string;
}

/** How often a holder shows that it lives: its file gets a new time, milliseconds. */
export const SIGN_OF_LIFE_MS = 30_000;
/** A holder that cannot be asked is doubted after so long without a sign, milliseconds. */
const QUIET_MS = 120_000;
/** Then its file is watched for so long: its time may be of a clock that is behind ours. */
const WATCH_MS = 90_000;
const LOOK_MS = 1000;

export function holderNow(does: string): Holder {
  return {
    host: hostWord(),
    pid: process.pid,
    since: new Date().toISOString(),
    boot: bootId(),
    space: pidSpace(),
    began: beganOf(process.pid),
    does,
  };
}

/** What a holder's file says; undefined for a text that is none. */
export function readHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    if (typeof holder?.host !== "string" || !Number.isInteger(holder.pid)) return undefined;
    const { host, pid = 0, since = "", boot = "", space = "", began = "", does = "" } = holder;
    return {
      host,
      pid,
      since: String(since),
      boot: String(boot),
      space: String(space),
      began: String(began),
      does: String(does),
    };
  } catch {
    return undefined;
  }
}

/**
 * Whether it still runs; undefined for a process that cannot be asked: on another machine, in another container, or from
 * before a restart, and on a system that does not tell when a process began, such as Windows, where its number may be
 * another's by now. Host names prove nothing, since containers may share one.
 */
export function isAlive(holder: Holder): boolean | undefined {
  if (holder.boot !== bootId() || holder.space !== pidSpace()) return undefined;
  if (holder.boot === "" && holder.host !== hostWord()) return undefined;
  if (holder.began === "") return isRunning(holder.pid, () => true) ? undefined : false;
  return isRunning(holder.pid, (began) => holder.began === began);
}

/** Milliseconds since its last sign of life; 0 for a file that is gone, and for a sign of a time that is yet to come. */
export async function quietMs(path: string): Promise<number> {
  return Math.max(0, await sinceSign(path));
}

/** The same, but negative for a time that is yet to come. */
async function sinceSign(path: string): Promise<number> {
  const seen = await stat(path).catch(() => undefined);
  return seen === undefined ? 0 : Date.now() - seen.mtimeMs;
}

/**
 * Whether it can be doubted: its last sign is old, or of a time far ahead. Of a clock that was put back since, or of
 * another machine's that is wrong, nobody would ever live to see that time pass.
 */
export async function isQuiet(path: string): Promise<boolean> {
  return Math.abs(await sinceSign(path)) >= QUIET_MS;
}

/** Whether it works there as far as anybody can see: alive, or of late with a sign of life. */
export async function seemsAlive(path: string, holder: Holder): Promise<boolean> {
  return isAlive(holder) ?? (await quietMs(path)) < QUIET_MS;
}

export interface Patience {
  readonly signal?: AbortSignal | undefined;
  readonly watchMs?: number | undefined;
  note?(text: string): void;
}

/** Whether the holder that `text` tells of is no more. Takes a minute and a half where that can only be waited for. */
export async function isGone(path: string, text: string, holder: Holder, how: Patience): Promise<boolean> {
  const alive = isAlive(holder);
  if (alive !== undefined) return !alive;
  if (!(await isQuiet(path))) return false;
  const { signal, watchMs = WATCH_MS } = how;
  const since = Math.round((await sinceSign(path)) / 1000);
  const quiet =
    since < 0 ? `gave its last sign ${-since} s ahead of the clock here` : `gave no sign for ${since} s`;
  how.note?.(
    `${nameOf(holder)} ${quiet}: if it gives none in ${Math.round(watchMs / 1000)} s, it counts as gone`,
  );
  const first = await stampOf(path, text);
  const until = performance.now() + watchMs;
  while (performance.now() < until) {
    await delay(Math.min(LOOK_MS, watchMs), undefined, { signal });
    if ((await stampOf(path, text)) !== first) return false;
  }
  return true;
}

/** Reads the file, too: a shared file system is fresh only for who opens. */
async function stampOf(path: string, text: string): Promise<string> {
  const now = await readFile(path, "utf8").catch(() => undefined);
  const seen = await stat(path).catch(() => undefined);
  return `${now === text} ${seen?.mtimeMs}`;
}

export function nameOf(holder: Holder): string {
  return `process ${holder.pid}${isOfHere(holder) ? "" : ` on ${holder.host}`}`;
}

export async function refusal(directory: string, path: string, holder: Holder): Promise<AuditError> {
  const quiet = Math.round((await quietMs(path)) / 1000);
  const does = holder.does === "" ? "" : ` (${holder.does})`;
  return new AuditError(
    `${directory} is being worked on by ${nameOf(holder)}${does}, since ${holder.since} (last sign of life ${quiet} s ago). ` +
      `Let it end first` +
      (isAlive(holder) === true
        ? ""
        : `; if it is no more, wait until its last sign is ${QUIET_MS / 1000} s old, or delete ${path}`),
  );
}

function isOfHere(holder: Holder): boolean {
  return holder.host === hostWord() && isAlive(holder) !== undefined;
}
