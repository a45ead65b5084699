import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { refuseCompressed } from "../../src/cli/output.ts";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { o365flow } from "./run.ts";

const folder = temporaryFolder();
const CAPTURE = join(ROOT, "fixtures", "edge-two-interfaces", "edge.pcapng");

it.each<[string, string[], string]>([
  ["classify", ["classify", CAPTURE, "-o"], "x.csv.gz"],
  ["classify, with its format said", ["classify", CAPTURE, "--format", "ndjson", "-o"], "x.GZ"],
  ["calls", ["calls", CAPTURE, "-o"], "x.json.zst"],
  ["doctor", ["doctor", CAPTURE, "-o"], "x.txt.xz"],
  ["annotate", ["annotate", CAPTURE, "-w"], "x.pcapng.gz"],
])("%s writes nothing plain into a file whose name says compressed", (_name, args, name) => {
  const file = join(folder, name);
  const { status, stdout, stderr } = o365flow([...args, file]);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(
    `${file}: output is not compressed; write ${file.replace(/\.[^.]+$/, "")}, or pipe`,
  );
  expect(existsSync(file)).toBe(false);
});

it("names that only look a little like it are taken", () => {
  for (const name of [undefined, "x.csv", "gz", "x.gz.csv", "x.zip.json"])
    expect(() => refuseCompressed(name)).not.toThrow();
});
