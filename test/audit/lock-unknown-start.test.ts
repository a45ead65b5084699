import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { isWritten, readTemporaryName, temporaryName } from "../../src/audit/publish.ts";
import type { Holder } from "../../src/audit/run/holder.ts";
import { AuditLock, currentHolder, lockFile } from "../../src/audit/run/lock.ts";
import { temporaryFolder } from "../support/temporary.ts";

// A system without /proc, such as Windows or macOS: it does not tell when a process or the machine began.
vi.mock("../../src/audit/process-start.ts", async (importOriginal) => ({
  ...(await importOriginal<typeof import("../../src/audit/process-start.ts")>()),
  beganOf: () => "",
  bootId: () => "",
  pidSpace: () => "",
}));

const folder = temporaryFolder();
/** Some process, which has the number that the holder had before a restart. */
let other: ReturnType<typeof spawn>;
beforeEach(async () => {
  other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  await once(other, "spawn");
});
afterEach(() => void other.kill());

async function lockOf(pid: number, quietSeconds: number): Promise<void> {
  const lock = await AuditLock.take(folder);
  const holder = JSON.parse(readFileSync(lockFile(folder), "utf8")) as Holder;
  expect(holder).toMatchObject({ boot: "", space: "", began: "" });
  await lock.release();
  writeFileSync(lockFile(folder), JSON.stringify({ ...holder, pid }));
  const then = Date.now() / 1000 - quietSeconds;
  utimesSync(lockFile(folder), then, then);
}

it("a lock whose number is taken is left alone while it gives signs", async () => {
  await lockOf(other.pid ?? 0, 0);
  expect(await currentHolder(folder)).toMatchObject({ pid: other.pid });
  await expect(AuditLock.take(folder)).rejects.toThrow(
    /by process \d+.*last sign of life 0 s ago.*wait until its last sign is 120 s old, or delete .*lock$/,
  );
});

it("a lock whose number is taken, by whom is not known, is watched when it is silent, then taken over", async () => {
  await lockOf(other.pid ?? 0, 300);
  expect(await currentHolder(folder)).toBeUndefined();
  const lock = await AuditLock.take(folder, { watchMs: 50 });
  expect(lock.takenOver).toMatchObject({ pid: other.pid });
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

it("a lock whose number is free is taken over at once", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  await lockOf(pid, 0);
  const lock = await AuditLock.take(folder, { watchMs: 1e9 });
  expect(lock.takenOver).toMatchObject({ pid });
  await lock.release();
});

it("nobody knows whether an unfinished file is still written where its number is taken", () => {
  const name = temporaryName("x.json");
  const unfinished = readTemporaryName(name);
  expect(unfinished).toBeDefined();
  if (unfinished === undefined) return;
  expect(isWritten({ ...unfinished, pid: other.pid ?? 0 })).toBeUndefined();
  expect(isWritten({ ...unfinished, pid: spawnSync(process.execPath, ["-e", ""]).pid })).toBe(false);
});
