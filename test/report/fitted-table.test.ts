import { describe, expect, it } from "vitest";
import { fittedTable } from "../../src/report/fitted-table.ts";
import { wrapText } from "../../src/report/wrap-text.ts";

describe("a small table in a narrow place", () => {
  const columns = ["set", "set_er_eligible", "matched", "ports"];
  const rows = [
    ["11", "true", "52.112.0.0/14", "3478,3479,3480,3481"],
    ["71", "false", "*.office365.com", ""],
  ];

  it("breaks titles and lists, and no address while there is room", () => {
    expect(fittedTable(columns, rows, 40)).toBe(
      [
        "set set_er_  matched         ports",
        "    eligible",
        "11  true     52.112.0.0/14   3478,3479,",
        "                             3480,3481",
        "71  false    *.office365.com",
        "",
      ].join("\n"),
    );
  });

  it.each([20, 25, 30, 40, 60, 80])("leaves nothing out in %i characters", (width) => {
    const text = fittedTable(columns, rows, width);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
    for (const character of "3478,3479,3480,3481*.office365.com52.112.0.0/14")
      expect(text).toContain(character);
    // In a paragraph each value has its title beside it.
    const all =
      width < 30
        ? rows.map((row) => columns.filter((_, i) => row[i] !== "").concat(row))
        : [columns, ...rows];
    expect(text.replaceAll(/\s/g, "")).toHaveLength(all.flat().join("").length);
  });

  it("has a paragraph for each row where words would not fit beside each other", () => {
    expect(fittedTable(columns, [...rows, ["9", "", "日本語の名前.example", "80"]], 31)).toBe(
      [
        "set            11",
        "set_er_        true",
        "eligible",
        "matched        52.112.0.0/14",
        "ports          3478,3479,3480,",
        "               3481",
        "",
        "set            71",
        "set_er_        false",
        "eligible",
        "matched        *.office365.com",
        "",
        "set            9",
        "matched        日本語の名前.",
        "               example",
        "ports          80",
        "",
      ].join("\n"),
    );
  });

  it("shows what would steer a terminal", () => {
    expect(fittedTable(["host"], [["a\x1b[2Jb\nc"]], 80)).toBe("host\na\\x1b[2Jb\nc\n");
  });
});

it.each([
  ["unplaced-online: either, else", 20, ["unplaced-online:", "either, else"]],
  ["2018063000 or earlier", 10, ["2018063000", "or earlier"]],
  ["set_er_eligible", 8, ["set_er_", "eligible"]],
  ["aaaaaaaaaaaa", 5, ["aaaaa", "aaaaa", "aa"]],
  ["", 5, [""]],
])("wraps %s at %i", (text, width, lines) => {
  expect(wrapText(text, width)).toEqual(lines);
});
