import { spawnSync } from "node:child_process";
import { existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FolderError, makeFolder } from "../../src/files/folder.ts";
import { NO_USER_DATA, PROGRAM } from "../cli/run.ts";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const CAPTURE = join(ROOT, "fixtures", "edge-two-interfaces", "edge.pcapng");

describe("a folder that is made", () => {
  it("has its missing parents made, too, and may be there", () => {
    const deep = join(folder, "a", "b", "c");
    makeFolder(deep);
    expect(existsSync(deep)).toBe(true);
    makeFolder(deep);
    makeFolder(join(folder, "a", "b", "..", "d"));
    expect(existsSync(join(folder, "a", "d"))).toBe(true);
  });

  it("is refused by name where something else is in the way", () => {
    writeFileSync(join(folder, "file"), "");
    symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));
    for (const path of [join(folder, "file"), join(folder, "dangling")])
      expect(() => makeFolder(path)).toThrow(new FolderError(path, "EEXIST"));
    const below = join(folder, "file", "x");
    expect(() => makeFolder(below)).toThrow(FolderError);
    expect(() => makeFolder(below)).toThrow(below);
  });
});

describe.skipIf(process.platform !== "linux")(
  "below /proc, where the system says that nothing is there",
  () => {
    it.each<[string, string[], string, NodeJS.ProcessEnv]>([
      ["audit", ["audit", CAPTURE, "--out", "/proc/x"], "/proc/x", {}],
      ["audit, deeper", ["audit", CAPTURE, "--out", "/proc/x/y"], "/proc/x/y", {}],
      ["stage", ["stage", "plan", CAPTURE, "--out", "/proc/x"], "/proc/x", {}],
      [
        "endpoints update",
        ["endpoints", "update"],
        "/proc/x/o365flow/endpoints",
        { XDG_DATA_HOME: "/proc/x" },
      ],
    ])("%s ends with status 2 and one line", (_name, args, made, environment) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
        cwd: ROOT,
        encoding: "utf8",
        env: {
          ...process.env,
          XDG_DATA_HOME: NO_USER_DATA,
          O365FLOW_ENDPOINTS_URL: "http://127.0.0.1:9",
          ...environment,
        },
        timeout: 20_000,
        killSignal: "SIGKILL",
      });
      expect(stderr).toBe(`o365flow: cannot make the folder ${made}: ENOENT, its folder does not exist\n`);
      expect([status, stdout]).toEqual([2, ""]);
    });
  },
);
