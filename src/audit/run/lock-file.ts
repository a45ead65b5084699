import { type FileHandle, link, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { whileHeld } from "../../files/held-file.ts";
import { AuditError } from "../audit-error.ts";
import { temporaryName } from "../publish.ts";

/**
 * Makes a file that only one process can make; false where it is there. It has its text as soon as it has its name, so
 * that a crash leaves no lock without a holder.
 */
export async function create(path: string, text: string): Promise<boolean> {
  const whole = temporaryName(path);
  try {
    await writeFile(whole, text, { flag: "wx" });
    try {
      await link(whole, path);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // NFS may say so of a link that it has made: the answer to the first request was lost.
      if ((await stat(whole)).nlink > 1) return true;
      if (code === "EEXIST") return false;
      if (code === "ENOENT") throw error;
    }
  } finally {
    await rm(whole, { force: true });
  }
  return await createInPlace(path, text); // a file system without links
}

async function createInPlace(path: string, text: string): Promise<boolean> {
  let file: FileHandle;
  try {
    // On Windows a lock that was let go has its name until the last that reads it is through.
    file = await whileHeld(() => open(path, "wx"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  try {
    await file.writeFile(text);
    return true;
  } catch (error) {
    await rm(path, { force: true }); // on a full disk: one without a holder keeps others out
    throw error;
  } finally {
    await file.close();
  }
}

/** What the file says; undefined when there is none any more. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await whileHeld(() => readFile(path, "utf8"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ESTALE") return undefined; // ESTALE: a share whose file was replaced
    throw new AuditError(`${path} cannot be read: ${code}`);
  }
}
