import { describe, expect, it } from "vitest";
import { terminalLines } from "../../src/routes/terminal-lines.ts";
import { read, routes } from "./reading.ts";

const HEADING = "     Network          Next Hop            Metric LocPrf Weight Path\n";
const FIRST = " *>  13.107.6.152/31  192.0.2.2                              0 12076 i\n";
const SECOND = " *>  52.112.0.0/14    192.0.2.2                              0 12076 i";
const READ = ["13.107.6.152/31 192.0.2.2 12076", "52.112.0.0/14 192.0.2.2 12076"];

describe("what a terminal's log has around a table", () => {
  it.each([
    ["backspaces", ` --More-- ${"\b".repeat(9)}${" ".repeat(8)}${"\b".repeat(9)}`],
    ["backspaces that the log lost", ` --More-- ${" ".repeat(8)}`],
    ["nothing over it", " --More-- "],
    ["returns", "--More--\r        \r"],
    ["returns that the log lost", `<--- More --->${" ".repeat(15)}`],
    ["Junos", `---(more 12%)---\r${" ".repeat(40)}\r`],
    ["reverse video and an erased line", "\x1b[7m--More--\x1b[27m\r\x1b[K"],
    ["reverse video and backspaces", "\x1b[7m--More--\x1b[m\b\b\b\b\b\b\b\b\x1b[K"],
    ["a cursor that moves", "--More--\x1b[8D        \x1b[8D"],
    ["a line of its own", " --More-- \n"],
    ["Huawei, whose cursor goes back", `  ---- More ----\x1b[42D${" ".repeat(42)}\x1b[42D`],
    ["Comware", `---- More ----${"\b".repeat(14)}${" ".repeat(14)}${"\b".repeat(14)}`],
  ])("wipes out the pager's question: %s", (_name, pager) => {
    const table = read(`${HEADING}${FIRST}${pager}${SECOND}\n`);
    expect(routes(table).map((route) => route.split(" ")[0])).toEqual(
      READ.map((route) => route.split(" ")[0]),
    );
    expect(table.unreadable).toEqual([]);
  });

  it("keeps the blanks of a row that continues another one", () => {
    const pager = "--More--         ";
    expect(terminalLines(`${pager}      [20/0] via 192.0.2.2`, 99)).toEqual(["      [20/0] via 192.0.2.2"]);
    expect(terminalLines("--More--       [20/0] via 192.0.2.2", 99)).toEqual(["      [20/0] via 192.0.2.2"]);
  });

  it.each([
    [
      "colours",
      (text: string) => text.replaceAll(/^(?=.)/gm, "\x1b[1;32m").replaceAll(/(?<=.)$/gm, "\x1b[0m"),
    ],
    ["erased ends of lines", (text: string) => text.replaceAll("\n", "\x1b[K\n")],
    ["a title of the window", (text: string) => `\x1b]0;admin@er1\x07er1#show bgp\n${text}\x1b[?1h\x1b=er1#`],
    ["CR CR LF", (text: string) => text.replaceAll("\n", "\r\r\n")],
    ["CR NUL LF", (text: string) => text.replaceAll("\n", "\r\0\n")],
  ])("reads through %s", (_name, log) => {
    const table = read(log(`${HEADING}${FIRST}${SECOND}\n`));
    expect(routes(table)).toEqual(READ);
    expect(table.unreadable).toEqual([]);
  });

  it("counts CR CR LF as the end of one line, and leaves the rest of a long line out", () => {
    expect(terminalLines("a\r\r\nb\r\nc\rd\ne", 99)).toEqual(["a", "b", "c", "d", "e"]);
    expect(terminalLines("x".repeat(10_000), 99)[0]).toHaveLength(8192);
  });

  it.each([
    [" --More-- ", "part"],
    ["---- More ----", "part"],
    ["  ---- More ----", "part"],
    ["--More-- (12%)", "part"],
    ["Press any key to continue (Q to quit)", "part"],
    ["-- [Q quit|D dump|down]", "part"],
    [`  ---- More ----\x1b[42D${" ".repeat(42)}\x1b[42D<er1>`, "whole"],
    ["\x1b[7m--More--\x1b[m", "part"],
    ["\x1b[7m--More--\x1b[27m\x1b[0m", "part"],
    ["\x1b[0;7m--More--\x1b[0;10m \r\n", "part"],
    ["--More--\0\0", "part"],
    ["-- More --", "part"],
    ["---(more 12%)---\r\n", "part"],
    [` --More-- ${"\b".repeat(9)}${" ".repeat(8)}${"\b".repeat(9)}er1#`, "whole"],
    ["--More--\r        \r", "whole"],
    ["er1#", "whole"],
  ])("is cut off where it ends at the pager's question: %j", (end, completeness) => {
    const table = read(`${HEADING}${FIRST}${end}`);
    expect(table.completeness).toBe(completeness);
    expect(table.warnings).toHaveLength(completeness === "part" ? 1 : 0);
  });
});
