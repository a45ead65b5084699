import type { Scalar } from "./cells.ts";

export type Delimiter = "," | "\t";

/**
 * Before characters that make a spreadsheet run a cell; the last four are their full-width forms. Where `;` stands between
 * cells, as in much of Europe, a spreadsheet cuts there whatever is quoted, so that each part of a list begins a cell.
 */
const BEFORE_FORMULA = /(^|;"*)(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/g;

const SPECIAL_CSV = /[",\r\n]/;
const SPECIAL_TSV = /["\t\r\n]/;
/** What is neither stands as it is, and nearly all text does. */
const NOT_PLAIN = /(?:^|;)[=+\-@\uff1d\uff0b\uff0d\uff20]|[",\t\r\n]/;

/**
 * One record after RFC 4180 without its end: text with the delimiter, a quote or a line break is quoted; text that a
 * spreadsheet would run as a formula begins with an apostrophe, and so does what follows a `;` in it; undefined and empty
 * text are nothing. But for the `;`, byte for byte what csv-stringify 6.9 writes with `escape_formulas` and
 * `quote_record_delimiter`, at several times its speed.
 */
export function csvRecord(cells: readonly Scalar[], delimiter: Delimiter): string {
  return cells.map((cell) => csvCell(cell, delimiter)).join(delimiter);
}

/** A cell of such a record. */
export function csvCell(cell: Scalar, delimiter: Delimiter): string {
  if (typeof cell === "string") return textCell(cell, delimiter);
  if (typeof cell === "number") return decimal(cell);
  return cell === undefined ? "" : cell ? "true" : "false";
}

function textCell(text: string, delimiter: Delimiter): string {
  if (!NOT_PLAIN.test(text)) return text;
  const safe = text.replace(BEFORE_FORMULA, "$1'");
  const special = delimiter === "," ? SPECIAL_CSV : SPECIAL_TSV;
  return special.test(text) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A number without an exponent, which spreadsheets and awk scripts do not all read. */
export function decimal(value: number): string {
  const text = String(value);
  return !Number.isSafeInteger(value) && text.includes("e") ? value.toFixed(9).replace(/\.?0+$/, "") : text;
}
