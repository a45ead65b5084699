import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { reasonOf, whyUnwritten } from "./whole-file.ts";
import { whyNoName } from "./windows-name.ts";

/** A folder that somebody named cannot be made; the message says which and why. */
export class FolderError extends Error {
  override readonly name: string = "FolderError";
  /** What the system answered: "ENOENT". */
  readonly code: string;

  constructor(folder: string, cause: unknown) {
    super(`cannot make the folder ${folder}: ${whyUnwritten(cause)}`);
    this.code = reasonOf(cause);
  }
}

/**
 * Makes a folder and those above it that are missing, one after another. Node's own recursive way never ends where the
 * system answers ENOENT though the folder above is there, as below /proc. Throws a FolderError.
 */
export function makeFolder(path: string): void {
  const folder = resolve(path);
  const missing: string[] = [];
  for (let each = folder; !isFolder(each) && dirname(each) !== each; each = dirname(each)) missing.push(each);
  for (const each of missing.reverse()) {
    const why = whyNoName(each);
    if (why !== undefined) throw new FolderError(folder, new Error(why));
    try {
      mkdirSync(each);
    } catch (error) {
      // Another process may have made it just now.
      if (!isFolder(each)) throw new FolderError(folder, error);
    }
  }
}

/** Whether there is a folder of that name, or a link to one. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
