import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { isHeld, renameOver } from "../files/held-file.ts";
import { whyUnwritten } from "../files/whole-file.ts";
import { AuditError } from "./audit-error.ts";
import { beganOf, bootId, isRunning, pidSpace } from "./process-start.ts";

const MARK = ".tmp-";

/** A file that is not complete yet: of which target, and who writes it. */
export interface Unfinished {
  readonly target: string;
  readonly host: string;
  readonly pid: number;
  /** Of its start, and of the machine's start and its numbering of processes: containers may share a host's name. */
  readonly start: string;
  readonly space: string;
}

let ownStart: string | undefined;
let ownSpace: string | undefined;

/** Tells this process from others of the same name and number; the same in all of its threads. */
export function startMark(): string {
  ownStart ??= markOf(beganOf(process.pid));
  return ownStart;
}

/** Processes with the same mark can be asked for by their number. */
export function spaceMark(): string {
  ownSpace ??= markOf(`${bootId()} ${pidSpace()}`);
  return ownSpace;
}

function markOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 6);
}

/** Whether this process writes the file. */
export function isOwn({ host, pid, start, space }: Unfinished): boolean {
  return pid === process.pid && start === startMark() && space === spaceMark() && host === hostWord();
}

/** Whether the file's writer still runs; undefined where it cannot be asked. */
export function isWritten({ host, pid, start, space }: Unfinished): boolean | undefined {
  if (space !== spaceMark() || host !== hostWord()) return undefined;
  if (start === markOf("")) return isRunning(pid, () => true) ? undefined : false;
  return isRunning(pid, (began) => markOf(began) === start);
}

/** Host names have letters, digits, `.` and `-`; whatever else one has, a file name must not. */
export function hostWord(): string {
  return hostname().replace(/[^A-Za-z0-9.-]/g, "_") || "host";
}

/** A name beside the target, for a file that is being written: the target's base name, host, process, chance. */
export function temporaryName(target: string): string {
  const chance = `${startMark()}${spaceMark()}${randomBytes(6).toString("hex")}`;
  return join(dirname(target), `${MARK}${basename(target)}~${hostWord()}~${process.pid}~${chance}`);
}

/** Whether a base name is that of a file which is not complete yet. */
export function isUnfinished(name: string): boolean {
  return name.startsWith(MARK);
}

/** What a base name tells, where `temporaryName` made it. */
export function readTemporaryName(name: string): Unfinished | undefined {
  const found = /^\.tmp-(.+)~([A-Za-z0-9._-]+)~(\d+)~([0-9a-f]{6})([0-9a-f]{6})[0-9a-f]{12}$/.exec(name);
  const [, target, host, pid, start, space] = found ?? [];
  return target === undefined || host === undefined || start === undefined || space === undefined
    ? undefined
    : { target, host, pid: Number(pid), start, space };
}

/**
 * Gives a complete file its name; answers whether it did. A target that is there stays, and the copy is dropped: what a
 * task writes depends on the task alone, so both are the same.
 */
export async function publish(temporary: string, target: string): Promise<boolean> {
  if (existsSync(target)) {
    await rm(temporary, { force: true });
    return false;
  }
  await flush(temporary);
  try {
    await renameOver(temporary, target);
  } catch (error) {
    // On Windows also where another process was quicker, and somebody reads what it published.
    if (!isHeld(error) || !existsSync(target)) throw error;
    await rm(temporary, { force: true });
    return false;
  }
  await flushFolder(dirname(target));
  return true;
}

/** Gives a complete file its name, in the place of what has it. */
export async function replaceBy(temporary: string, target: string): Promise<void> {
  await flush(temporary);
  await renameTo(temporary, target);
  await flushFolder(dirname(target));
}

/** Writes a file by `write(temporary name)` and publishes it; nothing is left behind when that fails. */
export async function publishBy(
  target: string,
  write: (temporary: string) => Promise<void>,
): Promise<boolean> {
  const temporary = temporaryName(target);
  try {
    await write(temporary);
    return await publish(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Puts a new file in the place of the old: for the few files that change, which one process alone writes. */
export async function replaceFile(target: string, text: string): Promise<void> {
  const temporary = temporaryName(target);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameTo(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Says by its name which file somebody keeps from being replaced: the system's error begins with that of the temporary one. */
async function renameTo(temporary: string, target: string): Promise<void> {
  try {
    await renameOver(temporary, target);
  } catch (error) {
    throw isHeld(error) ? new AuditError(`cannot write ${target}: ${whyUnwritten(error)}`) : error;
  }
}

/** Hands a file's content to the disk, so that a crash after the renaming cannot leave a whole name on half a file. */
async function flush(path: string): Promise<void> {
  // For writing, too: Windows flushes no file that was opened to be read.
  await flushAs(path, "r+");
}

/** Not every system lets a folder be flushed. */
async function flushFolder(path: string): Promise<void> {
  await flushAs(path, "r").catch(() => undefined);
}

async function flushAs(path: string, flags: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
