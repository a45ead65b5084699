import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import nodeModule from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepCompiled } from "../../src/cli/compile-cache.ts";

let home = "";
/** Node's own module, which has what is asked for from 22.1 on. */
const node = nodeModule as { enableCompileCache?: unknown };
const { enableCompileCache } = node;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "o365flow-cache-"));
  vi.stubEnv("HOME", home);
  vi.stubEnv("NODE_DISABLE_COMPILE_CACHE", undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  if (enableCompileCache === undefined) delete node.enableCompileCache;
  else node.enableCompileCache = enableCompileCache;
  rmSync(home, { recursive: true });
});

/** The folders that Node is asked to keep compiled modules in. */
function asked(): string[] {
  const folders: string[] = [];
  node.enableCompileCache = (folder: string) => folders.push(folder);
  keepCompiled();
  return folders;
}

it.runIf(process.platform !== "win32").each([
  ["an absolute XDG_CACHE_HOME", (): string => join(home, "mine"), "mine"],
  ["one that is relative", (): string => "mine", ".cache"],
  ["an empty one", (): string => "", ".cache"],
])("makes a folder for compiled modules: %s", (_, given, below) => {
  vi.stubEnv("XDG_CACHE_HOME", given());
  const folder = join(home, below, "o365flow", "compiled");
  expect(asked()).toEqual([folder]);
  expect(existsSync(folder)).toBe(true);
});

it("keeps none where it is told not to, where the folder cannot be, and where there is no place for it", () => {
  writeFileSync(join(home, "file"), "");
  for (const folder of [join(home, "file"), join(home, "missing", "cache")]) {
    vi.stubEnv("XDG_CACHE_HOME", folder);
    expect(asked()).toEqual([]);
  }
  vi.stubEnv("XDG_CACHE_HOME", home);
  vi.stubEnv("NODE_DISABLE_COMPILE_CACHE", "1");
  expect(asked()).toEqual([]);
});

it("goes on where Node cannot keep any", () => {
  delete node.enableCompileCache;
  expect(keepCompiled).not.toThrow();
});
