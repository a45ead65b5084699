import { rename } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { reasonOf } from "./whole-file.ts";

/** What Windows answers where another program has a file open. Elsewhere these have other meanings, and waiting is no help. */
const HELD: ReadonlySet<string> = new Set(["EPERM", "EACCES", "EBUSY"]);
/** Virus scanners, indexes and backups let go within a second or two; a spreadsheet does not. Milliseconds, 4 s in all. */
const WAITS: readonly number[] = [10, 20, 50, 100, 200, 400, 800, 1200, 1220];

export interface HeldOptions {
  readonly platform?: NodeJS.Platform;
  readonly waits?: readonly number[];
}

/** Whether an error is that of a file that another program has open, or that this user may not change: Windows has one word for both. */
export function isHeld(error: unknown, platform: NodeJS.Platform = process.platform): boolean {
  return platform === "win32" && HELD.has(reasonOf(error));
}

/** Does what fails on Windows while another program has a file open: again and again for some seconds, then it throws. */
export async function whileHeld<T>(action: () => Promise<T>, options: HeldOptions = {}): Promise<T> {
  for (const wait of options.waits ?? WAITS) {
    try {
      return await action();
    } catch (error) {
      if (!isHeld(error, options.platform)) throw error;
    }
    await delay(wait);
  }
  return await action();
}

/** Gives a file a name, in the place of what has it. */
export function renameOver(from: string, to: string): Promise<void> {
  return whileHeld(() => rename(from, to));
}
