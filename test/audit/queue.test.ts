import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { o365flow } from "../cli/run.ts";
import { ROOT } from "../support/shared.ts";
import { writeArchive } from "./archive.ts";
import { has, RedisServer, Running, until } from "./processes.ts";

// No time limits: a busy machine is slow, not wrong.
const FOREVER = 24 * 3_600_000;

let folder: string;
let archive: string;
/** Name and content of every result file of the audit within one process. */
let wanted: ReadonlyMap<string, Buffer>;

beforeAll(() => {
  if (!has("redis-server")) return;
  folder = mkdtempSync(join(tmpdir(), "o365flow-queue-"));
  archive = join(folder, "archive");
  writeArchive(archive, { minutes: 8, sessions: 240, calls: 2 });
  const alone = join(folder, "alone");
  const run = o365flow(["audit", ...what(alone), "--jobs", "1", "-q"]);
  expect(run).toMatchObject({ status: 0, stderr: "" });
  wanted = resultOf(alone);
  expect(wanted.size).toBeGreaterThan(0);
}, FOREVER);
afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true });
});

/** The same audit each time; windows of a few hundred kilobytes, so that there is more than one. */
function what(out: string): string[] {
  return [archive, "--site", join(archive, "site.yaml"), "--out", out, "--window", "300kB"];
}

function resultOf(out: string): Map<string, Buffer> {
  const { result } = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")) as {
    result: { files: string[] };
  };
  return new Map(result.files.map((name) => [name, readFileSync(join(out, name))]));
}

function answered(out: string): number {
  let count = 0;
  for (const stage of ["survey", "map", "reduce", "report"])
    try {
      count += readdirSync(join(out, stage)).filter((name) => /^[0-9a-f]{24}\.json$/.test(name)).length;
    } catch {
      // not begun yet
    }
  return count;
}

describe.skipIf(!has("redis-server"))("an audit over a queue (redis-server)", () => {
  let redis: RedisServer;
  let out: string;
  let running: Running[];
  let number = 0;
  beforeEach(async () => {
    redis = await RedisServer.start();
    out = join(folder, `out-${(number += 1)}`);
    running = [];
  });
  afterEach(async () => {
    for (const each of running) await each.kill();
    await redis.remove();
  });

  function start(...args: string[]): Running {
    const program = new Running(args);
    running.push(program);
    return program;
  }

  /** A worker with one thread, whose tasks go to another soon after its death. */
  async function worker(...more: string[]): Promise<Running> {
    const program = start("worker", "--queue", redis.url, "--jobs", "1", "--lock", "2", ...more);
    await program.said(/listening to the queue/);
    return program;
  }

  function coordinator(): Running {
    return start("audit", ...what(out), "--queue", redis.url);
  }

  /** Waits until a worker is in the middle of it; when the others were so fast that it is over, there is no middle. */
  async function begun(worker: Running, audit: Running): Promise<void> {
    await until(() => audit.isOver || worker.times(/done in/) >= 2);
  }

  async function expectSame(audit: Running): Promise<void> {
    expect(await audit.ended(), audit.stderr).toBe(0);
    const got = resultOf(out);
    expect([...got.keys()]).toEqual([...wanted.keys()]);
    for (const [name, content] of wanted) expect(got.get(name)?.equals(content), name).toBe(true);
  }

  it(
    "a warning of the queue's package is a note: once, and an object with --progress json",
    async () => {
      const admin = new Redis(redis.url);
      await admin.config("SET", "maxmemory-policy", "allkeys-lru");
      admin.disconnect();
      const helper = start("worker", "--queue", redis.url, "--jobs", "1");
      await helper.said(/Eviction policy/);
      const audit = start("audit", ...what(out), "--queue", redis.url, "--progress", "json");
      await expectSame(audit);
      const lines = audit.stderr.trimEnd().split("\n");
      const texts = lines.map((line) => (JSON.parse(line) as { text?: string }).text ?? "");
      expect(texts.filter((text) => text.includes("Eviction policy"))).toHaveLength(1);
      expect(helper.times(/Eviction policy/)).toBe(1);
    },
    FOREVER,
  );

  it(
    "two workers come to the same result, byte for byte",
    async () => {
      const workers = [await worker(), await worker()];
      const audit = coordinator();
      await expectSame(audit);
      // Nothing but what the program says itself, however many tasks are out: with --progress json these are objects.
      expect(audit.stderr).not.toMatch(/Warning/);
      for (const each of workers) {
        expect(each.stderr).toMatch(/done in/);
        each.signal("SIGTERM");
        expect(await each.ended()).toBe(130);
      }
    },
    FOREVER,
  );

  it(
    "a worker is killed in the middle of it: its tasks go to the other",
    async () => {
      const victim = await worker();
      const other = await worker();
      const audit = coordinator();
      await begun(victim, audit);
      await victim.kill();
      await expectSame(audit);
      expect(other.stderr).toMatch(/done in/);
    },
    FOREVER,
  );

  it(
    "a worker is frozen, its task is done by the other, and it goes on later",
    async () => {
      const frozen = await worker();
      const other = await worker();
      const audit = coordinator();
      await begun(frozen, audit);
      frozen.signal("SIGSTOP");
      const before = other.stderr.length;
      // It may have been between two tasks, and then nothing is handed out again.
      await until(() => audit.isOver || other.stderr.slice(before).includes("handed out again"));
      frozen.signal("SIGCONT");
      await expectSame(audit);
    },
    FOREVER,
  );

  it(
    "the queue's server is killed and comes back",
    async () => {
      await worker();
      const second = await worker();
      const audit = coordinator();
      await begun(second, audit);
      await redis.kill();
      await audit.said(/went away/);
      await redis.start();
      await expectSame(audit);
      expect(audit.stderr).toMatch(/is back/);
    },
    FOREVER,
  );

  it(
    "the queue is lost: FLUSHALL",
    async () => {
      const first = await worker();
      await worker();
      const audit = coordinator();
      await first.said(/done in/, 2);
      const client = new Redis(redis.url);
      await client.flushall();
      client.disconnect();
      await expectSame(audit);
    },
    FOREVER,
  );

  it(
    "the coordinator is killed: run again, it takes its lock over and does nothing twice",
    async () => {
      const first = await worker();
      const audit = coordinator();
      await first.said(/done in/, 3);
      await audit.kill();
      const done = answered(out);
      const again = coordinator();
      await expectSame(again);
      expect(again.stderr).toMatch(/ended in the middle of this audit/);
      expect(done).toBeGreaterThan(2);
      const repeated = o365flow(["audit", "--out", out, "--queue", redis.url]);
      expect(repeated.status).toBe(0);
      expect(repeated.stderr).toContain("nothing was left to do");
    },
    FOREVER,
  );

  it(
    "a worker that is told to stop gives its task back",
    async () => {
      const leaving = await worker();
      const audit = coordinator();
      await leaving.said(/done in/, 2);
      leaving.signal("SIGTERM");
      expect(await leaving.ended()).toBe(130);
      await audit.said(/no worker listens/);
      await worker();
      await expectSame(audit);
    },
    FOREVER,
  );

  it(
    "by a user with the rights that docs/audit.md gives; a wrong password is refused and not shown",
    async () => {
      const rights = /^user o365flow .*$/m.exec(readFileSync(join(ROOT, "docs/audit.md"), "utf8"))?.[0] ?? "";
      const admin = new Redis(redis.url);
      const [, name, ...words] = rights.split(" ");
      expect(await admin.call("ACL", "SETUSER", name ?? "", ...words)).toBe("OK");
      expect(await admin.call("ACL", "SETUSER", "default", "off")).toBe("OK");
      const url = redis.url.replace("//", "//o365flow:secret@");
      const environment = { O365FLOW_QUEUE: url };
      const helper = new Running(["worker", "--jobs", "1"], environment);
      running.push(helper);
      await helper.said(/listening to the queue/);
      const audit = new Running(["audit", ...what(out)], environment);
      running.push(audit);
      await expectSame(audit);
      expect(helper.stderr + audit.stderr).not.toMatch(/NOPERM|secret/);
      // Only keys of its own: another program's data in the same server is out of reach.
      const user = new Redis(url);
      await expect(user.set("other", "1")).rejects.toThrow("NOPERM");
      await expect(user.flushall()).rejects.toThrow("NOPERM");
      user.disconnect();
      admin.disconnect();
      const wrong = o365flow(["worker", "--queue", url.replace("secret", "guess")]);
      expect(wrong.status).toBe(2);
      expect(wrong.stderr).toMatch(/cannot be used: WRONGPASS/);
      expect(wrong.stderr).not.toContain("guess");
      const none = o365flow(["worker", "--queue", redis.url]);
      expect(none.status).toBe(2);
      expect(none.stderr).toMatch(/cannot be used: it wants a password, as in redis:/);
    },
    FOREVER,
  );

  it.skipIf(!has("openssl", "version"))(
    "over TLS, by a certificate of one's own authority and by no other",
    async () => {
      const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
      const subject = ["-subj", "/CN=queue", "-addext", "subjectAltName=IP:127.0.0.1"];
      const files = ["-keyout", key, "-out", certificate];
      const made = spawnSync("openssl", [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        ...subject,
        ...files,
      ]);
      expect(made.status).toBe(0);
      const secure = await RedisServer.startSecure(certificate, key);
      try {
        const url = secure.url.replace("redis:", "rediss:");
        const distrusted = o365flow(["worker", "--queue", url]);
        expect(distrusted.status).toBe(2);
        expect(distrusted.stderr).toMatch(/cannot be used: self-signed certificate/);
        const queue = ["--queue", url, "--queue-ca", certificate];
        await start("worker", ...queue, "--jobs", "1").said(/listening to the queue/);
        await expectSame(start("audit", ...what(out), ...queue));
      } finally {
        await secure.remove();
      }
    },
    FOREVER,
  );

  it(
    "without the packages, without a server, with a wrong URL: a message that says so",
    () => {
      const bad = o365flow(["audit", ...what(out), "--queue", "http://127.0.0.1/"]);
      expect(bad.status).toBe(2);
      expect(bad.stderr).toContain("wanted redis: or rediss:");
      const nobody = o365flow(["worker", "--queue", "redis://:secret@127.0.0.1:1/0"]);
      expect(nobody.status).toBe(2);
      expect(nobody.stderr).toContain("redis://127.0.0.1:1/0 cannot be used: connection refused");
      expect(nobody.stderr).not.toContain("secret");
      expect(o365flow(["worker"]).stderr).toContain("a worker wants a queue");
    },
    FOREVER,
  );
});
