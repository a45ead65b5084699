import { mkdirSync, writeFileSync } from "node:fs";
import { win32 } from "node:path";
import { expect, it } from "vitest";
import { programPath } from "../../src/capture/program-path.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
/** A file of a name with backslashes: here one name, on Windows a path. */
function install(place: string): string {
  const path = win32.join(place, "zstd.exe");
  if (process.platform === "win32") mkdirSync(place);
  writeFileSync(path, "");
  return path;
}

it("a program is started by its name, but on Windows", () => {
  for (const platform of ["linux", "darwin"] as const)
    expect(programPath("zstd", { platform, env: {} })).toBe("zstd");
});

it("on Windows a program is looked for where the search path says, and not in the current folder", () => {
  const cwd = process.cwd();
  process.chdir(folder);
  try {
    writeFileSync("zstd.exe", "");
    const tools = win32.join(process.platform === "win32" ? folder : "\\", "tools");
    const own = process.platform === "win32" ? folder : "";
    for (const Path of [undefined, "", ".", ";;.;bin", tools, `relative;${tools}`])
      expect(programPath("zstd", { platform: "win32", env: { Path } })).toBeUndefined();
    const path = install(tools);
    for (const name of ["Path", "PATH", "path"])
      for (const value of [tools, `.;C:\\none;${tools}`, `"${tools}";${own}`])
        expect(programPath("zstd", { platform: "win32", env: { [name]: value } })).toBe(path);
    expect(programPath("bzip2", { platform: "win32", env: { Path: tools } })).toBeUndefined();
  } finally {
    process.chdir(cwd);
  }
});
