import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { separatedRows } from "../../src/site/separated-rows.ts";

function cells(text: string, separator: "," | "\t" = ","): (readonly string[])[] {
  return [...separatedRows(text, separator)].map((row) => row.cells);
}

describe("rows of separated values", () => {
  it.each<[string, string[][]]>([
    [
      "a,b\nc,d\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      "a,b\r\nc,d\re,",
      [
        ["a", "b"],
        ["c", "d"],
        ["e", ""],
      ],
    ],
    ["\n\r\n \n,\n", [["", ""]]],
    ['"a,b" , "c""d"\n', [["a,b ", 'c"d']]],
    ['"a\r\nb",c', [["a\r\nb", "c"]]],
    ['a"b",x""y', [['a"b"', 'x""y']]],
    ['"a"b,""', [["ab", ""]]],
    ['"not closed,\nx', [["not closed,\nx"]]],
    ["a\tb,c", [["a\tb", "c"]]],
  ])("of %j", (text, rows) => {
    expect(cells(text)).toEqual(rows);
  });

  it("know the line that they begin on", () => {
    const rows = [...separatedRows('a\n\n"b\n\nc",d\r\ne\rf\n', ",")];
    expect(rows.map((row) => row.line)).toEqual([1, 3, 6, 7]);
  });

  it("come back from what is quoted as it should be", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", " ", '"', ",", "\t", "\n", "\r", "é") });
    const row = fc.array(cell, { minLength: 2, maxLength: 15 });
    fc.assert(
      fc.property(fc.array(row), fc.constantFrom("," as const, "\t" as const), (rows, separator) => {
        const quoted = rows.map((row) =>
          row.map((text) => `"${text.replaceAll('"', '""')}"`).join(separator),
        );
        expect(cells(quoted.join("\r\n"), separator)).toEqual(rows);
      }),
    );
  });

  it.each([
    ["a cell without an end", `"${"x\n".repeat(4_000_000)}`, 1],
    ["quotes", `x${'"'.repeat(8_000_000)}`, 1],
    ["quotes in quotes", '"'.repeat(8_000_001), 1],
    ["separators", ",".repeat(8_000_000), 8_000_001],
  ])("keep the beginning of very many %s", (_what, text, columns) => {
    const rows = [...separatedRows(text, ",")];
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ columns, isCut: columns === 1 });
    expect(rows[0]?.cells).toHaveLength(Math.min(columns, 16));
    expect(rows[0]?.cells[0]).toHaveLength(columns === 1 ? 65_536 : 0);
  });
});
