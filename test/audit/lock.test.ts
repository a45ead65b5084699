import { spawn, spawnSync } from "node:child_process";
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
import { afterEach, beforeEach, expect, it } from "vitest";
import { AuditLock, currentHolder, type LockHolder, lockFile } from "../../src/audit/run/lock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** What our own lock says, with changes. */
async function lockOf(change: Partial<LockHolder>): Promise<void> {
  const lock = await AuditLock.take(folder);
  const holder = JSON.parse(readFileSync(lockFile(folder), "utf8")) as LockHolder;
  await lock.release();
  writeFileSync(lockFile(folder), JSON.stringify({ ...holder, ...change }));
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

it("a lock from before the machine's last start is stale", async () => {
  await lockOf({ boot: "another" });
  await (await AuditLock.take(folder)).release();
});

it("a lock of another machine is left alone, and the message says what to do", async () => {
  await lockOf({ host: "capture-7.example.com", pid: 4711 });
  await expect(AuditLock.take(folder)).rejects.toThrow(
    /process 4711 on capture-7\.example\.com.*if that machine is gone, delete .*lock$/,
  );
  expect(existsSync(lockFile(folder))).toBe(true);
});

it("a lock file that a crash cut short counts as a lock while it is young", async () => {
  writeFileSync(lockFile(folder), "");
  await expect(AuditLock.take(folder)).rejects.toThrow("another audit begins here");
  utimesSync(lockFile(folder), 1e9, 1e9);
  await (await AuditLock.take(folder)).release();
});

it("of many that take over a stale lock at once, one gets it", async () => {
  await lockOf({ boot: "another" });
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => AuditLock.take(folder)));
  const taken = results.filter((result) => result.status === "fulfilled");
  expect(taken).toHaveLength(1);
  await taken[0]?.value.release();
});
