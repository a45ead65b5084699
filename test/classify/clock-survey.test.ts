import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ClockLine } from "../../src/capture/clock-line.ts";
import { ClockSurvey, surveyClocks } from "../../src/classify/clock-survey.ts";
import { clockNotes } from "../../src/classify/clock-text.ts";
import { classifyFiles } from "./classify-files.ts";
import { shiftedPcap } from "../support/rewrite.ts";
import { ROOT } from "../support/shared.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** The captures of a fixture, with the times of one of them moved. */
function moved(fixture: string, file: string, seconds: number): string[] {
  const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
  folders.push(folder);
  const { args } = JSON.parse(readFileSync(join(ROOT, "fixtures", fixture, "case.json"), "utf8")) as {
    args: string[];
  };
  return args
    .filter((arg) => arg.endsWith(".pcap"))
    .map((name) => {
      const bytes = readFileSync(join(ROOT, "fixtures", fixture, name));
      const path = join(folder, name);
      writeFileSync(path, name === file ? shiftedPcap(bytes, seconds) : bytes);
      return path;
    });
}

const site = (fixture: string): string => join(ROOT, "fixtures", fixture, "site.yaml");
const whole = (fixture: string): string[] => moved(fixture, "", 0);

/** Columns in which a clock's bounds may show: they are known to half a round trip where packets were seen once. */
const TIMES = new Set([
  "start",
  "end",
  "duration_s",
  "flow_id",
  "wireshark_filter",
  "asymmetric_s",
  "call_id",
]);
function withoutTimes(rows: readonly object[]): unknown[] {
  return rows
    .map((row) => Object.fromEntries(Object.entries(row).filter(([key]) => !TIMES.has(key))))
    .toSorted((x, y) => String(x["community_id"]).localeCompare(String(y["community_id"])));
}

const CASES = [
  ["two-taps", "lon-isp-tap.pcap"],
  ["two-taps", "lon-er1-tap.pcap"],
  ["source-nat-two-taps", "outside-er.pcap"],
  ["source-nat-two-taps", "outside-isp.pcap"],
  ["source-nat-two-taps", "inside.pcap"],
] as const;

describe.each(CASES)("%s with the clock of %s off", (fixture, file) => {
  it.each([3.2, -0.45, -420, 3600])("by %d s gives the same rows", async (seconds) => {
    const { rows } = await classifyFiles(whole(fixture), site(fixture));
    const other = await classifyFiles(moved(fixture, file, seconds), site(fixture));
    expect(withoutTimes(other.rows)).toEqual(withoutTimes(rows));
    expect(rows.length).toBeGreaterThan(3);
  });
});

it("leaves clocks that agree alone", async () => {
  for (const fixture of ["two-taps", "source-nat-two-taps"]) {
    const { summary } = await classifyFiles(whole(fixture), site(fixture));
    for (const clock of summary.clocks.clocks) expect(clock.offsetNs).toBe(0);
  }
});

it("tells the offset from packets that both captures saw, to less than the way between them", async () => {
  const { summary } = await classifyFiles(
    moved("source-nat-two-taps", "outside-er.pcap", 3.2),
    site("source-nat-two-taps"),
  );
  const clock = summary.clocks.clocks.find(({ input }) => input.name === "outside-er.pcap");
  expect(clock?.found?.basis).toBe("packets");
  expect(clock?.reference).toBe("inside.pcap");
  expect(Math.abs((clock?.offsetNs ?? 0) + 3.2e9)).toBeLessThan(1e6);
});

it("bounds the offset by acknowledgements where each capture has one direction", async () => {
  const { summary } = await classifyFiles(moved("two-taps", "lon-isp-tap.pcap", 3.2), site("two-taps"));
  const clock = summary.clocks.clocks.find(({ input }) => input.name === "lon-isp-tap.pcap");
  expect(clock?.found?.basis).toBe("answers");
  expect(clock?.exact).toBe(false);
  expect(Math.abs((clock?.offsetNs ?? 0) + 3.2e9)).toBeLessThan(20e6);
});

it("says that it does not know where captures have nothing in common", async () => {
  const survey = await surveyClocks(
    [join(ROOT, "fixtures/two-taps/lon-er1-tap.pcap"), join(ROOT, "fixtures/qinq/handoff.pcap")].map(
      (path) => ({ name: basename(path), path, source: path }),
    ),
  );
  expect(survey.clocks.map((clock) => clock.found)).toEqual(survey.clocks.map(() => undefined));
  const [x, y] = survey.clocks;
  expect(x && y && survey.comparable(x.input, y.input)).not.toBe(true);
});

it("does not take two captures for one because they have one name", async () => {
  const paths = ["two-taps/lon-er1-tap.pcap", "qinq/handoff.pcap"].map((path) =>
    join(ROOT, "fixtures", path),
  );
  const survey = await surveyClocks(paths.map((path) => ({ name: "tap.pcap", path, source: path })));
  const [x, y] = survey.clocks;
  expect(x && y && survey.comparable(x.input, y.input)).toBe(false);
  expect(x && y && survey.aligned(x.input, y.input)).toBe(false);
});

it.each([
  [-3_204_000_000, "3.204 s ahead of"],
  [250_000, "0.25 ms behind"],
  [420e9, "7 min 0.000 s behind"],
  [-3_601_500_000_000, "1 h 0 min 1.500 s ahead of"],
])("says an offset of %d ns as %s", (offsetNs, text) => {
  const input = { name: "b.pcap", path: "b.pcap", source: "b.pcap" };
  const found = { basis: "packets", offsetNs, packets: 212 } as const;
  const survey = new ClockSurvey([
    { input, offsetNs, line: ClockLine.constant(offsetNs), reference: "a.pcap", found, exact: true },
  ]);
  expect(clockNotes(survey)).toEqual([
    `b.pcap is ${text} a.pcap (212 packets seen in both); times are those of a.pcap`,
  ]);
});

it("reads nothing of a single capture", async () => {
  const path = join(ROOT, "fixtures/two-taps/lon-er1-tap.pcap");
  expect((await surveyClocks([{ name: basename(path), path, source: path }])).clocks).toEqual([]);
});
