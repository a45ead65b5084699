import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { planAudit } from "../../src/audit/plan.ts";
import { writeSettings } from "../../src/audit/settings.ts";
import { FIRST, folder, lookups, planOf, settings, surveysOf } from "./stage-work.ts";

describe("plan", () => {
  it("is the same in any order of captures, and in another folder", async () => {
    const place = folder();
    const paths = [
      lookups(place, "a.pcap", 0, 3),
      lookups(place, "b.pcap", 10, 3),
      lookups(place, "c.pcap", 20, 3),
    ];
    const one = await planOf(folder(), paths);
    const other = await planOf(folder(), paths.toReversed());
    expect(other).toEqual(one);
    const elsewhere = folder();
    const copies = paths.map((path) => {
      const copy = join(elsewhere, basename(path));
      writeFileSync(copy, readFileSync(path));
      return copy;
    });
    const moved = await planOf(folder(), copies);
    expect(moved.maps.map(({ id }) => id)).toEqual(one.maps.map(({ id }) => id));
    expect(moved.captures.map(({ path }) => path)).toEqual(copies);
  });

  it("leaves the windows of before alone when later captures are added, but for the last", async () => {
    const place = folder();
    const paths = [0, 1, 2, 3].map((i) => lookups(place, `a-${i}.pcap`, i * 5000, 3));
    const directory = folder();
    const before = await planOf(directory, paths.slice(0, 3));
    const after = await planOf(directory, paths);
    expect(after.borders).toEqual([FIRST + 5000, FIRST + 10_000, FIRST + 15_000]);
    expect(after.maps.slice(0, 2).map(({ id }) => id)).toEqual(before.maps.slice(0, 2).map(({ id }) => id));
    expect(after.maps[2]?.id).not.toBe(before.maps[2]?.id);
  });

  it("does nothing anew for a file that was only touched", async () => {
    const place = folder();
    const path = lookups(place, "a.pcap", 0, 3);
    const directory = folder();
    const before = await planOf(directory, [path]);
    utimesSync(path, 1, 1);
    const after = await planOf(directory, [path]);
    expect(after.maps.map(({ id }) => id)).toEqual(before.maps.map(({ id }) => id));
  });

  it("has other tasks for other settings", async () => {
    const place = folder();
    const path = lookups(place, "a.pcap", 0, 3);
    const directory = folder();
    const surveys = await surveysOf(directory, [path]);
    const one = await planAudit(directory, surveys, { settings: await writeSettings(directory, settings) });
    const other = await planAudit(directory, surveys, {
      settings: await writeSettings(directory, { ...settings, convergeSeconds: 10 }),
    });
    expect(other.maps[0]?.id).not.toBe(one.maps[0]?.id);
    expect(other.report.id).not.toBe(one.report.id);
  });
});
