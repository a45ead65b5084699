import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnOf } from "../../src/report/columns.ts";
import type { Instant } from "../../src/classify/row.ts";
import { timeText } from "../../src/report/cells.ts";
import { csvRecord, decimal, type Delimiter } from "../../src/report/csv-cells.ts";
import { csvByteWriter } from "../../src/report/csv-bytes.ts";
import { csvWriter } from "../../src/report/csv.ts";
import type { ReportOptions } from "../../src/report/writer.ts";

const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom(..."=+-@\t\r\n\",;' a1\uff1d\uff0b\uff0d\uff20\u00e9\u2028"),
    maxLength: 6,
  }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);
const cell = fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.constant(undefined));

/** What follows a `;` in a cell and would run as a formula in a spreadsheet that cuts there. */
function partsDefused(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const [first = "", ...rest] = value.split(";");
  const defused = rest.map((part) => {
    const bare = part.replace(/^"+/, "");
    const quotes = part.slice(0, part.length - bare.length);
    return bare !== "" && "=+-@\t\r\uff1d\uff0b\uff0d\uff20".includes(bare[0] ?? "")
      ? `${quotes}'${bare}`
      : part;
  });
  return [first, ...defused].join(";");
}

describe("a CSV record", () => {
  it.each([",", "\t"] as const)("is byte for byte what csv-stringify writes, delimiter %j", (delimiter) => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 9 }), (cells) => {
        const oracle = stringify([cells.map(partsDefused)], {
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

  it.each([
    ["a.pcap;=cmd()", "a.pcap;'=cmd()"],
    ["=a;b;-c", "'=a;b;'-c"],
    ['a;"=cmd()', `"a;""'=cmd()"`],
    ["a;b=c;d-e", "a;b=c;d-e"],
  ])("defuses each part of %j, for spreadsheets that cut at ;", (text, written) => {
    expect(csvRecord([text], ",")).toBe(written);
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
  readonly time: Instant | undefined;
}

const column = columnOf<Row>;
const COLUMNS = [
  column("text", "string", ""),
  column("number", "number", ""),
  column("list", "list", ""),
  column("known", "boolean", ""),
  column("time", "time", ""),
];

const FORM: ReportOptions<Row> = {
  columns: COLUMNS,
  time: "iso",
  eol: "lf",
  bom: false,
  width: 80,
  color: false,
};

const instant = fc.record<Instant>({
  seconds: fc.nat(2 ** 32 - 1),
  nanoseconds: fc.nat(999_999_999),
  fine: fc.boolean(),
});

describe("CSV rows", () => {
  // Few values, so that a cell often says what the one above says.
  const few = fc.constantFrom("", "a", "=1", 'b"', "c,d", "\ne", "\u00e9", "\ud800", "+", "f;-1");
  const some = fc.constantFrom(undefined, 0, -0, 1, Number.NaN, 1e-7, 1e-6, 1e21, 2 ** 32, 0.1 + 0.2, -1.5);
  const rowOf = (words: fc.Arbitrary<string>, numbers: fc.Arbitrary<number | undefined>) =>
    fc.record<Row>({
      text: fc.option(words, { nil: undefined }),
      number: numbers,
      list: fc.array(words, { maxLength: 2 }),
      known: fc.constantFrom(undefined, true, false),
      time: fc.option(instant, { nil: undefined }),
    });
  const row = fc.oneof(rowOf(few, some), rowOf(text, fc.double()));
  const options = fc.record({
    columns: fc.constant(COLUMNS),
    time: fc.constantFrom("iso", "epoch", "excel"),
    eol: fc.constantFrom("lf", "crlf"),
    bom: fc.boolean(),
    width: fc.constant(80),
    color: fc.constant(false),
  });

  it("are the records of their cells", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
        const writer = csvWriter(FORM);
        const records = rows.map((each) =>
          csvRecord(
            [
              each.text,
              each.number,
              each.list.join(";") || undefined,
              each.known,
              each.time && timeText(each.time, "iso"),
            ],
            ",",
          ),
        );
        expect(writer.rows(rows)).toBe(records.map((record) => `${record}\n`).join(""));
      }),
    );
  });

  it("are the same bytes from the fast writer, whatever stood above, in one batch or in two", () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 12 }),
        fc.nat(12),
        options,
        fc.constantFrom<Delimiter>(",", "\t"),
        (rows, border, form, delimiter) => {
          const plain = csvWriter<Row>(form, delimiter);
          const fast = csvByteWriter<Row>(form, delimiter);
          const wanted = [plain.begin(), plain.rows(rows), plain.end()].join("");
          const pieces = [
            fast.begin(),
            fast.rows(rows.slice(0, border)),
            fast.rows(rows.slice(border)),
            fast.end(),
          ];
          expect(Buffer.concat(pieces).equals(Buffer.from(wanted))).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("are the same bytes where cells are larger than a block, and none that were handed out change", () => {
    const lengths = [1, 70_000, 3, 70_000, 200_000, 20, 65_000, 65_000];
    const rows = lengths.map((length, i) => ({
      text: (i % 3 === 0 ? "\u20ac" : "x").repeat(length),
      number: i >> 1,
      list: ["same".repeat(9000)],
      known: undefined,
      time: undefined,
    }));
    const fast = csvByteWriter(FORM);
    const pieces = rows.map((each) => fast.rows([each]));
    expect(Buffer.concat(pieces).toString()).toBe(csvWriter(FORM).rows(rows));
  });

  it("are read whatever the order of their keys, missing and inherited ones, too", () => {
    const names = COLUMNS.map(({ name }) => name);
    const other = fc
      .shuffledSubarray([...names, "more"])
      .map((keys): Partial<Row> =>
        Object.fromEntries(keys.map((key, i) => [key, key === "list" ? [`${i}`] : `${i}`])),
      );
    const columns = COLUMNS.map(({ name }) => columnOf<Row>(name, name === "list" ? "list" : "string", ""));
    class Inherited {
      get text(): string {
        return "inherited";
      }
    }
    const rows = fc.array(fc.oneof(other, other, fc.constant(new Inherited())), { maxLength: 9 });
    fc.assert(
      fc.property(rows, (some) => {
        const form = { ...FORM, columns };
        const wanted = csvWriter(form).rows(some as Row[]);
        expect(
          csvByteWriter(form)
            .rows(some as Row[])
            .toString(),
        ).toBe(wanted);
      }),
    );
  });

  it("writes decimals as JavaScript does", () => {
    const decimals = fc.oneof(
      fc
        .tuple(fc.nat(10 ** 9), fc.integer({ min: 0, max: 9 }))
        .map(([value, digits]) => value / 10 ** digits),
      fc.double({ min: 0, max: 2e9, noNaN: true }),
    );
    fc.assert(
      fc.property(decimals, (number) => {
        const cells = { text: undefined, number, list: [], known: undefined, time: undefined };
        expect(csvByteWriter(FORM).rows([cells]).toString()).toBe(`,${decimal(number)},,,\n`);
      }),
      { numRuns: 5000 },
    );
  });
});
