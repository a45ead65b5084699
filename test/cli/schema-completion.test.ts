import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { o365flow } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Schema {
  properties: Record<string, { type?: string[]; enum?: unknown[]; description: string }>;
  required: string[];
}

function fits(value: unknown, { type, enum: values }: { type?: string[]; enum?: unknown[] }): boolean {
  if (values !== undefined) return values.includes(value);
  const name = value === null ? "null" : typeof value;
  return type?.includes(name) === true || (type?.includes("integer") === true && Number.isInteger(value));
}

it("the schema of flows has the columns of the rows, and their values fit it", () => {
  const schema = JSON.parse(o365flow(["schema"]).stdout) as Schema;
  const { stdout } = o365flow(["classify", join(ROOT, "fixtures/two-taps"), "--json", "-q"]);
  const rows = JSON.parse(stdout) as Record<string, unknown>[];
  expect(rows.length).toBeGreaterThan(3);
  for (const row of rows) {
    expect(Object.keys(row)).toEqual(schema.required);
    for (const [name, value] of Object.entries(row)) {
      const property = schema.properties[name];
      expect(property !== undefined && fits(value, property), `${name}: ${String(value)}`).toBe(true);
    }
  }
});

it("schema knows calls, and says what it knows when asked for something else", () => {
  expect((JSON.parse(o365flow(["schema", "calls"]).stdout) as Schema).required).toContain("scenario");
  const refused = o365flow(["schema", "toString"]);
  expect(refused).toMatchObject({ status: 2, stdout: "" });
  expect(refused.stderr).toContain("wanted one of flows, calls");
});

/** What bash offers for the last word. */
function offered(...words: string[]): string[] {
  const script = join(folder, "completion.bash");
  writeFileSync(script, o365flow(["completion", "bash"]).stdout);
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const run = spawnSync(
    "bash",
    [
      "-c",
      `source ${script}; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _o365flow; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
    { encoding: "utf8", cwd: folder },
  );
  return run.stdout.split("\n").filter((word) => word !== "");
}

it.skipIf(process.platform === "win32")("bash completes commands, options, their values and files", () => {
  writeFileSync(join(folder, "lon tap.pcap"), "");
  expect(offered("o365flow", "expl")).toEqual(["explain"]);
  expect(offered("o365flow", "site", "")).toEqual(expect.arrayContaining(["init", "check", "learn"]));
  expect(offered("o365flow", "site", "check", "--b")).toEqual(["--building"]);
  expect(offered("o365flow", "classify", "--format", "t")).toEqual(["table", "tsv"]);
  expect(offered("o365flow", "check", "--format", "s")).toEqual(["sarif"]);
  expect(offered("o365flow", "check", "-f", "j")).toEqual(["json", "junit"]);
  expect(offered("o365flow", "classify", "-f", "j")).toEqual(["json"]);
  expect(offered("o365flow", "audit", "--format", "")).toEqual(["csv", "ndjson"]);
  expect(offered("o365flow", "audit", "--progress", "j")).toEqual(["json"]);
  expect(offered("o365flow", "stage", "")).toEqual(
    expect.arrayContaining(["plan", "survey", "map", "reduce", "report"]),
  );
  expect(offered("o365flow", "audit", "gc", "--d")).toEqual(["--dry-run"]);
  expect(offered("o365flow", "classify", "lon")).toEqual(["lon tap.pcap"]);
});

it.each(["zsh", "fish", "powershell"])("a script for %s names every command", (shell) => {
  const { stdout, status } = o365flow(["completion", shell]);
  expect(status).toBe(0);
  for (const command of ["classify", "doctor", "explain", "annotate", "schema", "learn"])
    expect(stdout).toContain(command);
});

it("completion refuses shells that it does not know", () => {
  expect(o365flow(["completion", "tcsh"]).status).toBe(2);
});
