import { describe, expect, it } from "vitest";
import { momentOption } from "../../src/cli/moment-option.ts";

const SECONDS = 1_772_530_200; // date -d 2026-03-03T09:30:00Z +%s

describe("a moment that is asked for", () => {
  it.each<[string, number, number]>([
    ["2026-03-03T09:30:00Z", SECONDS, 0],
    ["2026-03-03T09:30:00.1Z", SECONDS, 100_000_000],
    ["2026-03-03T09:30:00.100001Z", SECONDS, 100_001_000],
    ["2026-03-03 09:30:00.100000001", SECONDS, 100_000_001],
    ["2026-03-03T10:30:00.9999999999+01:00", SECONDS, 999_999_999],
    ["2026-03-03T10:30:00.5+0100", SECONDS, 500_000_000],
    ["2026-03-03T09:30", SECONDS, 0],
    ["2026-03-03", SECONDS - 34_200, 0],
    ["2024-02-29", 1_709_164_800, 0],
    ["1772530200", SECONDS, 0],
    ["1772530200.100000001", SECONDS, 100_000_001],
    ["0", 0, 0],
    ["1969", 1969, 0],
    ["2026.0", 2026, 0],
    ["20260303.5", 20_260_303, 500_000_000],
    ["20260230", 20_260_230, 0], // no day of any calendar
    ["99999999999", 99_999_999_999, 0],
  ])("%s is read to the nanosecond", (text, seconds, nanoseconds) => {
    expect(momentOption("--since", text)).toEqual({ seconds, nanoseconds });
  });

  it.each([
    "yesterday",
    "2026-13-01",
    "2026-02-30",
    "2026-06-31T10:00Z",
    "1.",
    "-5",
    "2026-03-03T09:30:00.Z",
    "1772530200000", // milliseconds
    "",
  ])("%j is refused", (text) => {
    expect(() => momentOption("--since", text)).toThrow(/^--since .*: wanted a time/s);
  });

  it.each([
    ["2026", "2026-01-01"],
    ["20260303", "2026-03-03"],
    ["19700101", "1970-01-01"],
  ])("%s may be a date or seconds, which is asked", (text, date) => {
    expect(() => momentOption("--until", text)).toThrow(
      `--until ${text}: a date, or seconds since 1970? Write ${date}, or ${text}.0 for seconds`,
    );
  });

  it("may be left out", () => {
    expect(momentOption("--since", undefined)).toBeUndefined();
  });
});
