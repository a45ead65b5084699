import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnOf } from "../../src/report/columns.ts";
import { csvRecord, decimal } from "../../src/report/csv-cells.ts";
import { csvWriter } from "../../src/report/csv.ts";

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

interface Row {
  readonly text: string | undefined;
  readonly number: number | undefined;
  readonly list: readonly string[];
  readonly known: boolean | undefined;
}

const column = columnOf<Row>;
const COLUMNS = [
  column("text", "string", ""),
  column("number", "number", ""),
  column("list", "list", ""),
  column("known", "boolean", ""),
];

describe("CSV rows", () => {
  // Few values, so that a cell often says what the one above says.
  const few = fc.constantFrom("", "a", "=1", 'b"', "c,d", "\ne");
  const row = fc.record<Row>({
    text: fc.option(few, { nil: undefined }),
    number: fc.constantFrom(undefined, 0, -0, 1, Number.NaN, 1e-7, 1e21),
    list: fc.array(few, { maxLength: 2 }),
    known: fc.constantFrom(undefined, true, false),
  });
  const options = { columns: COLUMNS, time: "iso", eol: "lf", bom: false, width: 80, color: false } as const;

  it("are the records of their cells, whatever stood above, in one batch or in two", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), fc.nat(12), (rows, border) => {
        const one = csvWriter(options);
        const other = csvWriter(options);
        const oracle = rows.map((each) =>
          csvRecord([each.text, each.number, each.list.join(";") || undefined, each.known], ","),
        );
        const expected = oracle.map((record) => `${record}\n`).join("");
        expect(one.rows(rows)).toBe(expected);
        expect(other.rows(rows.slice(0, border)) + other.rows(rows.slice(border))).toBe(expected);
      }),
    );
  });
});
