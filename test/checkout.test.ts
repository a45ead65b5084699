import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { ROOT } from "./support/shared.ts";

/** What git makes of every file's lines; nothing where this is no checkout. */
const files = spawnSync("git", ["ls-files", "--eol"], { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 26 });

it.skipIf(files.status !== 0 || files.stdout === "")(
  "a checkout has the same bytes on every system, whatever git is told of lines",
  () => {
    const attributes = new Set(
      Array.from(files.stdout.matchAll(/\sattr\/([^\t]*?) *\t/g), ([, found = ""]) => found),
    );
    expect([...attributes].toSorted()).toEqual(["-text", "text=auto eol=lf"]);
  },
);
