import { describe, expect, it } from "vitest";
import { fittedTable } from "../../src/report/fitted-table.ts";
import { wrapText } from "../../src/report/wrap-text.ts";
import { fittingEnd, fittingStart, padShown, shownWidth } from "../../src/report/shown-width.ts";
import { tableOf } from "../../src/report/table.ts";

describe("the columns of a terminal that a text takes", () => {
  // Widths as UAX #11 has them.
  it.each([
    ["er-london", 9],
    ["Zürich", 6],
    ["Zu\u0308rich", 6],
    ["東京", 4],
    ["ﾄｳｷｮｳ", 5],
    ["ＡＢ", 4],
    ["서울", 4],
    ["Київ", 4],
    ["a\u{1d11e}", 2],
    ["\u{20bb7}野家", 6],
    ["\u{1f600}", 2],
    ["\u{1f469}\u200d\u{1f4bb}", 2],
    ["→", 1],
    ["", 0],
  ])("%s: %i", (text, width) => {
    expect(shownWidth(text)).toBe(width);
    expect(padShown(text, width + 2)).toBe(`${text}  `);
    expect(fittingEnd(text, width)).toBe(text.length);
    expect(fittingStart(text, width)).toBe(0);
  });

  it("no character is cut in two", () => {
    expect("\u{20bb7}野家".slice(0, fittingEnd("\u{20bb7}野家", 3))).toBe("\u{20bb7}");
    expect("\u{20bb7}野家".slice(fittingStart("\u{20bb7}野家", 3))).toBe("家");
    expect("Zu\u0308rich".slice(0, fittingEnd("Zu\u0308rich", 2))).toBe("Zu\u0308");
  });

  it("a heap of marks takes as many columns as it has marks, so that it covers nothing", () => {
    const heap = `x${"\u0301".repeat(5000)}`;
    expect(fittingEnd(heap, 70)).toBe(0);
    expect(wrapText(heap, 70).every((line) => line.length <= 70)).toBe(true);
  });
});

describe("tables with wide characters", () => {
  it("have their columns below each other", () => {
    const text = fittedTable(
      ["site", "path"],
      [
        ["東京", "er"],
        ["London", "isp"],
      ],
      40,
    );
    expect(text.split("\n").map((line) => shownWidth(line.slice(0, line.lastIndexOf(" "))))).toEqual([
      6, 6, 6, 0,
    ]);
  });

  it("go on in the next line between two characters", () => {
    expect(wrapText("東京大阪", 5)).toEqual(["東京", "大阪"]);
    expect(wrapText("東京", 1)).toEqual(["東", "京"]);
    expect(wrapText("\u{20bb7}\u{20bb7}", 3)).toEqual(["\u{20bb7}", "\u{20bb7}"]);
  });

  it("cut cells at their width, and leave harmless what steers a terminal", () => {
    const table = tableOf<string>(
      { columns: [], time: "iso", color: false, width: 12 } as never,
      [
        { title: "a", width: 5, share: 0, text: (row) => row },
        { title: "b", width: 6, share: 0, text: (row) => row },
      ],
      () => undefined,
    );
    expect(table.rows(["東京大阪"])).toBe("東京… 東京…\n");
    expect(table.rows(["\u202e東"])).toBe("\\u{2… \\u{20…\n");
  });
});
