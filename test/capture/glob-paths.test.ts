import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { pathsThatFit } from "../../src/capture/glob-paths.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
for (const name of ["taps (2)", "taps", "taps/sub", "a [1]"]) mkdirSync(join(folder, name));
for (const name of [
  "taps (2)/A.PCAPNG",
  "taps/a.pcapng",
  "taps/b.pcapng",
  "taps/sub/c.pcapng",
  "a [1]/!d.pcap",
])
  writeFileSync(join(folder, name), "");

/** What fits, below the folder, with slashes. */
async function fitting(glob: string, platform: NodeJS.Platform): Promise<readonly string[] | undefined> {
  const found = await pathsThatFit(glob, platform);
  return found?.map((path) => relative(folder, resolve(path)).replaceAll("\\", "/")).toSorted();
}

describe("a glob", () => {
  it.each<[string, NodeJS.Platform, readonly string[] | undefined]>([
    ["taps/*.pcapng", "linux", ["taps/a.pcapng", "taps/b.pcapng"]],
    ["taps/**", "linux", ["taps", "taps/a.pcapng", "taps/b.pcapng", "taps/sub", "taps/sub/c.pcapng"]],
    ["t*/sub/", "linux", ["taps/sub"]],
    ["{taps,other}/[ab].pcapng", "linux", ["taps/a.pcapng", "taps/b.pcapng"]],
    // Folders that have a glob's signs in their names.
    ["taps (2)/*", "linux", ["taps (2)/A.PCAPNG"]],
    ["a [1]/*", "linux", ["a [1]/!d.pcap"]],
    ["a [1]/!d.*", "linux", ["a [1]/!d.pcap"]],
    ["a [1]/!(e*)", "linux", ["a [1]/!d.pcap"]],
    // As a program gets it on Windows, whose shells leave it as it is.
    ["taps\\*.pcapng", "win32", ["taps/a.pcapng", "taps/b.pcapng"]],
    ["taps\\sub\\c.*", "win32", ["taps/sub/c.pcapng"]],
    ["taps (2)\\*.pcapng", "win32", ["taps (2)/A.PCAPNG"]],
    ["taps\\*.PCAPNG", "win32", ["taps/a.pcapng", "taps/b.pcapng"]],
    // Elsewhere letter case counts, and a backslash makes a sign one of the name.
    ["taps/*.PCAPNG", "linux", []],
    ["t*/a\\*.pcapng", "linux", []],
    ["none/*.pcap", "win32", []],
    ["taps/c.pcapng", "linux", undefined],
    ["taps\\c.pcapng", "win32", undefined],
  ])("%s on %s", async (glob, platform, found) => {
    const separator = platform === "win32" ? "\\" : "/";
    expect(await fitting(`${folder}${separator}${glob}`, platform)).toEqual(found);
  });

  it("has no folder of its own where it begins with a sign", async () => {
    const cwd = process.cwd();
    process.chdir(folder);
    try {
      expect((await pathsThatFit("t*/a.pcapng", "linux"))?.map((path) => path.replaceAll("\\", "/"))).toEqual(
        ["taps/a.pcapng"],
      );
      // A folder that is named whole is the file system's to find.
      expect(await pathsThatFit("TAPS\\*\\c.*", "win32")).toHaveLength(process.platform === "linux" ? 0 : 1);
    } finally {
      process.chdir(cwd);
    }
  });
});
