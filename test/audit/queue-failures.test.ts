import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Job } from "bullmq";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AuditDirectory } from "../../src/audit/run/manifest.ts";
import { readFailure } from "../../src/audit/run/failures.ts";
import { QueueWorkers } from "../../src/audit/run/queue-workers.ts";
import { type QueueWorkerOptions, runQueueWorker } from "../../src/audit/run/queue-worker.ts";
import {
  KEY_PREFIX,
  loadBullMQ,
  type QueuedTask,
  shownAddress,
  TASK_QUEUE,
} from "../../src/audit/run/queue.ts";
import { TaskFailure } from "../../src/audit/run/workers.ts";
import type { SurveyTask } from "../../src/audit/tasks.ts";
import { has, RedisServer, until } from "./processes.ts";

const FOREVER = 24 * 3_600_000;

let folder: string;
let out: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-failures-"));
  out = join(folder, "out");
  mkdirSync(out);
  await new AuditDirectory(out).writeManifest({
    tool: "1",
    paths: [],
    recursive: true,
    settings: "settings",
    options: {},
    endpoints: { cloud: "worldwide", versions: [] },
    windowBytes: undefined,
    formats: [],
    inputs: [],
  });
});
afterEach(() => rm(folder, { recursive: true }));

/** A capture of the double, see double-thread.mjs. */
function capture(name: string, ...lines: string[]): SurveyTask {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  const { size, mtimeMs } = statSync(path);
  const id = createHash("sha256").update(path).digest("hex").slice(0, 24);
  return { stage: "survey", id, path, size, mtimeMs };
}

describe.skipIf(!has("redis-server"))("failures over a queue (redis-server)", () => {
  let redis: RedisServer;
  let stop: AbortController;
  let workers: Promise<void>[];
  beforeEach(async () => {
    redis = await RedisServer.start();
    stop = new AbortController();
    workers = [];
  });
  afterEach(async () => {
    stop.abort(new Error("over"));
    await Promise.all(workers);
    await redis.remove();
  });

  function work(options: Partial<QueueWorkerOptions> = {}): void {
    workers.push(
      runQueueWorker({
        address: { url: redis.url },
        tool: "1",
        roots: [],
        lockSeconds: 30,
        jobs: 2,
        memoryBytes: 400 * 2 ** 20,
        stallSeconds: 8,
        module: new URL("double-thread.mjs", import.meta.url),
        signal: stop.signal,
        note: () => undefined,
        ...options,
      }),
    );
  }

  async function outcomes(
    tasks: readonly SurveyTask[],
    alone: boolean,
    note: (text: string) => void = () => undefined,
  ): Promise<string[]> {
    const directory = new AuditDirectory(out);
    await directory.writeSurveyTasks(tasks);
    const queue = await QueueWorkers.open(directory, { url: redis.url }, "1", note);
    try {
      return await Promise.all(
        tasks.map((task) =>
          queue
            .run(task, { alone, signal: stop.signal, onBytes: () => undefined })
            .then(() => "done")
            .catch((error: unknown) => {
              if (error instanceof TaskFailure) return `${error.failure.kind}: ${error.failure.message}`;
              throw error;
            }),
        ),
      );
    } finally {
      await queue.close();
    }
  }

  it(
    "what went wrong in a worker is told as it was, the other tasks are done",
    async () => {
      work();
      const tasks = [
        capture("a"),
        capture("b", "survey memory"),
        capture("c", "survey hangs"),
        capture("d", "survey throws"),
        capture("e", "survey full"),
        capture("f"),
      ];
      expect(await outcomes(tasks, false)).toEqual([
        "done",
        "memory: it needs more memory than it may take",
        "stalled: it made no progress for 8 s",
        "fault: undefined is not a function",
        "disk: ENOSPC: no space left on device, write",
        "done",
      ]);
      // A task that failed can be tried again, by the same audit and by a later one.
      writeFileSync(join(folder, "d"), "");
      expect(await outcomes(tasks.slice(3, 4), true)).toEqual(["done"]);
    },
    FOREVER,
  );

  it(
    "a task that is tried alone runs while nothing else does",
    async () => {
      work({ jobs: 3 });
      const others = ["p", "q", "r"].map((name) => capture(name, "survey waits"));
      const single = capture("single", "survey waits");
      await new AuditDirectory(out).writeSurveyTasks([...others, single]);
      const queue = await QueueWorkers.open(
        new AuditDirectory(out),
        { url: redis.url },
        "1",
        () => undefined,
      );
      const how = { signal: stop.signal, onBytes: () => undefined };
      await Promise.all([
        ...others.map((task) => queue.run(task, { ...how, alone: false })),
        queue.run(single, { ...how, alone: true }),
      ]);
      await queue.close();
      const log = readFileSync(join(out, "log"), "utf8").trimEnd().split("\n");
      expect(log.filter((line) => line === `begin ${single.path}`)).toHaveLength(1);
      const begin = log.indexOf(`begin ${single.path}`);
      expect(log[begin + 1]).toBe(`end ${single.path}`);
    },
    FOREVER,
  );

  it.each([
    ["of another version", { tool: "2" }, /is o365flow 2, the audit's is 1/],
    ["that may not work there", { roots: ["/usr"] }, /does no audits in .*out \(--root\)/],
  ])(
    "a worker %s refuses, and says why; its tasks are done by another",
    async (_what, options, message) => {
      const [said, told]: [string[], string[]] = [[], []];
      work({ ...options, note: (text) => said.push(text) });
      const tasks = [capture("a"), capture("b"), capture("c")];
      const done = outcomes(tasks, false, (text) => told.push(text));
      await until(() => told.length > 0);
      work();
      expect(await done).toEqual(["done", "done", "done"]);
      expect(said.filter((text) => message.test(text))).toHaveLength(1);
      expect(told.filter((text) => message.test(text))).toHaveLength(1);
      expect(told[0]).toMatch(/Tasks are left to others$/);
    },
    FOREVER,
  );

  it(
    "a worker that cannot read a capture leaves it to others, but for one that the coordinator cannot read either",
    async () => {
      const [said, told]: [string[], string[]] = [[], []];
      const tasks = [capture("a"), capture("b")];
      // A machine that has not mounted the captures: what a worker of it says, and what it is then given.
      const { bullmq } = await loadBullMQ();
      const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
      const seen: QueuedTask[] = [];
      const captures = [join(folder, "a")];
      const refusal = JSON.stringify({ kind: "refused", message: "worker 1 cannot read a", captures });
      const bare = new bullmq.Worker(
        TASK_QUEUE,
        async ({ data }: Job<QueuedTask>) => {
          seen.push(data);
          if (seen.length === 4) await rm(join(folder, "b"));
          throw new bullmq.UnrecoverableError(refusal);
        },
        { connection, prefix: KEY_PREFIX },
      );
      const done = outcomes(tasks, false, (text) => told.push(text));
      await until(() => seen.some(({ anyway }) => anyway === true));
      await bare.close();
      connection.disconnect();
      work({ note: (text) => said.push(text) });
      expect(await done).toEqual(["done", expect.stringMatching(/^crashed: ENOENT/)]);
      const [a, b] = tasks;
      expect(seen.filter(({ anyway }) => anyway === true).map(({ id }) => id)).not.toContain(a?.id);
      expect(seen.some(({ id, anyway }) => id === b?.id && anyway === true)).toBe(true);
      expect(told).toEqual(["worker 1 cannot read a. Tasks are left to others"]);
      expect(said.join()).not.toContain("cannot read");
    },
    FOREVER,
  );

  it(
    "a worker says which capture it cannot read, and does such a task where it is told to do it anyway",
    async () => {
      const said: string[] = [];
      const task = capture("gone");
      await rm(task.path);
      await new AuditDirectory(out).writeSurveyTasks([task]);
      const { bullmq } = await loadBullMQ();
      const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
      const queue = new bullmq.Queue(TASK_QUEUE, { connection, prefix: KEY_PREFIX });
      const data = { directory: out, stage: "survey", id: task.id, tool: "1" };
      await queue.add("survey", data, { jobId: "first" });
      await queue.add("survey", { ...data, anyway: true }, { jobId: "second" });
      work({ note: (text) => said.push(text) });
      await until(async () => (await queue.getFailedCount()) === 2);
      const failures = await Promise.all(
        ["first", "second"].map(async (id) =>
          readFailure((await bullmq.Job.fromId(queue, id))?.failedReason),
        ),
      );
      expect(failures[0]).toMatchObject({ kind: "refused", captures: [task.path] });
      expect(failures[0]?.message).toMatch(
        /^worker \d+ on .* cannot read .*gone \(ENOENT\): all machines need/,
      );
      expect(failures[1]?.message).toMatch(/^ENOENT/);
      expect(said.filter((text) => text.includes("cannot read"))).toHaveLength(1);
      await queue.close();
      connection.disconnect();
    },
    FOREVER,
  );

  it(
    "a queue whose server is full says so, once, and is asked until it has room",
    async () => {
      const told: string[] = [];
      const admin = new Redis(redis.url);
      await admin.config("SET", "maxmemory", "1");
      const done = outcomes([capture("a")], false, (text) => told.push(text));
      await until(() => told.length > 0);
      await admin.config("SET", "maxmemory", "0");
      admin.disconnect();
      work();
      expect(await done).toEqual(["done"]);
      expect(told.filter((text) => text.includes("refuses"))).toEqual([
        "the queue refuses what it is asked (OOM command not allowed when used memory > 'maxmemory'): asked again until it does it",
      ]);
    },
    FOREVER,
  );

  it(
    "what somebody else puts into the queue makes a worker do nothing",
    async () => {
      work();
      const { bullmq } = await loadBullMQ();
      const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
      const queue = new bullmq.Queue(TASK_QUEUE, { connection, prefix: KEY_PREFIX });
      const evil = { path: "/etc/passwd", size: 1, mtimeMs: 1 };
      const id = "0123456789abcdef01234567";
      await queue.addBulk(
        [
          { directory: out, stage: "../../etc", id, tool: "1" },
          { directory: out, stage: "survey", id: "../../../etc/passwd", tool: "1" },
          { directory: "relative", stage: "survey", id, tool: "1" },
          { directory: folder, stage: "survey", id, tool: "1", task: { stage: "survey", id, ...evil } },
          {},
        ].map((data, i) => ({ name: "x", data, opts: { jobId: `evil-${i}` } })),
      );
      await until(async () => (await queue.getFailedCount()) === 5);
      const kinds = (await queue.getFailed()).map((job) => readFailure(job.failedReason).kind);
      expect(new Set(kinds)).toEqual(new Set(["refused"]));
      expect(() => readFileSync(join(out, "log"))).toThrow("ENOENT");
      await queue.close();
      connection.disconnect();
    },
    FOREVER,
  );
});

it("an address is shown without its password", () => {
  expect(shownAddress("rediss://audit:secret@queue.example.com:6380/2")).toBe(
    "rediss://queue.example.com:6380/2",
  );
  expect(() => shownAddress("queue.example.com")).toThrow("wanted a URL such as redis://host:6379/0");
});

it("a job that the queue gave up is a worker's death, whatever stands in it", () => {
  expect(readFailure("job stalled more than allowable limit").kind).toBe("crashed");
  expect(readFailure("null").kind).toBe("crashed");
  expect(readFailure(undefined).kind).toBe("crashed");
});
