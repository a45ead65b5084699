import { rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AuditError } from "../../src/audit/audit-error.ts";
import { runMap } from "../../src/audit/map.ts";
import { planAudit } from "../../src/audit/plan.ts";
import { readTemporaryName } from "../../src/audit/publish.ts";
import { runReduce } from "../../src/audit/reduce.ts";
import { runReport } from "../../src/audit/report.ts";
import { failureOf } from "../../src/audit/run/failures.ts";
import { writeSettings } from "../../src/audit/settings.ts";
import { runSurvey, surveyTask } from "../../src/audit/survey.ts";
import { Tape, UdpConversation } from "../support/conversation.ts";
import { filesBelow, FIRST, folder, lookups, planOf, settings, START, surveysOf } from "./stage-work.ts";

describe("stages", () => {
  it("refuse to go on where a stage before is missing", async () => {
    const place = folder();
    const directory = folder();
    const tape = new Tape();
    new UdpConversation({
      client: { address: "10.1.2.3", port: 1000 },
      server: { address: "10.1.0.9", port: 2000 },
      start: START,
      forward: [{ tape }],
      backward: [{ tape }],
    })
      .send("client", Uint8Array.of(1))
      .wait(20_000)
      .send("client", Uint8Array.of(2));
    const path = join(place, "a.pcap");
    writeFileSync(path, tape.pcap());
    const plan = await planAudit(directory, await surveysOf(directory, [path]), {
      settings: await writeSettings(directory, settings),
      extraBorders: [FIRST + 10],
    });
    const [reduce] = plan.reduces;
    expect(plan.maps).toHaveLength(2);
    if (reduce === undefined) throw new Error("no reduce task");
    await expect(runReduce(directory, reduce)).rejects.toThrow(/map\/[0-9a-f]{24}\.json is missing/);
    await expect(runReport(directory, plan.report)).rejects.toThrow(AuditError);
    for (const task of plan.maps) await runMap(directory, task);
    await expect(runReport(directory, plan.report)).rejects.toThrow(/reduce\/[0-9a-f]{24}\.json is missing/);
  });

  it("say so when a capture is not what it was when it was surveyed", async () => {
    const place = folder();
    const directory = folder();
    const path = lookups(place, "a.pcap", 0, 3);
    const plan = await planOf(directory, [path]);
    lookups(place, "a.pcap", 0, 9);
    const [map] = plan.maps;
    if (map === undefined) throw new Error("no map task");
    await expect(runMap(directory, map)).rejects.toThrow(
      "a.pcap has changed since it was surveyed: run the audit again",
    );
    expect(filesBelow(directory).filter((name) => readTemporaryName(name) !== undefined)).toEqual([]);
  });

  it.each<[string, (path: string) => void]>([
    ["has as many bytes, but of another time", (path) => utimesSync(path, 1000, 1000)],
    ["is there no more", (path) => rmSync(path)],
  ])("name the capture that %s", async (_what, change) => {
    const place = folder();
    const directory = folder();
    const paths = [lookups(place, "a.pcap", 0, 3), lookups(place, "b.pcap", 0, 3)];
    const plan = await planOf(directory, paths, 1e9);
    change(paths[1] ?? "");
    const [map] = plan.maps;
    if (map === undefined) throw new Error("no map task");
    const failure = failureOf(await runMap(directory, map).catch((error: unknown) => error));
    expect(failure).toMatchObject({ kind: "changed", captures: [paths[1]] });
  });

  it("take no survey of a file that is another one by then", async () => {
    const place = folder();
    const directory = folder();
    const path = lookups(place, "a.pcap", 0, 3);
    const task = await surveyTask(path);
    lookups(place, "a.pcap", 0, 9);
    const failure = failureOf(await runSurvey(directory, task).catch((error: unknown) => error));
    expect(failure).toMatchObject({ kind: "changed", captures: [path] });
    expect(filesBelow(directory)).toEqual([]);
  });

  it("say which file is broken that another stage wrote", async () => {
    const place = folder();
    const directory = folder();
    const paths = [lookups(place, "a.pcap", 0, 3), lookups(place, "b.pcap", 1000, 3)];
    const plan = await planOf(directory, paths);
    const [survey] = plan.captures;
    writeFileSync(join(directory, "survey", `${survey?.survey}.lessons`), "torn");
    const last = plan.maps.at(-1);
    if (last === undefined) throw new Error("no map task");
    await expect(runMap(directory, last)).rejects.toThrow(
      /\.lessons is broken: delete it and run the audit again/,
    );
  });

  it("do a task once: what is there is not written again", async () => {
    const place = folder();
    const directory = folder();
    const plan = await planOf(directory, [lookups(place, "a.pcap", 0, 3)]);
    const [map] = plan.maps;
    if (map === undefined) throw new Error("no map task");
    const one = await runMap(directory, map);
    const file = join(directory, "map", `${map.id}.legs.parquet`);
    const { mtimeMs, ino } = statSync(file);
    expect(await runMap(directory, map)).toEqual(one);
    expect(statSync(file)).toMatchObject({ mtimeMs, ino });
  });
});
