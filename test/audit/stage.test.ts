import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readShard, shareOfTasks } from "../../src/audit/run/shard.ts";
import { o365flow, type Run } from "../cli/run.ts";
import { writeArchive } from "./archive.ts";
import { has } from "./processes.ts";

const FOREVER = 24 * 3_600_000;

describe("the share of a stage", () => {
  it.each([
    ["of --shard", "3/16", undefined, {}, { index: 3, count: 16 }],
    [
      "of --shard before any variable",
      "0/2",
      undefined,
      { SLURM_ARRAY_TASK_ID: "7" },
      { index: 0, count: 2 },
    ],
    [
      "of a Slurm array 0-7",
      undefined,
      undefined,
      { SLURM_ARRAY_TASK_ID: "7", SLURM_ARRAY_TASK_MIN: "0", SLURM_ARRAY_TASK_MAX: "7" },
      { index: 7, count: 8 },
    ],
    [
      "of a Slurm array 1-4",
      undefined,
      undefined,
      { SLURM_ARRAY_TASK_ID: "2", SLURM_ARRAY_TASK_MIN: "1", SLURM_ARRAY_TASK_MAX: "4" },
      { index: 1, count: 4 },
    ],
    [
      "of a Slurm array 0-15:4",
      undefined,
      undefined,
      {
        SLURM_ARRAY_TASK_ID: "8",
        SLURM_ARRAY_TASK_MIN: "0",
        SLURM_ARRAY_TASK_MAX: "12",
        SLURM_ARRAY_TASK_STEP: "4",
      },
      { index: 2, count: 4 },
    ],
    [
      "of one task of an array that is run again",
      undefined,
      "8",
      { SLURM_ARRAY_TASK_ID: "5", SLURM_ARRAY_TASK_MIN: "0", SLURM_ARRAY_TASK_MAX: "5" },
      { index: 5, count: 8 },
    ],
    ["of a pod", undefined, "32", { JOB_COMPLETION_INDEX: "31" }, { index: 31, count: 32 }],
    ["where nothing says anything", undefined, undefined, {}, { index: 0, count: 1 }],
  ])("%s", (_what, shard, shards, environment, wanted) => {
    expect(readShard(shard, shards, environment)).toEqual(wanted);
  });

  it.each([
    ["16/16", undefined, {}, "numbered from 0 to 15"],
    ["3", undefined, {}, "wanted I/N"],
    ["1/0", undefined, {}, "shares are numbered"],
    ["0/1", "2", {}, "--shard 0/1 and --shards 2: how many shares are there?"],
    [undefined, undefined, { JOB_COMPLETION_INDEX: "1" }, "--shards how many"],
    [undefined, "4", { JOB_COMPLETION_INDEX: "4" }, "numbered from 0 to 3"],
    [undefined, "4", {}, "which of them"],
    [undefined, "x", {}, "wanted a whole number"],
  ])("%s, %s, %o is refused", (shard, shards, environment, message) => {
    expect(() => readShard(shard, shards, environment)).toThrow(message);
  });

  it("every task is in one share", () => {
    const tasks = Array.from({ length: 23 }, (_, i) => i);
    const shares = Array.from({ length: 5 }, (_, index) => shareOfTasks(tasks, { index, count: 5 }));
    expect(shares.flat().sort((a, b) => a - b)).toEqual(tasks);
    expect(shares.map((share) => share.length)).toEqual([5, 5, 5, 4, 4]);
  });
});

let folder: string;
let archive: string;
let out: string;
let captures: number;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-stage-"));
  archive = join(folder, "archive");
  ({ captures } = writeArchive(archive, { minutes: 6, sessions: 60, calls: 1 }));
  out = join(folder, "out");
});
afterAll(() => rm(folder, { recursive: true }));

function stage(...args: string[]): Run {
  return o365flow(["stage", ...args, "--out", out]);
}

function resultOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => /\.(parquet|csv)$/.test(name));
  return Object.fromEntries(
    names.sort().map((name) => [name, readFileSync(join(directory, name), "latin1")]),
  );
}

it(
  "stage by stage and share by share, an audit comes to the same result; no stage begins too early",
  () => {
    const site = ["--site", join(archive, "site.yaml"), "--window", "150kB"];
    expect(stage("plan", archive, ...site).status).toBe(0);
    const half = Math.ceil(captures / 2);
    expect(stage("survey", "--shard", "1/2", "-q")).toMatchObject({ status: 0, stderr: "" });
    const early = stage("map");
    expect(early.status).toBe(2);
    expect(early.stderr).toContain(
      `${half} of ${captures} tasks are not done, run all shares of stage survey first`,
    );
    const array = { SLURM_ARRAY_TASK_ID: "0", SLURM_ARRAY_TASK_MIN: "0", SLURM_ARRAY_TASK_MAX: "1" };
    const slurm = o365flow(["stage", "survey", "--out", out], { env: array });
    expect(slurm.stderr).toContain(`share 0 of 2: ${half} tasks done now, 0 before`);
    for (const index of ["0", "1", "2"]) {
      const pod = o365flow(["stage", "map", "--out", out, "--shards", "3"], {
        env: { JOB_COMPLETION_INDEX: index },
      });
      expect(pod.status, pod.stderr).toBe(0);
      if (index === "0") expect(stage("reduce").stderr).toContain("run all shares of stage map first");
    }
    expect(stage("report").stderr).toContain("run all shares of stage reduce first");
    for (const shard of ["1/2", "0/2"]) expect(stage("reduce", "--shard", shard).status).toBe(0);
    // A scheduler numbers this job, too, whose one task no other share has.
    const report = o365flow(["stage", "report", "--out", out], { env: { JOB_COMPLETION_INDEX: "0" } });
    expect(report.status, report.stderr).toBe(0);
    const third = { SLURM_ARRAY_TASK_ID: "2", SLURM_ARRAY_TASK_MIN: "0", SLURM_ARRAY_TASK_MAX: "7" };
    expect(o365flow(["stage", "report", "--out", out], { env: third }).status).toBe(0);
    expect(stage("map").stderr).toMatch(/: 0 tasks done now/);

    const whole = join(folder, "whole");
    expect(o365flow(["audit", archive, ...site, "-o", whole]).status).toBe(0);
    expect(resultOf(out)).toEqual(resultOf(whole));
    // A plan of other options is no plan of these.
    expect(stage("plan", "--site", join(archive, "site.yaml"), "--converge", "100").status).toBe(0);
    for (const name of ["reduce", "report"]) {
      const stale = stage(name);
      expect(stale.status).toBe(2);
      expect(stale.stderr).toContain("run all shares of stage map first");
    }
    expect(stage("plan", "--site", join(archive, "site.yaml")).status).toBe(0);
    expect(stage("report").status).toBe(0);
    // Either goes on with what the other did.
    expect(o365flow(["audit", "-o", out]).stderr).toContain("nothing was left to do");
  },
  FOREVER,
);

it("a stage of another version does nothing to an audit", () => {
  const manifest = join(out, "manifest.json");
  const text = readFileSync(manifest, "utf8");
  writeFileSync(manifest, text.replace(/"tool": "[^"]+"/, '"tool": "0.0.1"'));
  const { status, stderr } = stage("map");
  writeFileSync(manifest, text);
  expect(status).toBe(2);
  expect(stderr).toContain("was planned by o365flow 0.0.1");
});

it("a stage wants a directory in which an audit was planned", () => {
  expect(o365flow(["stage", "map"])).toMatchObject({ status: 2 });
  expect(o365flow(["stage", "map", "--out", join(folder, "none")]).stderr).toContain(
    "no audit was begun here",
  );
});

/** A small archive of its own, and stages of its audit. */
function small(name: string): {
  readonly captures: string[];
  readonly stage: (args: readonly string[], env?: Record<string, string>) => Run;
} {
  const place = join(folder, name);
  writeArchive(place, { minutes: 2, sessions: 10, calls: 0 });
  const captures = readdirSync(place, { encoding: "utf8", recursive: true })
    .filter((each) => each.endsWith(".pcap"))
    .map((each) => join(place, each));
  const at = join(folder, `${name}-out`);
  return {
    captures,
    stage: (args, env) => o365flow(["stage", ...args, "--out", at], env === undefined ? {} : { env }),
  };
}

it(
  "a share does what it can where a capture changed, and says that a new plan takes it",
  () => {
    const { captures: files, stage: run } = small("changing");
    const place = join(folder, "changing");
    expect(run(["plan", place, "--site", join(place, "site.yaml")]).status).toBe(0);
    const [changed = ""] = files;
    appendFileSync(changed, Buffer.alloc(8));
    const share = run(["survey"]);
    expect(share.status).toBe(2);
    expect(share.stderr).toContain(`${files.length - 1} tasks done now`);
    expect(share.stderr).toContain("changed while it was read");
    expect(share.stderr).toMatch(/o365flow stage plan --out \S+, then all stages again/);
    expect(share.stderr).not.toContain("finds out which captures");
    expect(run(["plan"]).status).toBe(0);
    expect(run(["survey"])).toMatchObject({ status: 0 });
  },
  FOREVER,
);

it(
  "a share leaves captures undone that are not on its machine, in each stage, and is done where they are",
  () => {
    const { captures: files, stage: run } = small("mounted");
    const [mount, away] = [join(folder, "mounted"), join(folder, "not-mounted")];
    expect(run(["plan", mount]).status).toBe(0);
    const unmounted = (stage: string): Run => {
      renameSync(mount, away);
      try {
        return run([stage]);
      } finally {
        renameSync(away, mount);
      }
    };
    const share = unmounted("survey");
    expect(share.status).toBe(2);
    expect(share.stderr).toContain("0 tasks done now, 0 before");
    expect(share.stderr).toMatch(
      new RegExp(
        `left undone here: ${files.length} tasks, the first for \\S+\\.pcap, which does not exist: all machines need`,
      ),
    );
    expect(run(["survey"])).toMatchObject({ status: 0 });
    // What is done needs no captures any more.
    expect(unmounted("survey").status).toBe(0);
    const windows = unmounted("map");
    expect(windows.status).toBe(2);
    expect(windows.stderr).toContain("left undone here");
    expect(run(["map"]).status).toBe(0);
    expect(unmounted("reduce").status).toBe(0);
    expect(unmounted("report").status).toBe(0);
  },
  FOREVER,
);

it(
  "stages go on without a capture that has gone for good once they are planned again",
  () => {
    const { captures: files, stage: run } = small("gone");
    expect(run(["plan", join(folder, "gone")]).status).toBe(0);
    rmSync(files[0] ?? "");
    const share = run(["survey"]);
    expect(share.status).toBe(2);
    expect(share.stderr).toContain(`${files.length - 1} tasks done now`);
    expect(share.stderr).toContain("o365flow stage plan --out");
    expect(run(["plan"])).toMatchObject({ status: 3, stderr: expect.stringContaining("there no more") });
    expect(run(["survey"]).status).toBe(0);
  },
  FOREVER,
);

it(
  "the last stage says what its result lacks, and --strict makes more of it",
  () => {
    const { captures: files, stage: run } = small("lacking");
    const [cut = ""] = files;
    truncateSync(cut, statSync(cut).size - 7);
    const missing = join(folder, "lacking-too.pcap");
    expect(run(["plan", join(folder, "lacking"), missing, "--strict"]).status).toBe(2);
    for (const stage of ["survey", "map", "reduce"]) expect(run([stage]).status).toBe(0);
    const report = run(["report", "-q"]);
    expect(report.status).toBe(3);
    expect(report.stderr).toContain(basename(cut));
    expect(report.stderr).toContain(missing);
    expect(run(["report", "-q", "--strict"])).toMatchObject({ status: 2, stderr: report.stderr });
  },
  FOREVER,
);

it.skipIf(process.getuid?.() === 0)(
  "a capture that may not be read when it is planned holds up no share",
  () => {
    const { captures: files, stage: run } = small("shut");
    chmodSync(files[0] ?? "", 0o000);
    expect(run(["plan", join(folder, "shut")]).stderr).toMatch(/may not be read by this user/);
    expect(run(["survey"]).status).toBe(0);
  },
  FOREVER,
);

it.skipIf(!has("lz4"))(
  "a share leaves captures undone that its machine lacks the program for, and is done where that is",
  () => {
    const { captures: files, stage: run } = small("packed");
    const bare = { PATH: join(folder, "no-programs") };
    mkdirSync(bare.PATH, { recursive: true });
    const [packed = ""] = files;
    expect(spawnSync("lz4", ["-q", packed, `${packed}.lz4`]).status).toBe(0);
    rmSync(packed);
    expect(run(["plan", join(folder, "packed")]).status).toBe(0);
    const share = run(["survey"], bare);
    expect(share.status).toBe(2);
    expect(share.stderr).toContain(`${files.length - 1} tasks done now, 0 before`);
    expect(share.stderr).toMatch(/left undone here: 1 task, .*\.lz4.* "lz4" that would read it/);
    expect(run(["map"], bare).stderr).toContain("run all shares of stage survey first");
    expect(run(["survey"]).stderr).toContain(`1 task done now, ${files.length - 1} before`);
    expect(run(["survey"], bare)).toMatchObject({ status: 0 });
    expect(run(["map"], bare).status).toBe(2);
    expect(run(["map"]).status).toBe(0);
    expect(run(["map"], bare).status).toBe(0);
  },
  FOREVER,
);
