import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { o365flow } from "./run.ts";

const CAPTURES = join(ROOT, "fixtures", "teams-morning");

function linesOf(args: readonly string[], columns: number): string[] {
  return o365flow(args, { env: { COLUMNS: String(columns) } })
    .stdout.trimEnd()
    .split("\n");
}

it.each([
  [
    "classify",
    CAPTURES,
    "-q",
    "--columns",
    "start,client_ip,server_ip,path_out,path_back,symmetry,verdict,reason",
  ],
  ["calls", CAPTURES, "-q"],
  ["calls", CAPTURES, "-q", "--legs"],
  ["endpoints", "show"],
  ["endpoints", "show", "--set", "9"],
  ["endpoints", "diff", "2022-01-01", "2022-06-01"],
])("%s %s %s %s fits 80 columns", (...args) => {
  const lines = linesOf([...args, "--format", "table"], 80);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

it.each([
  ["classify", CAPTURES, "-q"],
  ["calls", CAPTURES, "-q"],
  ["calls", CAPTURES, "-q", "--legs"],
  ["endpoints", "show"],
  ["endpoints", "diff", "2022-01-01", "2022-06-01"],
  ["lookup", "teams.microsoft.com", "52.112.0.1", "2603:1006::1"],
])("%s %s %s %s fits 40, 50 and 60 columns, and cuts no word", (...args) => {
  const whole = linesOf([...args, "--format", "table"], 400).join(" ");
  const words = new Set(whole.split(/[\s,;/_.:()\u2500-\u257f-]+/));
  for (const columns of [40, 50, 60]) {
    const lines = linesOf([...args, "--format", "table"], columns);
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    const shown = lines.join("\n").split(/[\s,;/_.:()-]+/);
    // What has a place in one line alone ends in an ellipsis.
    const long = [...words].filter((word) => word.length > 23);
    const cut = shown.filter(
      (word) => !words.has(word) && !word.includes("…") && !long.some((each) => each.includes(word)),
    );
    expect(cut).toEqual([]);
  }
});

it("shows what it cuts of the legs of calls, keeps the time of day, and cuts nothing in wide lines", () => {
  const narrow = linesOf(["calls", CAPTURES, "-q", "--legs", "--format", "table"], 80);
  expect(narrow[1]).toMatch(/^…08:30:02 media inside-o… /);
  const wide = linesOf(["calls", CAPTURES, "-q", "--legs", "--format", "table"], 200);
  expect(wide.join("\n")).not.toContain("…");
  expect(wide[1]).toMatch(/^2026-03-03T08:30:02 media {5}inside-online /);
});

it("gives the rows of lookup's table in 80 columns", () => {
  const lines = linesOf(["lookup", "outlook.office365.com", "--format", "table"], 80);
  const table = lines.slice(lines.findIndex((line) => line.startsWith("set ")));
  expect(table.filter((line) => line.length > 80)).toEqual([]);
  expect(table.join(" ")).toMatch(/ 143, .* 587, .* 993, .* 995 /);
});

it("lists scenarios as paragraphs where a line is too short for the table", () => {
  const [first, second] = linesOf(["scenarios"], 80);
  expect([first, second]).toEqual(["online-p2p-internal (online, peer-to-peer)", "  signaling expressroute"]);
  expect(linesOf(["scenarios"], 300)[0]).toMatch(/^scenario +deployment +usage +signaling +media$/);
});
