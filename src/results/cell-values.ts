import type { Instant } from "../classify/row.ts";
import type { ColumnType } from "../report/columns.ts";

/** What was wanted where a cell does not hold it. */
export class CellProblem {
  readonly wanted: string;
  constructor(wanted: string) {
    this.wanted = wanted;
  }
}

/**
 * The value of a cell as rows have it: from CSV's text, JSON's or Parquet's own type. Undefined: empty, not known.
 */
export function cellValue(cell: unknown, type: ColumnType): unknown {
  if (cell === undefined || cell === null || cell === "")
    return type === "list" || type === "times" ? [] : undefined;
  switch (type) {
    case "integer": {
      const value = numberOf(cell);
      return value !== undefined && Number.isSafeInteger(value) ? value : new CellProblem("a whole number");
    }
    case "number":
      return numberOf(cell) ?? new CellProblem("a number");
    case "boolean":
      if (typeof cell === "boolean") return cell;
      // A spreadsheet that saves CSV writes them in capitals.
      if (typeof cell === "string" && /^(?:true|false)$/i.test(cell)) return cell.toLowerCase() === "true";
      return new CellProblem("true or false");
    case "string":
      return typeof cell === "string" ? cell : new CellProblem("text");
    case "list":
      return typeof cell === "string" ? cell.split(";").map(listItem) : new CellProblem("text joined by ;");
    case "time":
      return timeOf(cell) ?? new CellProblem("a time such as 2026-11-24T08:30:00.000000Z");
    case "times": {
      const times = typeof cell === "string" ? cell.split(";").map(timeOf) : [undefined];
      return times.includes(undefined) ? new CellProblem("times joined by ;") : times;
    }
  }
}

/** Endpoint set ids are numbers, kinds of evidence are words. */
function listItem(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function numberOf(cell: unknown): number | undefined {
  if (typeof cell === "number") return cell;
  if (typeof cell !== "string" || !/^-?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/i.test(cell)) return undefined;
  return Number(cell);
}

const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00(?::?00)?)?$/;
const EPOCH = /^(\d{1,10})(?:\.(\d{1,9}))?$/;

/** A time in any of the forms that reports have (ISO 8601, seconds since 1970, Excel's), and as Parquet's reader gives it. */
function timeOf(cell: unknown): Instant | undefined {
  if (typeof cell === "object" && cell !== null && "nanoseconds" in cell) return cell as Instant;
  const text = typeof cell === "number" ? String(cell) : cell;
  if (typeof text !== "string") return undefined;
  const iso = ISO.exec(text);
  const [, whole, digits = ""] =
    iso === null
      ? (EPOCH.exec(text) ?? [])
      : [text, String(Date.parse(`${iso[1]}T${iso[2]}Z`) / 1000), iso[3]];
  const seconds = Number(whole ?? Number.NaN);
  if (!Number.isInteger(seconds)) return undefined;
  return { seconds, nanoseconds: Number(digits.padEnd(9, "0")), fine: digits.length > 6 };
}
