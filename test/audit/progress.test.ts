import { expect, it } from "vitest";
import { Meter } from "../../src/audit/run/meter.ts";
import type { MapTask, SurveyTask } from "../../src/audit/tasks.ts";
import { durationText, progressText, sizeText } from "../../src/cli/audit-progress.ts";

const survey = (id: string, size: number): SurveyTask => ({
  stage: "survey",
  id,
  path: `/${id}`,
  size,
  mtimeMs: 0,
});
const map = (id: string, bytes: number): MapTask => ({ stage: "map", id, bytes }) as MapTask;

it("bytes, rate and time left are those of surveys and windows together; earlier runs count as done, not as speed", () => {
  let now = 0;
  const meter = new Meter(
    () => undefined,
    () => now,
  );
  meter.captures = 3;
  // 600 bytes of captures, of which an earlier run surveyed 100: each is read twice.
  meter.begin("survey", 3, 1, 1200, 100);
  meter.at(survey("b", 200), 150);
  now = 1000;
  expect(meter.read()).toMatchObject({
    bytes: 1200,
    bytesDone: 250,
    bytesPerSecond: 150,
    capturesDone: 1,
    tasksDone: 1,
  });
  expect(meter.read().secondsLeft).toBeCloseTo(950 / 150);
  meter.ended(survey("b", 200), true);
  meter.at(survey("c", 300), 400); // never more than there is
  expect(meter.read().bytesDone).toBe(600);
  meter.ended(survey("c", 300), true);
  meter.begin("map", 2, 1, 600 + 500, 600 + 200);
  expect(meter.read()).toMatchObject({ stage: "map", bytes: 1100, bytesDone: 800, capturesDone: 3 });
  meter.at(map("m", 300), 100);
  meter.ended(map("m", 300), false);
  expect(meter.read()).toMatchObject({ bytesDone: 800, tasksDone: 1 });
  meter.ended(map("m", 300), true);
  expect(meter.read()).toMatchObject({ bytesDone: 1100, tasksDone: 2, secondsLeft: 0 });
  meter.nextStage("report", 1, 0);
  expect(meter.read().secondsLeft).toBeUndefined();
});

it("one line says all of it", () => {
  const text = progressText({
    stage: "map",
    tasks: 21,
    tasksDone: 4,
    bytes: 41.7e9,
    bytesDone: 25e9,
    bytesPerSecond: 86.4e6,
    secondsLeft: 193,
    captures: 2080,
    capturesDone: 2080,
    damaged: 3,
    setAside: 1,
    flows: 81234,
  });
  expect(text).toBe(
    "map 4/21, 25.0 GB of 41.7 GB (59 %), 86 MB/s, 3 min left, files 2,080/2,080, 81,234 flows, 3 damaged, 1 set aside",
  );
});

it.each([
  [sizeText(999), "1 kB"],
  [sizeText(12_345_678), "12 MB"],
  [durationText(0.2), "1 s"],
  [durationText(89), "89 s"],
  [durationText(3600), "60 min"],
  [durationText(7200), "2.0 h"],
])("%s", (text, wanted) => {
  expect(text).toBe(wanted);
});
