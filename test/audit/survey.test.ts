import { createHash, randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { AuditDirectory, type Manifest } from "../../src/audit/run/manifest.ts";
import { runSurvey, surveyTask } from "../../src/audit/survey.ts";
import { filesBelow, FIRST, folder, lookups, surveysOf } from "./stage-work.ts";

describe("survey", () => {
  it("tells what a damaged capture holds and where it is broken", async () => {
    const place = folder();
    const path = lookups(place, "cut.pcap", 0, 5);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 10));
    const [survey] = await surveysOf(place, [path]);
    expect(survey).toMatchObject({
      status: "truncated",
      error: undefined,
      packets: 9,
      tuples: 5,
      problemCount: 1,
    });
    expect(survey).toMatchObject({ firstSeconds: FIRST, lastSeconds: FIRST + 4, disorderSeconds: 0 });
  });

  it.each([
    ["empty.pcap", new Uint8Array(0), /empty/],
    ["text.pcap", new TextEncoder().encode("no capture at all, only words"), /is no capture/],
  ])("answers for %s, which is no capture", async (name, bytes, error) => {
    const place = folder();
    writeFileSync(join(place, name), bytes);
    const [survey] = await surveysOf(place, [join(place, name)]);
    expect(survey?.error).toMatch(error);
    expect(survey).toMatchObject({ packets: 0, firstSeconds: undefined });
  });

  it.each<[string, (whole: Buffer) => Uint8Array]>([
    ["whole.pcap", (whole) => whole],
    ["cut.pcap", (whole) => whole.subarray(0, whole.length - 10)],
    ["noise-behind.pcap", (whole) => Buffer.concat([whole, randomBytes(3_000_000)])],
    ["text.pcap", () => Buffer.alloc(3_000_000, "words ")],
    ["packed.pcap.gz", (whole) => gzipSync(whole)],
    ["cut.pcap.gz", (whole) => gzipSync(whole).subarray(0, 60)],
    ["something-behind.pcap.gz", (whole) => Buffer.concat([gzipSync(whole), randomBytes(3_000_000)])],
    ["empty.pcap", () => new Uint8Array(0)],
  ])("has the hash of all bytes of %s, also of those that are not read as a capture", async (name, make) => {
    const place = folder();
    const path = join(place, name);
    writeFileSync(path, make(readFileSync(lookups(place, "made.pcap", 0, 50))));
    const [survey] = await surveysOf(place, [path]);
    expect(survey?.sha256).toBe(createHash("sha256").update(readFileSync(path)).digest("hex"));
  });

  it("is done again where the file could not be read for a reason that may pass", async () => {
    const place = folder();
    const out = folder();
    const path = lookups(place, "a.pcap", 0, 2);
    const task = await surveyTask(path);
    renameSync(path, `${path}.away`);
    expect(await runSurvey(out, task)).toMatchObject({ tryAgain: true, packets: 0 });
    renameSync(`${path}.away`, path);
    const text = join(place, "text.pcap");
    writeFileSync(text, "no capture at all, only words");
    await surveysOf(out, [text]);
    const tasks = [task, await surveyTask(text)];
    const directory = new AuditDirectory(out);
    const inputs = tasks.map((each) => ({ path: each.path, size: 1, modified: "", status: "unreadable" }));
    await directory.writeManifest({ inputs } as unknown as Manifest);
    await directory.retryUnread(tasks);
    expect([...(await directory.answered("survey"))]).toEqual([tasks[1]?.id]);
    expect(await runSurvey(out, task)).toMatchObject({ error: undefined, packets: 4 });
  });

  it("is done once for a file, and again when the file is another one", async () => {
    const place = folder();
    const path = lookups(place, "a.pcap", 0, 2);
    const [one] = await surveysOf(place, [path]);
    const [again] = await surveysOf(place, [path]);
    expect(again).toEqual(JSON.parse(JSON.stringify(one)));
    lookups(place, "a.pcap", 0, 3);
    const [other] = await surveysOf(place, [path]);
    expect(other?.id).not.toBe(one?.id);
    expect(other?.packets).toBe(6);
  });

  it("leaves nothing behind when it is stopped", async () => {
    const place = folder();
    const path = lookups(place, "a.pcap", 0, 2);
    const stopped = runSurvey(place, await surveyTask(path), {
      progress: () => {
        throw new Error("enough");
      },
    });
    await expect(stopped).rejects.toThrow("enough");
    expect(filesBelow(join(place, "survey"))).toEqual([]);
  });
});
