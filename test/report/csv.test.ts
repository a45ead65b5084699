import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvRecord, decimal } from "../../src/report/csv-cells.ts";

const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom(..."=+-@\t\r\n\",;' a1\uff1d\uff0b\uff0d\uff20\u00e9\u2028"),
    maxLength: 6,
  }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);
const cell = fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.constant(undefined));

describe("a CSV record", () => {
  it.each([",", "\t"] as const)("is byte for byte what csv-stringify writes, delimiter %j", (delimiter) => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 9 }), (cells) => {
        const oracle = stringify([cells], {
          delimiter,
          record_delimiter: "\n",
          escape_formulas: true,
          quote_record_delimiter: true,
          cast: { boolean: (value: boolean) => String(value), number: (value: number) => decimal(value) },
        });
        expect(`${csvRecord(cells, delimiter)}\n`).toBe(oracle);
      }),
      { numRuns: 3000 },
    );
  });

  it("leaves the sign of a number alone and defuses the same text", () => {
    expect(csvRecord([-1.5, "-1.5", "=1+1"], ",")).toBe("-1.5,'-1.5,'=1+1");
  });
});
