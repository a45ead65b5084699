import { closeSync, openSync, readlinkSync, realpathSync } from "node:fs";
import { devNull } from "node:os";
import { dirname, resolve } from "node:path";
import { isHeld } from "../files/held-file.ts";
import { found } from "../files/same-file.ts";
import { whyUnwritten } from "../files/whole-file.ts";
import { isNullDevice, whyNoName } from "../files/windows-name.ts";
import { UsageError } from "./exit.ts";

/** As many links as Linux follows. */
const MOST_LINKS = 40;

/** Where the file is made that a name leads to: a link may lead to nothing yet. Undefined: links in a ring. */
function unmade(file: string): string | undefined {
  let path = file;
  for (let links = 0; links < MOST_LINKS; links++) {
    try {
      path = resolve(realpathSync(dirname(path)), readlinkSync(path));
    } catch {
      return path;
    }
  }
  return undefined;
}

/** What a file's name leads to. Only a regular file (or none) is replaced; a device or a pipe is written to. */
export function targetOf(file: string): { readonly path: string; readonly replaceable: boolean } {
  if (isNullDevice(file)) return { path: devNull, replaceable: false };
  const there = found(file);
  if (there?.isFile() === false) return { path: file, replaceable: false };
  const why = whyNoName(file);
  if (why !== undefined) throw new UsageError(`cannot write ${file}: ${why}`);
  if (there !== undefined) refuseHeld(file);
  try {
    return { path: realpathSync(file), replaceable: true };
  } catch {
    // Not there yet, or opening it will say what is wrong; a file that was deleted has no other name any more.
    const path = there === undefined ? unmade(file) : undefined;
    return { path: path ?? file, replaceable: path !== undefined };
  }
}

/** What a spreadsheet has open cannot be replaced on Windows: better said before the work than behind it. */
function refuseHeld(file: string): void {
  try {
    if (process.platform === "win32") closeSync(openSync(file, "r+"));
  } catch (error) {
    if (isHeld(error)) throw new UsageError(`cannot write ${file}: ${whyUnwritten(error)}`);
  }
}
