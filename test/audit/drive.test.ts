import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Driven, drive } from "../../src/audit/run/drive.ts";
import { Journal } from "../../src/audit/run/journal.ts";
import { AuditDirectory, type Exceptions } from "../../src/audit/run/manifest.ts";
import { Meter, type Progress } from "../../src/audit/run/meter.ts";
import { ThreadPool } from "../../src/audit/run/thread-pool.ts";
import type { AuditPlan, CaptureSurvey, MapTask, SurveyTask } from "../../src/audit/tasks.ts";

/** Windows of captures that begin within ten seconds, cut at the extra borders: small, but of the real shape. */
function plan(surveys: readonly CaptureSurvey[], exceptions: Exceptions): AuditPlan {
  const captures = surveys
    .filter(({ id }) => exceptions.setAside[id] === undefined)
    .map(({ id, path, name, sha256, size }) => ({
      path,
      name,
      sha256,
      survey: id,
      size,
      modifiedSeconds: 0,
      clock: undefined,
      anchors: [],
      firstSeconds: undefined,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const seconds = new Map(surveys.map((survey) => [survey.id, survey.firstSeconds ?? 0]));
  const borders = [0, 10, 20, 30, ...exceptions.borders, 4_294_967_296].sort((a, b) => a - b);
  const maps: MapTask[] = [];
  for (const [i, from] of borders.entries()) {
    const to = borders[i + 1] ?? from;
    const inside = captures.filter(({ survey }) => {
      const second = seconds.get(survey) ?? 0;
      return second >= from && second < to;
    });
    if (inside.length === 0) continue;
    maps.push({
      stage: "map",
      id: hash(`map ${from} ${to} ${inside.map(({ name }) => name).join()}`),
      settings: "settings",
      from,
      to,
      captures: inside,
      lessons: [],
      disorderSeconds: 0,
      several: true,
      crossing: undefined,
      bytes: inside.reduce((sum, { size }) => sum + size, 0),
    });
  }
  const outputs = maps.map(({ id }) => ({ id, captures: [], borders: [], parts: 2, crossing: undefined }));
  const all = { settings: "settings", captures, disorderSeconds: 0, several: true, maps: outputs };
  const id = hash(JSON.stringify(all));
  const setAside = Object.values(exceptions.setAside);
  const reduces = [0, 1].map((part) => ({
    ...all,
    stage: "reduce" as const,
    id: hash(`reduce ${part} ${id}`),
    part,
    parts: 2,
  }));
  const report = {
    ...all,
    stage: "report" as const,
    id: hash(`report ${id} ${setAside.length}`),
    reduces: reduces.map((task) => task.id),
    surveys: surveys.map((survey) => survey.id),
    setAside,
    missing: [],
    formats: [],
  };
  return { id, settings: "settings", borders: [], captures, setAside, maps, reduces, report };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-drive-"));
  out = join(folder, "out");
  mkdirSync(out);
});
afterEach(() => rm(folder, { recursive: true }));

/** A capture of the double: each line says how a stage goes with it. */
function capture(name: string, ...lines: string[]): SurveyTask {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  const { size, mtimeMs } = statSync(path);
  return { stage: "survey", id: hash(path), path, size, mtimeMs };
}

interface Ran {
  readonly driven: Driven;
  readonly notes: readonly string[];
  readonly last: Progress;
}

async function run(
  captures: readonly SurveyTask[],
  jobs = 2,
  signal = new AbortController().signal,
  stallSeconds = 3600,
): Promise<Ran> {
  const notes: string[] = [];
  const workers = new ThreadPool(out, {
    jobs,
    memoryBytes: 400 * 2 ** 20,
    stallSeconds,
    module: new URL("double-thread.mjs", import.meta.url),
  });
  const meter = new Meter(() => undefined);
  meter.captures = captures.length;
  try {
    const driven = await drive(captures, {
      directory: new AuditDirectory(out),
      workers,
      journal: await Journal.open(out),
      meter,
      signal,
      note: (text) => notes.push(text),
      plan: (surveys, exceptions) => Promise.resolve(plan(surveys, exceptions)),
    });
    return { driven, notes, last: meter.read() };
  } finally {
    await workers.close();
    expect(readdirSync(join(out, "running"))).toEqual([]);
  }
}

/** What the threads began, in any order. */
function log(): string[] {
  return readFileSync(join(out, "log"), "utf8")
    .trimEnd()
    .split("\n")
    .filter((line) => line.startsWith("begin "))
    .map((line) => line.slice("begin ".length).replace(`${folder}/`, "survey "))
    .sort();
}

function result(): string {
  return readFileSync(join(out, "result.txt"), "utf8");
}

it("does every task once, and none again when it runs again", async () => {
  const captures = [capture("a", "second 1"), capture("b", "second 2"), capture("c", "second 12")];
  const first = await run(captures);
  expect(result()).toBe("a b c\n");
  expect(first.driven).toMatchObject({ tasksDone: 3 + 2 + 2 + 1, result: { flows: 3 } });
  expect(first.last).toMatchObject({ captures: 3, capturesDone: 3, flows: 3, damaged: 0, stage: "report" });
  expect(first.last.bytesDone).toBe(first.last.bytes);
  const done = log();
  expect(new Set(done).size).toBe(done.length);
  const second = await run(captures);
  expect(second.driven).toMatchObject({ tasksDone: 0, result: { flows: 3 } });
  expect(second.last).toMatchObject({ capturesDone: 3, flows: 3 });
  expect(log()).toEqual(done);
});

it("a capture that is added leaves the windows of the others alone", async () => {
  const captures = [capture("a", "second 1"), capture("b", "second 2")];
  await run(captures);
  const { driven } = await run([...captures, capture("c", "second 25", "survey damaged")]);
  expect(driven.tasksDone).toBe(1 + 1 + 2 + 1);
  expect(driven.surveys.map(({ status }) => status)).toEqual(["ok", "ok", "damaged"]);
  expect(result()).toBe("a b c\n");
});

it.each([
  ["map", "memory", /more memory/],
  ["map", "hangs", /no progress for 8 s/],
  ["map", "exits", /exit/i],
  ["map", "throws", /undefined is not a function/],
  ["survey", "memory", /more memory/],
])(
  "a capture whose %s %s is tried alone, then set aside and named; the others are audited",
  async (stage, word, reason) => {
    // One that hangs has a window for itself, so that this takes no longer than it must.
    const hangs = word === "hangs";
    const bad = capture("b", hangs ? "second 22" : "second 2", `${stage} ${word}`);
    const captures = [capture("a", "second 1"), bad, capture("c", "second 12")];
    const { driven, notes } = await run(captures, 2, undefined, hangs ? 8 : undefined);
    expect(result()).toBe("a c\n");
    expect(driven.plan.setAside).toEqual([
      {
        path: bad.path,
        sha256: expect.stringMatching(/./) as string,
        reason: expect.stringMatching(reason) as string,
      },
    ]);
    expect(notes.some((note) => note.includes("tried once more, alone"))).toBe(true);
    expect(notes.some((note) => note.startsWith(`${bad.path}: could not be read`))).toBe(true);
    // Known as such afterwards: it does not stop the next run again.
    const done = log().length;
    expect((await run(captures)).driven.tasksDone).toBe(0);
    expect(log()).toHaveLength(done);
    expect(readdirSync(join(out, "map")).filter((name) => !/^[0-9a-f]{24}\.json$/.test(name))).toEqual([]);
  },
);

it.each(["survey", "map"])(
  "a capture that changes while its %s runs is left out of this run at once, and of no later one",
  async (stage) => {
    const moving = capture("b", "second 2", `${stage} changes`);
    const captures = [capture("a", "second 1"), moving, capture("c", "second 12")];
    const { driven, notes } = await run(captures);
    expect(result()).toBe("a c\n");
    expect(driven.plan.setAside).toMatchObject([
      { path: moving.path, reason: expect.stringContaining("changed while it was read") as string },
    ]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^.*b: it changed while it was read.*the audit goes on without it$/);
    // At rest, it is the same file as far as size and time tell: what was said of it is forgotten.
    writeFileSync(moving.path, "second 2\n");
    await new AuditDirectory(out).pruneExceptions(captures);
    await run(captures);
    expect(result()).toBe("a b c\n");
  },
);

it("what was learned of a capture is forgotten when it is another file, or no part of the audit", async () => {
  const bad = capture("b", "second 2", "map throws");
  const captures = [capture("a", "second 1"), bad];
  const { driven } = await run(captures);
  const directory = new AuditDirectory(out);
  await directory.pruneExceptions(captures);
  expect(await directory.exceptions()).toEqual(driven.exceptions);
  const mended = { ...capture("b", "second 2"), id: hash("another size and time") };
  await directory.pruneExceptions([captures[0] ?? bad, mended]);
  expect((await directory.exceptions()).setAside).toEqual({});
  await run([captures[0] ?? bad, mended]);
  expect(result()).toBe("a b\n");
});

it("where every capture changes, the result of before stays", async () => {
  await run([capture("a", "second 1")]);
  await expect(run([capture("b", "second 2", "map changes")])).rejects.toThrow(/no capture stayed as it was/);
  expect(result()).toBe("a\n");
});

it("a window that is too much for one worker, of captures that are not, is cut in two", async () => {
  const { driven, notes } = await run([
    capture("a", "second 1", "map greedy"),
    capture("b", "second 9", "map greedy"),
    capture("c", "second 12"),
  ]);
  expect(result()).toBe("a b c\n");
  expect(driven.plan.setAside).toEqual([]);
  expect(driven.exceptions.borders).toEqual([5]);
  expect(notes.at(-1)).toContain("the window is cut in two");
});

it("a full disk ends the audit with a message, and what is done stays done", async () => {
  const captures = [capture("a", "second 1"), capture("b", "second 12", "map full")];
  await expect(run(captures, 1)).rejects.toThrow(
    /the disk is full \(ENOSPC.*Make room, then run the same command again/,
  );
  writeFileSync(join(folder, "b"), "second 12\n");
  await run(captures);
  expect(log().filter((line) => line === "survey a")).toHaveLength(1);
  expect(result()).toBe("a b\n");
});

it("an interrupted audit goes on where it was", async () => {
  const captures = [capture("a", "second 1"), capture("b", "second 12", "map blocks")];
  const abort = new AbortController();
  const running = run(captures, 1, abort.signal);
  const blocked = (): boolean =>
    readdirSync(join(out, "map")).length > 0 && log().filter((line) => line.startsWith("map")).length === 2;
  await expect
    .poll(
      () => {
        try {
          return blocked();
        } catch {
          return false;
        }
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  abort.abort(new Error("interrupted"));
  await expect(running).rejects.toThrow("interrupted");
  writeFileSync(join(folder, "b"), "second 12\n");
  const { driven } = await run(captures);
  expect(driven.tasksDone).toBe(1 + 2 + 1);
  expect(result()).toBe("a b\n");
});

it("a task in whose middle the whole program ended again and again is given up, and its capture set aside", async () => {
  const bad = capture("b", "second 12");
  const captures = [capture("a", "second 1"), bad];
  mkdirSync(join(out, "running"));
  writeFileSync(join(out, "running", `survey-${bad.id}`), "4");
  const { driven } = await run(captures);
  expect(driven.plan.setAside).toMatchObject([
    { path: bad.path, reason: expect.stringContaining("ended 4 times") as string },
  ]);
  expect(log()).not.toContain(`survey ${basename(bad.path)}`);
});
