import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { o365flow, type Run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));
const TAPS = join(ROOT, "fixtures", "two-taps");
const SITE = ["--site", join(TAPS, "site.yaml")];
const CAPTURES = ["lon-er1-tap.pcap", "lon-isp-tap.pcap"].map((name) => join(TAPS, name));
const policy = join(folder, "policy.yaml");
writeFileSync(
  policy,
  "version: 1\nrules:\n  - id: all-on-expressroute\n    match: {}\n    require: { verdicts: [ok], path: [expressroute] }\n",
);
const result = join(folder, "result.json");
o365flow(["classify", ...CAPTURES, ...SITE, "-q", "-o", result]);
const audit = join(folder, "audit");
o365flow(["audit", ...CAPTURES, ...SITE, "-q", "--out", audit]);

const run = (args: readonly string[], columns: string): Run => o365flow(args, { env: { COLUMNS: columns } });
/** Lines that begin further right go on with the one before, or are of their own: as words they are the same. */
const words = (text: string): string[] => text.split(/\s+/);

describe.each([
  ["lookup", ["lookup", "teams.microsoft.com", "1.2.3.4", "--format", "table"], "no sets"],
  ["scenarios", ["scenarios"], "paragraphs"],
  ["scenarios, one row", ["scenarios", "online-p2p-internal-external"], ""],
  ["explain", ["explain", ...CAPTURES, ...SITE, "lon-er1-tap.pcap#29"], ""],
  ["audit status", ["audit", "status", "--out", audit], ""],
  ["check", ["check", result, "--policy", policy, "--format", "table"], ""],
])("%s", (_, args, form) => {
  const whole = run(args, "").stdout;

  it.each([80, 40])("has its sentences in lines of %i columns, cut between words alone", (columns) => {
    const { stdout } = run(args, String(columns));
    const prose = stdout
      .split("\n")
      .filter((line) => !/^set |^\d/.test(line) && !line.includes("in Wireshark:"));
    // Beyond them are words that are longer, each in a line of its own.
    expect(
      form === "no sets"
        ? prose.filter((line) => / {2}(?:list|eligible|advertised) /.test(line) && line.length > columns)
        : prose.filter((line) => line.length > columns && words(line.trim()).length > 1),
    ).toEqual([]);
    if (form === "") expect(words(stdout)).toEqual(words(whole));
  });

  it("has them whole in a pipe without COLUMNS", () => {
    expect(whole.split("\n").some((line) => line.length > 80)).toBe(true);
  });
});

it.each([
  ["doctor", ["doctor", ...CAPTURES, ...SITE]],
  ["site check", ["site", "check", join(TAPS, "site.yaml")]],
])("%s fits 40 columns, but for words that are longer", (_, args) => {
  const { stdout } = run(args, "40");
  const long = stdout.split("\n").filter((line) => line.length > 40);
  expect(long.filter((line) => words(line.trim()).length > 1)).toEqual([]);
  expect(words(stdout)).toEqual(words(run(args, "").stdout));
});

it("leaves the filter that explain gives in one line, for copying", () => {
  const { stdout } = run(["explain", ...CAPTURES, ...SITE, "lon-er1-tap.pcap#29"], "40");
  expect(stdout).toMatch(/^ {2}in Wireshark: .* && tcp\.port==443$/m);
});
