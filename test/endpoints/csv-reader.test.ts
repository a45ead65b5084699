import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CsvReader } from "../../src/endpoints/csv-reader.ts";

function read(pieces: readonly string[], delimiter = ","): string[][] {
  const reader = new CsvReader(delimiter);
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}

describe("CsvReader", () => {
  it.each([
    [
      "a,b\r\n1,2\r\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    ["\ufeffa\n\nb", [["a"], ["b"]]],
    ['"a ""b"", c",,"x\ny"\n', [['a "b", c', "", "x\ny"]]],
    ["a,\n", [["a", ""]]],
    ["", []],
  ])("reads %j", (text, wanted) => {
    expect(read([text])).toEqual(wanted);
  });

  it("reads what csv-stringify writes, however it is cut into pieces", () => {
    const cell = fc.stringMatching(/^[ab",\n\r;\t ]{0,6}$/);
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(",", "\t"),
        (records, size, delimiter) => {
          const text = stringify(records, { delimiter, quoted: true });
          const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
          expect(read(pieces, delimiter)).toEqual(records);
        },
      ),
    );
  });

  it("reads lines that end by CR alone, CRs and LFs inside quotes left as they are, however it is cut into pieces", () => {
    const cell = fc.stringMatching(/^[ab",\n\r;\t ]{0,6}$/);
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom("\r", "\r\n", "\n"),
        (records, size, end) => {
          const text = stringify(records, { record_delimiter: end, quoted: true });
          expect(read(text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [])).toEqual(records);
        },
      ),
    );
  });

  it("answers on any text, and gives up on a record without end", () => {
    fc.assert(fc.property(fc.array(fc.string()), (pieces) => Array.isArray(read(pieces))));
    const reader = new CsvReader(",");
    expect(() => {
      for (let i = 0; i < 30; i++) reader.push(`"${"x".repeat(50_000)}"`);
    }).toThrow(RangeError);
  });

  it("knows the line on which each record begins, over empty lines and line ends inside cells", () => {
    const reader = new CsvReader(",");
    reader.push('a,b\r\n"x\ny",1\n');
    expect(reader.lines).toEqual([1, 2]);
    reader.push("\n2,3\n4,");
    expect(reader.lines).toEqual([5]);
    reader.end();
    expect(reader.lines).toEqual([6]);
  });
});
