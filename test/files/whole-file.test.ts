import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { loadPolicy } from "../../src/policy/load.ts";
import { readWholeFile, readWholeStream } from "../../src/files/whole-file.ts";
import { expandInputs } from "../../src/capture/inputs.ts";
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
    expect(() => loadSite("/dev/zero")).toThrow("/dev/zero: cannot be read (larger than 16 MiB");
    expect(() => loadPolicy("/dev/zero")).toThrow("/dev/zero: cannot be read (larger than 16 MiB");
  });

  it.skipIf(isWindows)("is refused as a route table, at its place in the site description", () => {
    const site = join(folder, "endless.yaml");
    writeFileSync(site, "version: 1\npaths:\n  - { name: a, kind: internet, routes: /dev/zero }\n");
    expect(() => loadSite(site)).toThrow(
      /endless\.yaml:3:\d+: .*\/dev\/zero cannot be read \(larger than 500 MiB/,
    );
  });

  it.skipIf(isWindows)("is named with what was wanted, status 2", () => {
    const main = join(ROOT, "dist/cli/main.js");
    const run = spawnSync(process.execPath, [main, "site", "check", "/dev/zero"], { encoding: "utf8" });
    expect(run.stderr).toContain(
      "/dev/zero: cannot be read (larger than 16 MiB, the most that is read of such a file)",
    );
    expect(run.status).toBe(2);
  });
});

describe("a stream that is read whole", () => {
  it("has all its bytes, or is refused where it would have more", async () => {
    const parts = ["ab", "", "cde"];
    expect(String(await readWholeStream(Readable.from(parts), 5))).toBe("abcde");
    await expect(readWholeStream(Readable.from(parts), 4)).rejects.toThrow(RangeError);
  });

  it("never ends as a list of captures, and is refused", async () => {
    const piece = Buffer.alloc(2 ** 20, "x");
    const endless = new Readable({
      read() {
        this.push(piece);
      },
    });
    const { inputs, errors } = await expandInputs([], { filesFrom: "-", stdin: endless });
    expect(inputs).toEqual([]);
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining("- cannot be read: larger than 64 MiB"),
    ]);
  });
});
