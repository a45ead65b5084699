import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";

const OPTIONAL = new Set(["bullmq", "ioredis", "@ioredis", "@duckdb"]);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-optional-"));
  for (const name of ["dist", "data", "package.json"])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  for (const name of readdirSync(join(ROOT, "node_modules")))
    if (!OPTIONAL.has(name))
      symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  writeFileSync(join(folder, "x.parquet"), "PAR1");
});
afterAll(() => rm(folder, { recursive: true }));

function run(...args: string[]): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [join(folder, "dist", "cli", "main.js"), ...args], {
    encoding: "utf8",
  });
  return { status, stderr };
}

it("packages that are not installed are asked for by name, before any work is done", () => {
  expect(run("worker", "--queue", "redis://127.0.0.1:1").stderr).toContain(
    "a worker needs the package @duckdb/node-api",
  );
  expect(run("query", join(folder, "x.parquet"), "SELECT 1")).toEqual({
    status: 2,
    stderr:
      "o365flow: a query needs the package @duckdb/node-api, which is not installed: npm install @duckdb/node-api\n",
  });
  const audit = run("audit", join(ROOT, "fixtures", "two-taps"), "-o", join(folder, "out"));
  expect(audit).toEqual({
    status: 2,
    stderr:
      "o365flow: an audit needs the package @duckdb/node-api, which is not installed: npm install @duckdb/node-api\n",
  });
  expect(existsSync(join(folder, "out"))).toBe(false);
  // The coordinator of workers elsewhere does without.
  const queue = ["--queue", "redis://127.0.0.1:1"];
  expect(
    run("audit", join(ROOT, "fixtures", "two-taps"), "-o", join(folder, "out"), ...queue).stderr,
  ).toContain("npm install bullmq ioredis");
});
