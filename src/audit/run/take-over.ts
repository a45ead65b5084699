import { createHash } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { renameOver } from "../../files/held-file.ts";
import { temporaryName } from "../publish.ts";
import { isAlive, isGone, isQuiet, type Patience, quietMs, readHolder } from "./holder.ts";
import { create, textOf } from "./lock-file.ts";

/** A lock file without a holder in it was cut short by a crash, once it is this old. */
const UNREADABLE_MS = 60_000;
const AFTER = ".after-";

/** Whether who wrote `text` into the file is no more. */
export async function isLeftBehind(path: string, text: string, how: Patience): Promise<boolean> {
  const holder = readHolder(text);
  return holder === undefined ? (await quietMs(path)) > UNREADABLE_MS : await isGone(path, text, holder, how);
}

/**
 * Puts our lock in the place of a dead holder's; false where another process did or does so.
 *
 * A name cannot be compared and replaced in one step, so whoever read the dead holder's text must not act on it when the
 * file is another's by now. The right to replace a text is itself a file that one process alone can make, named after that
 * text, and every holder's text is its own. A right whose owner died is replaced by the right to replace that owner.
 */
export async function takeOver(path: string, dead: string, own: string, how: Patience): Promise<boolean> {
  const rights: string[] = [];
  for (let text = dead; ;) {
    const right = rightTo(path, text);
    if (await create(right, own)) {
      rights.push(right);
      break;
    }
    const other = await textOf(right);
    if (other === undefined || !(await isLeftBehind(right, other, how))) return false;
    rights.push(right);
    text = other;
  }
  let replaced = false;
  try {
    if ((await textOf(path)) === dead && (await isStillSo(path, dead))) {
      await replace(path, own);
      replaced = true;
    }
  } finally {
    // Ours alone where the lock was another's before we had the right: the others are that one's to remove.
    for (const right of replaced ? rights : rights.slice(-1)) await rm(right, { force: true });
  }
  return replaced;
}

/** The holder may have woken up meanwhile; and where there are no hard links, each lock is without a holder at first. */
async function isStillSo(path: string, text: string): Promise<boolean> {
  const holder = readHolder(text);
  if (holder === undefined) return (await quietMs(path)) > UNREADABLE_MS;
  return !(isAlive(holder) ?? !(await isQuiet(path)));
}

/** Whether a base name is that of such a right; a crash may leave one. */
export function isRight(name: string): boolean {
  return name.startsWith(`lock${AFTER}`);
}

function rightTo(path: string, text: string): string {
  return `${path}${AFTER}${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}

async function replace(path: string, text: string): Promise<void> {
  const whole = temporaryName(path);
  try {
    await writeFile(whole, text, { flag: "wx" });
    await renameOver(whole, path);
  } finally {
    await rm(whole, { force: true });
  }
}
