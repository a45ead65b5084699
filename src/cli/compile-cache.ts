import { existsSync, mkdirSync } from "node:fs";
import nodeModule from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** What Node 22.1 and later has. */
interface CompileCache {
  readonly enableCompileCache?: (folder: string) => unknown;
}

/**
 * Keeps the engine's compiled form of the modules that are loaded from now on, so that the next start need not compile
 * them: in `o365flow/compiled` below XDG_CACHE_HOME (an absolute path, as the XDG Base Directory Specification asks),
 * else below LOCALAPPDATA on Windows, else below ~/.cache. Not in a temporary folder, where others could leave code for
 * us. NODE_COMPILE_CACHE names another folder, NODE_DISABLE_COMPILE_CACHE=1 turns it off. Never throws.
 */
export function keepCompiled(): void {
  const { enableCompileCache } = nodeModule as CompileCache;
  if (enableCompileCache === undefined || process.env["NODE_DISABLE_COMPILE_CACHE"] !== undefined) return;
  try {
    enableCompileCache(madeFolder());
  } catch {
    // Without it, or without a home, the start takes a little longer.
  }
}

/** Makes what is not there below a folder that is: Node's own way of making all of a path never ends in /proc. */
function madeFolder(): string {
  let folder = cacheFolder();
  for (const below of ["o365flow", "compiled"]) {
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    folder = join(folder, below);
  }
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  return folder;
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME !== undefined && isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME;
  return process.platform === "win32" && LOCALAPPDATA !== undefined
    ? LOCALAPPDATA
    : join(homedir(), ".cache");
}
