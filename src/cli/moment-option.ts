import { isBefore, type Moment } from "../path/moment.ts";
import { UsageError } from "./exit.ts";

/** Seconds with a fraction, at the end or before the zone. `Date` keeps three digits of it; captures have nine. */
const FRACTION = /(:\d\d:\d\d)\.(\d+)(?=Z?$|[+-]\d\d:?\d\d$)/i;

/** Seconds since 1970. With more digits they are milliseconds, which would lie thousands of years ahead of any packet. */
const SECONDS = /^(\d{1,11})(?:\.(\d+))?$/;

/** A year or a day as a number: as seconds since 1970 it lies before every capture of a clock that was set. */
const YEAR_OR_DAY = /^((?:19[7-9]|20\d|210)\d)(?:(\d\d)(\d\d))?$/;

/** The moment of an ISO 8601 time (UTC where it names no zone) or of seconds since 1970, to the nanosecond. */
export function momentOption(option: string, text: string | undefined): Moment | undefined {
  if (text === undefined) return undefined;
  const [, seconds, decimals] = SECONDS.exec(text) ?? [];
  if (seconds !== undefined && decimals === undefined) refuseDateWithoutDashes(option, seconds);
  if (seconds !== undefined) return { seconds: Number(seconds), nanoseconds: nanosecondsOf(decimals) };
  const fraction = FRACTION.exec(text)?.[2];
  const whole = text.replace(FRACTION, "$1");
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(whole) || /^\d{4}-\d\d-\d\d$/.test(whole) ? whole : `${whole}Z`;
  const milliseconds = /^\d{4}-\d\d-\d\d/.test(whole) ? Date.parse(zoned.replace(" ", "T")) : Number.NaN;
  if (Number.isNaN(milliseconds) || !isOnCalendar(whole))
    throw new UsageError(
      `${option} ${text}: wanted a time such as 2026-11-24T08:30:00Z, or seconds since 1970`,
    );
  return { seconds: Math.floor(milliseconds / 1000), nanoseconds: nanosecondsOf(fraction) };
}

/** The bounds of a span of time. Throws UsageError where it would end before it begins. */
export function spanOptions(raw: { readonly since?: string; readonly until?: string }): {
  readonly since: Moment | undefined;
  readonly until: Moment | undefined;
} {
  const since = momentOption("--since", raw.since);
  const until = momentOption("--until", raw.until);
  if (since !== undefined && until !== undefined && isBefore(until, since))
    throw new UsageError(`--since ${raw.since} is later than --until ${raw.until}`);
  return { since, until };
}

/** Throws where digits are a year or a day as much as seconds: all flows, or none, would be the answer. */
function refuseDateWithoutDashes(option: string, digits: string): void {
  const [, year, month = "01", day = "01"] = YEAR_OR_DAY.exec(digits) ?? [];
  if (year === undefined || !isOnCalendar(`${year}-${month}-${day}`)) return;
  throw new UsageError(
    `${option} ${digits}: a date, or seconds since 1970? Write ${year}-${month}-${day}, or ${digits}.0 for seconds`,
  );
}

/** Whether there is such a day: `Date.parse` turns 30 February into 2 March. */
function isOnCalendar(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split("-").map(Number);
  const date = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day ?? 0));
  return date.getUTCMonth() + 1 === month && date.getUTCDate() === day;
}

function nanosecondsOf(decimals = ""): number {
  return Number(decimals.slice(0, 9).padEnd(9, "0"));
}
