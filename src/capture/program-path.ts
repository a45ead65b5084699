import { statSync } from "node:fs";
import { win32 } from "node:path";

export interface ProgramPathOptions {
  readonly platform?: NodeJS.Platform;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * What to start a program by; undefined where it is not installed, as far as that is known. Windows would look into the
 * current folder first, which is often that of captures that somebody else made: only the folders of the search path count.
 */
export function programPath(
  program: string,
  { platform = process.platform, env = process.env }: ProgramPathOptions = {},
): string | undefined {
  if (platform !== "win32") return program;
  // In threads, letter case counts even there.
  const name = Object.keys(env).find((key) => key.toLowerCase() === "path");
  const folders = (name === undefined ? undefined : env[name])?.split(";") ?? [];
  return folders
    .map((folder) => folder.trim().replace(/^"(.*)"$/, "$1"))
    .filter((folder) => /^(?:[A-Za-z]:)?[\\/]/.test(folder))
    .map((folder) => win32.join(folder, `${program}.exe`))
    .find(isFile);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
