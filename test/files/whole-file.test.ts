import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPolicy } from "../../src/policy/load.ts";
import { readWholeFile } from "../../src/files/whole-file.ts";
import { loadSite } from "../../src/site/load.ts";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const isWindows = process.platform === "win32";

describe("a file that is read whole", () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 200_000])("has all its %i bytes", (length) => {
    const path = join(folder, `${length}`);
    const bytes = Buffer.from(Array.from({ length }, (_, i) => i % 251));
    writeFileSync(path, bytes);
    expect(readWholeFile(path, length).equals(bytes)).toBe(true);
    expect(readWholeFile(path, 2 ** 30).equals(bytes)).toBe(true);
    if (length > 0) expect(() => readWholeFile(path, length - 1)).toThrow(RangeError);
  });

  it("fails as fs does where there is none", () => {
    mkdirSync(join(folder, "directory"));
    expect(() => readWholeFile(join(folder, "none"), 1)).toThrow(expect.objectContaining({ code: "ENOENT" }));
    expect(() => readWholeFile(join(folder, "directory"), 1e6)).toThrow(
      expect.objectContaining({ code: "EISDIR" }),
    );
  });

  it.skipIf(isWindows)("may be a pipe, which has no size", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const writer = spawn(process.execPath, [
      "-e",
      `fs.writeFileSync(${JSON.stringify(pipe)}, "x".repeat(300000))`,
    ]);
    expect(readWholeFile(pipe, 2 ** 20).length).toBe(300_000);
    await new Promise((resolve) => writer.on("exit", resolve));
  });

  it.skipIf(isWindows)("never ends, and is refused", () => {
    expect(() => readWholeFile("/dev/zero", 3 * 2 ** 20)).toThrow("larger than 3 MiB");
    expect(() => loadSite("/dev/zero")).toThrow("/dev/zero: cannot be read (larger than 64 MiB");
    expect(() => loadPolicy("/dev/zero")).toThrow("/dev/zero: cannot be read (larger than 64 MiB");
  });

  it.skipIf(isWindows)("is named with what was wanted, status 2", () => {
    const main = join(ROOT, "dist/cli/main.js");
    const run = spawnSync(process.execPath, [main, "site", "check", "/dev/zero"], { encoding: "utf8" });
    expect(run.stderr).toContain(
      "/dev/zero: cannot be read (larger than 64 MiB, the most that is read of such a file)",
    );
    expect(run.status).toBe(2);
  });
});
