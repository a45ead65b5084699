import { copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { o365flow } from "./run.ts";

const folder = temporaryFolder();
const SOURCE = join(ROOT, "fixtures", "edge-two-interfaces", "edge.pcapng");
/** A terminal would be renamed, writing turned, a row ended, two captures seen. */
const NAME = "a\u001b]0;x\u0007\u202egnp\r\n\u009b2J.pcapng";
const SHOWN = "a\\x1b]0\\x3bx\\x07\\u{202e}gnp\\x0d\\x0a\\x9b2J.pcapng";
// Of what is written, only this may be there besides text.
const UNSAFE = /(?![\n])[\p{Cc}\p{Cf}]/u;

describe.skipIf(process.platform === "win32")("a capture with a hostile name", () => {
  const hostile = join(folder, NAME);
  copyFileSync(SOURCE, hostile);

  it.each(["csv", "tsv", "json", "ndjson", "table", "html"])("stands escaped in %s", (format) => {
    const run = o365flow(["classify", hostile, "-f", format]);
    expect(run.status).toBe(0);
    expect(run.stdout.replaceAll(format === "tsv" ? "\t" : "\u0000", "")).not.toMatch(UNSAFE);
    expect(run.stderr).not.toMatch(UNSAFE);
    const shown = format.includes("json") ? JSON.stringify(SHOWN).slice(1, -1) : SHOWN;
    if (format !== "table" && format !== "html") expect(run.stdout).toContain(shown);
  });

  it("is read back from a result, is found by its own name in a site description, and is one in its report", () => {
    const result = join(folder, "flows.csv");
    const page = join(folder, "flows.html");
    const markers = ["--expressroute", `file=${NAME.replace("]", "[]]")}`];
    const run = o365flow([
      "classify",
      hostile,
      ...markers,
      "-o",
      result,
      "--columns",
      "capture,path_out_basis",
    ]);
    expect(run.status).toBe(0);
    expect(readFileSync(result, "utf8").split("\n")[1]).toBe(`${SHOWN},file`);
    o365flow(["classify", hostile, "-o", result]);
    expect(o365flow(["report", result, "-o", page]).status).toBe(0);
    expect(readFileSync(page, "utf8")).toContain(SHOWN);
    expect(readFileSync(page, "utf8")).toMatch(/ 1 capture /);
  });

  it("is named so in messages, and in calls and audits", () => {
    const cut = join(folder, `cut${NAME}`);
    copyFileSync(SOURCE, cut);
    truncateSync(cut, 700);
    const run = o365flow(["classify", cut, join(folder, `no${NAME}`)]);
    expect(run.status).toBe(3);
    expect(run.stderr).not.toMatch(UNSAFE);
    expect(run.stderr).toContain(SHOWN.replace("\\x3b", ";"));
    const out = join(folder, "audit");
    const audit = o365flow(["audit", hostile, "--out", out]);
    expect(audit.stderr).not.toMatch(UNSAFE);
    for (const file of ["flows.csv", "files.csv", "totals.csv"]) {
      const text = readFileSync(join(out, file), "utf8");
      expect(text).toContain(SHOWN);
      expect(text).not.toMatch(UNSAFE);
    }
  });
});

describe("a site description with a hostile name", () => {
  it("is summed up without what steers a terminal", () => {
    const site = join(folder, "hostile.json");
    writeFileSync(site, JSON.stringify({ version: 1, name: "a\u001b]0;x\u0007\u202egnp\u009b2J" }));
    const { status, stdout } = o365flow(["site", "check", site]);
    expect(status).toBe(0);
    expect(stdout).not.toMatch(UNSAFE);
    expect(stdout).toContain("ok: a\\x1b]0;x\\x07\\u{202e}gnp\\x9b2J; ");
  });
});
