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

export const SECONDS_A_DAY = 86_400;

/** ISO 8601 to the second, without a zone. */
function secondText(seconds: number): string {
  const day = Math.floor(seconds / SECONDS_A_DAY);
  const second = seconds - day * SECONDS_A_DAY;
  const [hours, minutes] = [Math.floor(second / 3600), Math.floor(second / 60) % 60];
  return `${dayText(day)}T${twoDigits(hours)}:${twoDigits(minutes)}:${twoDigits(second % 60)}`;
}

function twoDigits(value: number): string {
  return value.toString().padStart(2, "0");
}

// Rows come in the order of time, many of a day.
let knownDay = Number.NaN;
let knownText = "";

/** The date of a day that began so many days after 1970-01-01 (UTC), as in ISO 8601. */
export function dayText(day: number): string {
  if (day !== knownDay) {
    const text = new Date(day * SECONDS_A_DAY * 1000).toISOString();
    knownText = text.slice(0, text.indexOf("T"));
    knownDay = day;
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
