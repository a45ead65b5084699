import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  hostWord,
  isWritten,
  publish,
  publishBy,
  readTemporaryName,
  replaceFile,
  spaceMark,
  startMark,
  temporaryName,
} from "../../src/audit/publish.ts";
import { clearUnfinished } from "../../src/audit/run/thread-pool.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-publish-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("a file has its name only when it is complete", async () => {
  const target = join(folder, "part.bin");
  const published = await publishBy(target, async (temporary) => {
    expect(readdirSync(folder)).toEqual([]);
    await writeFile(temporary, "whole");
    expect(readdirSync(folder)).toEqual([basename(temporary)]);
  });
  expect(published).toBe(true);
  expect(readdirSync(folder)).toEqual(["part.bin"]);
  expect(readFileSync(target, "utf8")).toBe("whole");
});

it("what another published first stays, and the own copy goes", async () => {
  const target = join(folder, "part.bin");
  const own = temporaryName(target);
  writeFileSync(own, "late");
  writeFileSync(target, "first");
  expect(await publish(own, target)).toBe(false);
  expect(readdirSync(folder)).toEqual(["part.bin"]);
  expect(readFileSync(target, "utf8")).toBe("first");
});

it("a failure leaves nothing behind and is told", async () => {
  const failing = publishBy(join(folder, "part.bin"), async (temporary) => {
    await writeFile(temporary, "half");
    throw new Error("the disk is full");
  });
  await expect(failing).rejects.toThrow("the disk is full");
  expect(readdirSync(folder)).toEqual([]);
});

it("a file that changes is replaced as a whole", async () => {
  const target = join(folder, "manifest.json");
  await replaceFile(target, "one");
  await replaceFile(target, "two");
  expect(readFileSync(target, "utf8")).toBe("two");
  expect(readdirSync(folder)).toEqual(["manifest.json"]);
});

it("only the process's own unfinished files are cleared, not those of a process 1 in another container", async () => {
  const map = join(folder, "map");
  mkdirSync(map);
  const own = basename(temporaryName(join(map, "0123.parquet")));
  const other = own.replace(/[0-9a-f]{24}$/, "0123456789abcdef01234567");
  for (const name of [own, other]) writeFileSync(join(map, name), "half");
  await clearUnfinished(folder);
  expect(readdirSync(map)).toEqual([other]);
});

it("a writer is asked for by its number only where that number is its own, not in another container", () => {
  const own = readTemporaryName(basename(temporaryName("/x/a.parquet")));
  if (own === undefined) throw new Error("it is one");
  expect(isWritten(own)).toBe(true);
  expect(isWritten({ ...own, start: "000000" })).toBe(process.platform === "linux" ? false : true);
  expect(isWritten({ ...own, space: "000000" })).toBeUndefined();
  expect(isWritten({ ...own, host: "capture-7" })).toBeUndefined();
});

it("a temporary name tells its target and its writer; other names tell nothing", () => {
  const name = basename(temporaryName("/x/0123-part~7.parquet"));
  expect(readTemporaryName(name)).toEqual({
    target: "0123-part~7.parquet",
    host: hostWord(),
    pid: process.pid,
    start: startMark(),
    space: spaceMark(),
  });
  for (const other of ["0123.parquet", ".tmp-", ".tmp-a~b~c~d", `${name}x`])
    expect(readTemporaryName(other)).toBeUndefined();
});
