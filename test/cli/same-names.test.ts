import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { o365flow } from "./run.ts";

/** Captures of one base name in two folders, as taps that rotate alike write them. */
const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));

const whole = readFileSync(join(ROOT, "fixtures/failover/failover.pcap"));
beforeAll(() => {
  for (const tap of ["er", "isp"]) mkdirSync(join(folder, tap));
  writeFileSync(join(folder, "er", "a.pcap"), whole);
  writeFileSync(join(folder, "isp", "a.pcap"), whole.subarray(0, whole.length - 5));
});

it.each(["classify", "doctor"])("%s says which of two captures of one name is cut short", (command) => {
  const run = o365flow([command, "er/a.pcap", "isp/a.pcap"], { cwd: folder });
  expect(run.status).toBe(3);
  const said = run.stderr + run.stdout;
  expect(said).toMatch(/isp\/a\.pcap: record at byte [\d,]+ ends after/);
  expect(said).not.toContain("er/a.pcap: record");
});

it("rows have base names all the same, and a name that is the only one stays short", () => {
  const both = o365flow(["classify", "er/a.pcap", "isp/a.pcap", "--csv", "--columns", "capture"], {
    cwd: folder,
  });
  expect(new Set(both.stdout.trim().split("\n").slice(1))).toEqual(new Set(["a.pcap;a.pcap"]));
  const one = o365flow(["classify", "isp/a.pcap"], { cwd: folder });
  expect(one.stderr).toMatch(/^o365flow: a\.pcap: record at byte/m);
});
