import { normalize } from "node:path";
import { isFolder } from "../files/folder.ts";

/**
 * Paths that fit a glob; undefined for a name that is none. Folders before its first sign are taken as they are called, as
 * "taps (2)": brackets and braces mean something in globs. On Windows a backslash parts folders, and letter case does not
 * count; elsewhere it takes the sign behind it as it is.
 */
export async function pathsThatFit(
  glob: string,
  platform: NodeJS.Platform = process.platform,
): Promise<readonly string[] | undefined> {
  const isWindows = platform === "win32";
  const tinyglobby = await import("tinyglobby");
  const { folder, rest } = parted(isWindows ? glob.replaceAll("\\", "/") : glob);
  if (!tinyglobby.isDynamicPattern(rest)) return undefined;
  const found = await tinyglobby.glob(tinyglobby.escapePath(folder) + rest, {
    onlyFiles: false,
    expandDirectories: false,
    caseSensitiveMatch: !isWindows,
  });
  // It gives slashes everywhere.
  return found.map((path) => (isWindows ? normalize : String)(path.replace(/\/$/, "")));
}

/** The longest beginning of a glob that is a folder's name, with its slash; "" for none. */
function parted(glob: string): { readonly folder: string; readonly rest: string } {
  for (let slash = glob.lastIndexOf("/", glob.length - 2); slash >= 0;) {
    const folder = glob.slice(0, slash + 1);
    if (isFolder(folder)) return { folder, rest: glob.slice(slash + 1) };
    slash = slash === 0 ? -1 : glob.lastIndexOf("/", slash - 1);
  }
  return { folder: "", rest: glob };
}
