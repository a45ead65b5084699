import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, it } from "vitest";
import { beganOf } from "../../src/audit/process-start.ts";
import type { Holder } from "../../src/audit/run/holder.ts";
import { AuditLock, currentHolder, lockFile } from "../../src/audit/run/lock.ts";
import { AuditDirectory } from "../../src/audit/run/manifest.ts";
import { takeOver } from "../../src/audit/run/take-over.ts";
import { demandNoShares, Share } from "../../src/audit/run/shares.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** What our own lock says, with changes. */
async function lockOf(change: Partial<Holder>): Promise<void> {
  const lock = await AuditLock.take(folder);
  const holder = JSON.parse(readFileSync(lockFile(folder), "utf8")) as Holder;
  await lock.release();
  writeFileSync(lockFile(folder), JSON.stringify({ ...holder, ...change }));
}

function agoOf(path: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds;
  utimesSync(path, then, then);
}

it("a second audit on a directory is refused, by whom is said; afterwards it is free again", async () => {
  const lock = await AuditLock.take(folder);
  await expect(AuditLock.take(folder)).rejects.toThrow(
    new RegExp(`is being worked on by process ${process.pid}, since 2.*Let it end first$`),
  );
  expect(await currentHolder(folder)).toMatchObject({ pid: process.pid });
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
  expect(await currentHolder(folder)).toBeUndefined();
  await (await AuditLock.take(folder)).release();
});

it("a lock that cannot be read is said to be so", async () => {
  mkdirSync(lockFile(folder));
  await expect(AuditLock.take(folder)).rejects.toThrow(/lock cannot be read: EISDIR$/);
});

it("the lock of a process that is no more is taken over, and whose it was is told", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  await lockOf({ pid, since: "2026-11-01T00:00:00.000Z" });
  expect(await currentHolder(folder)).toBeUndefined();
  const lock = await AuditLock.take(folder);
  expect(lock.takenOver).toMatchObject({ pid, since: "2026-11-01T00:00:00.000Z" });
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

it.runIf(process.platform === "linux")(
  "a process that got the dead one's number is not taken for it",
  async () => {
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    try {
      await once(other, "spawn");
      await lockOf({ pid: other.pid ?? 0, began: "1" });
      const lock = await AuditLock.take(folder);
      expect(lock.takenOver?.pid).toBe(other.pid);
      await lock.release();
    } finally {
      other.kill();
    }
  },
);

it.runIf(process.platform === "linux")(
  "a dead process that nobody has waited for, as in a container without an init, keeps nobody out",
  async () => {
    const parent = spawn("sh", ["-c", "sleep 2 & echo $!; exec sleep 1000"]);
    try {
      const [text] = (await once(parent.stdout, "data")) as [Buffer];
      const pid = Number(text.toString());
      await lockOf({ pid, began: beganOf(pid) });
      while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")))
        await new Promise((resolve) => setTimeout(resolve, 10));
      expect(await currentHolder(folder)).toBeUndefined();
      const lock = await AuditLock.take(folder);
      expect(lock.takenOver?.pid).toBe(pid);
      await lock.release();
    } finally {
      parent.kill("SIGKILL");
    }
  },
);

/** Another machine or container, under the same name or not, or this machine before its last start: who knows? */
const ELSEWHERE: readonly (readonly [string, Partial<Holder>])[] = [
  ["another machine", { host: "capture-7.example.com", boot: "another", pid: 4711 }],
  ["a machine of the same name", { boot: "another" }],
  ["another container of the same machine and name, process 1 there", { space: "pid:[4026539999]", pid: 1 }],
];

it.each(ELSEWHERE)("a lock of %s is left alone while it gives signs", async (_what, change) => {
  await lockOf(change);
  await expect(AuditLock.take(folder)).rejects.toThrow(
    /by process \d+ on .*last sign of life 0 s ago.*wait until its last sign is 120 s old, or delete .*lock$/,
  );
  expect(existsSync(lockFile(folder))).toBe(true);
  expect(await currentHolder(folder)).toMatchObject(change);
});

it.each(ELSEWHERE)("a lock of %s that is silent is watched, then taken over", async (_what, change) => {
  await lockOf(change);
  agoOf(lockFile(folder), 300);
  expect(await currentHolder(folder)).toBeUndefined();
  const notes: string[] = [];
  const lock = await AuditLock.take(folder, { watchMs: 50, note: (text) => notes.push(text) });
  expect(notes.join()).toMatch(/gave no sign for 300 s: if it gives none in 0 s, it counts as gone/);
  expect(lock.takenOver).toMatchObject(change);
  await lock.release();
});

it("a lock whose holder's clock is slow looks old, but its signs of life are seen", async () => {
  await lockOf({ boot: "another" });
  agoOf(lockFile(folder), 300);
  const signs = setInterval(() => agoOf(lockFile(folder), 290), 200);
  await expect(AuditLock.take(folder, { watchMs: 60_000 })).rejects.toThrow("is being worked on");
  clearInterval(signs);
});

it.each(ELSEWHERE)(
  "a dead lock of %s whose clock was ahead keeps nobody out until that time",
  async (_, change) => {
    await lockOf(change);
    agoOf(lockFile(folder), -86_400);
    const notes: string[] = [];
    const lock = await AuditLock.take(folder, { watchMs: 50, note: (text) => notes.push(text) });
    expect(notes.join()).toMatch(/gave its last sign 86[34]\d\d s ahead of the clock here: if it gives none/);
    await lock.release();
  },
);

it("a lock whose holder's clock is ahead is left alone while it gives signs", async () => {
  await lockOf({ boot: "another" });
  agoOf(lockFile(folder), -300);
  const signs = setInterval(() => agoOf(lockFile(folder), -310), 200);
  await expect(AuditLock.take(folder, { watchMs: 60_000 })).rejects.toThrow("is being worked on");
  clearInterval(signs);
});

it("a holder that wakes up before its lock is replaced keeps it, as does one whose lock has no text yet", async () => {
  await lockOf({ boot: "another" });
  for (const text of [readFileSync(lockFile(folder), "utf8"), ""]) {
    writeFileSync(lockFile(folder), text);
    expect(await takeOver(lockFile(folder), text, "ours", {})).toBe(false);
    expect(readFileSync(lockFile(folder), "utf8")).toBe(text);
    expect(readdirSync(folder)).toEqual(["lock"]);
    agoOf(lockFile(folder), 300);
    expect(await takeOver(lockFile(folder), text, "ours", {})).toBe(true);
    expect(readFileSync(lockFile(folder), "utf8")).toBe("ours");
  }
});

it("what a killed process left of taking a lock over does not make a directory another's", async () => {
  writeFileSync(`${lockFile(folder)}.after-0123456789abcdef`, "");
  await new AuditDirectory(folder).make();
  writeFileSync(join(folder, "letter.txt"), "");
  await expect(new AuditDirectory(folder).make()).rejects.toThrow("is no directory of an audit");
});

it("who was halted for long and taken for dead learns of it, and leaves the other's lock alone", async () => {
  const lock = await AuditLock.take(folder, { signMs: 20 });
  const other = readFileSync(lockFile(folder), "utf8").replace(/"pid":\d+/, '"pid":4711');
  writeFileSync(lockFile(folder), other);
  await new Promise((resolve) => lock.lost.addEventListener("abort", resolve, { once: true }));
  expect(String(lock.lost.reason)).toMatch(/lock: process 4711 took over what this one was at/);
  await lock.release();
  expect(readFileSync(lockFile(folder), "utf8")).toBe(other);
});

it("a lock that somebody deleted comes back with the next sign of life", async () => {
  const lock = await AuditLock.take(folder, { signMs: 20 });
  const text = readFileSync(lockFile(folder), "utf8");
  await rm(lockFile(folder));
  while (!existsSync(lockFile(folder)) || readFileSync(lockFile(folder), "utf8") !== text)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(lock.lost.aborted).toBe(false);
  await lock.release();
  expect(existsSync(lockFile(folder))).toBe(false);
});

it("a share of a stage holds audit gc off, and is held off by it; dead ones do not", async () => {
  const share = await Share.begin(folder, "stage map");
  await expect(demandNoShares(folder)).rejects.toThrow(
    /by process \d+ \(stage map\), since .*Let it end first$/,
  );
  // The same of another container that is silent: it counts as gone.
  const shares = join(folder, "shares");
  const [name = ""] = readdirSync(shares);
  const text = readFileSync(join(shares, name), "utf8");
  await share.end();
  writeFileSync(join(shares, "dead"), text.replace(/"space":"[^"]*"/, '"space":"pid:[1]"'));
  writeFileSync(join(shares, "cut"), "");
  for (const each of ["dead", "cut"]) agoOf(join(shares, each), 300);
  await demandNoShares(folder, { watchMs: 20 });
  expect(readdirSync(shares)).toEqual([]);

  const gc = await AuditLock.take(folder, { does: "gc" });
  let said = "";
  const waiting = Share.begin(folder, "stage map", { note: (note) => (said += note) });
  while (said === "") await new Promise((resolve) => setTimeout(resolve, 5));
  expect(said).toContain("audit gc is at work");
  await demandNoShares(folder);
  await gc.release();
  await (await waiting).end();
  // An audit's own lock does not: shares and audit may do the same tasks.
  const audit = await AuditLock.take(folder);
  await (await Share.begin(folder, "stage map")).end();
  await audit.release();
});

it("a lock file that a crash cut short counts as a lock while it is young", async () => {
  writeFileSync(lockFile(folder), "");
  await expect(AuditLock.take(folder)).rejects.toThrow("another audit begins here");
  utimesSync(lockFile(folder), 1e9, 1e9);
  await (await AuditLock.take(folder)).release();
});

/** Looks as often as it can, as a crash may come at any moment. */
const WATCHER = `
  const { readFileSync } = require("node:fs");
  const { parentPort, workerData } = require("node:worker_threads");
  const seen = { whole: 0, cut: 0 };
  parentPort.postMessage("at it");
  while (Atomics.load(workerData.over, 0) === 0)
    try {
      seen[readFileSync(workerData.path, "utf8").endsWith("}\\n") ? "whole" : "cut"] += 1;
    } catch {}
  parentPort.postMessage(seen);`;

it("a lock is never there without its holder, and nothing else is left", async () => {
  const over = new Int32Array(new SharedArrayBuffer(4));
  const looking = new Worker(WATCHER, { eval: true, workerData: { path: lockFile(folder), over } });
  await once(looking, "message");
  for (let i = 0; i < 500; i++) await (await AuditLock.take(folder)).release();
  Atomics.store(over, 0, 1);
  const [seen] = (await once(looking, "message")) as [{ whole: number; cut: number }];
  expect(seen).toMatchObject({ cut: 0 });
  expect(seen.whole).toBeGreaterThan(0);
  expect(readdirSync(folder)).toEqual([]);
});

it("of many that take over a stale lock at once, one gets it", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  // The two that both got it once were one round in eighty.
  for (let round = 0; round < 40; round++) {
    await lockOf({ pid });
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => AuditLock.take(folder)));
    const taken = results.filter((result) => result.status === "fulfilled");
    expect(taken).toHaveLength(1);
    expect(taken[0]?.value.takenOver?.pid).toBe(pid);
    await taken[0]?.value.release();
    expect(readdirSync(folder)).toEqual([]);
  }
});

/** A process that takes the lock over and is killed as soon as it has the right to, before it does. */
const KILLED = `
  const { readFileSync, writeFileSync } = require("node:fs");
  const [folder, right] = process.argv.slice(1);
  const holder = JSON.parse(readFileSync(folder + "/lock", "utf8"));
  writeFileSync(right, JSON.stringify({ ...holder, pid: process.pid, began: "", id: String(process.pid) }));`;

it("who died while it took a lock over keeps nobody out, nor does who died while it took over from that one", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  await lockOf({ pid });
  for (let died = 0, of = lockFile(folder); died < 2; died++) {
    const hash = createHash("sha256").update(readFileSync(of)).digest("hex");
    of = `${lockFile(folder)}.after-${hash.slice(0, 16)}`;
    expect(spawnSync(process.execPath, ["-e", KILLED, folder, of]).status).toBe(0);
  }
  expect(readdirSync(folder)).toHaveLength(3);
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => AuditLock.take(folder)));
  const taken = results.filter((result) => result.status === "fulfilled");
  expect(taken).toHaveLength(1);
  await taken[0]?.value.release();
  expect(readdirSync(folder)).toEqual([]);
});

it("a lock is not taken over while another process does so", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  await lockOf({ pid });
  const hash = createHash("sha256")
    .update(readFileSync(lockFile(folder)))
    .digest("hex");
  const right = `${lockFile(folder)}.after-${hash.slice(0, 16)}`;
  const { pid: _dead, ...holder } = JSON.parse(readFileSync(lockFile(folder), "utf8")) as Holder;
  writeFileSync(right, JSON.stringify({ ...holder, pid: process.pid }));
  let got = false;
  const taking = AuditLock.take(folder).then((lock) => {
    got = true;
    return lock;
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(got).toBe(false);
  await rm(right);
  await (await taking).release();
});
