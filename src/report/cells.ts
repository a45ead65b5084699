import type { Instant } from "../classify/row.ts";
import type { ColumnType } from "./columns.ts";

/** How times are written: ISO 8601 UTC, seconds since 1970, or a form that spreadsheets read as a date. */
export type TimeStyle = "iso" | "epoch" | "excel";

export type Scalar = string | number | boolean | undefined;

/** ISO 8601 UTC with 6 digits, or 9 where the clock is finer. */
export function timeText(moment: Instant, style: TimeStyle): string {
  const digits = moment.fine
    ? moment.nanoseconds.toString().padStart(9, "0")
    : Math.floor(moment.nanoseconds / 1000)
        .toString()
        .padStart(6, "0");
  if (style === "epoch") return `${moment.seconds}.${digits}`;
  const second = secondText(moment.seconds);
  // Spreadsheets know a date with a blank and milliseconds, and no zone.
  return style === "excel" ? `${second.replace("T", " ")}.${digits.slice(0, 3)}` : `${second}.${digits}Z`;
}

// Rows come in the order of time, several of a second.
let knownSecond = Number.NaN;
let knownText = "";

/** ISO 8601 to the second, without a zone. */
function secondText(seconds: number): string {
  if (seconds !== knownSecond) {
    knownText = new Date(seconds * 1000).toISOString().slice(0, 19);
    knownSecond = seconds;
  }
  return knownText;
}

/** A value as one scalar: times and lists become text, undefined stays. */
export function scalar(value: unknown, type: ColumnType, style: TimeStyle): Scalar {
  if (value === undefined) return undefined;
  switch (type) {
    case "time":
      return timeText(value as Instant, style);
    case "times": {
      const times = value as readonly Instant[];
      return times.length === 0 ? undefined : times.map((moment) => timeText(moment, style)).join(";");
    }
    case "list": {
      const list = value as readonly (string | number)[];
      return list.length === 0 ? undefined : list.join(";");
    }
    default:
      return value as Scalar;
  }
}

/**
 * Text that a terminal shows as it is: control characters, escape sequences and the characters that turn the
 * direction of writing are replaced by a visible one.
 */
export function terminalSafe(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "\ufffd");
}
