import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Output } from "../../src/cli/output.ts";
import { isReaderGone } from "../../src/cli/reader-gone.ts";
import { temporaryFolder } from "../support/temporary.ts";

// What Windows answers while a spreadsheet has the file open: it may neither be written nor be replaced.
const open = new Set<string>();
const held = (syscall: string): Error =>
  Object.assign(new Error(`EBUSY: resource busy or locked, ${syscall}`), { code: "EBUSY", syscall });
vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs")>();
  return {
    ...fs,
    openSync: (path: string, flags: string) => {
      if (flags !== "r" && open.has(path)) throw held("open");
      return fs.openSync(path, flags);
    },
  };
});
vi.mock("node:fs/promises", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs/promises")>();
  return {
    ...fs,
    rename: (from: string, to: string) =>
      open.has(to) ? Promise.reject(held("rename")) : fs.rename(from, to),
  };
});
vi.mock("node:timers/promises", async (importOriginal) => ({
  ...(await importOriginal<typeof import("node:timers/promises")>()),
  setTimeout: () => new Promise((resolve) => setTimeout(resolve, 1)),
}));

const folder = temporaryFolder();
const file = join(folder, "findings.csv");
const { platform } = process;
beforeEach(() => {
  Object.defineProperty(process, "platform", { value: "win32" });
  writeFileSync(file, "older\n");
  open.clear();
});
afterEach(() => void Object.defineProperty(process, "platform", { value: platform }));

it("a file that a spreadsheet has open is refused before the work", () => {
  open.add(file);
  expect(() => new Output(file)).toThrow(`cannot write ${file}: EBUSY, another program uses it`);
  expect(readdirSync(folder)).toEqual(["findings.csv"]);
});

it("what cannot take its place behind the work stays beside it, and is told of", async () => {
  const output = new Output(file);
  output.write("new\n");
  open.add(file);
  const beside = join(folder, `.findings.csv.${process.pid}.part`);
  await expect(output.end()).rejects.toThrow(
    `cannot write ${file}: EBUSY, another program uses it. What was to be in it is in ${beside}`,
  );
  await output.abandon();
  expect(readFileSync(beside, "utf8")).toBe("new\n");
  expect(readFileSync(file, "utf8")).toBe("older\n");
});

it("a name that Windows does not have is refused before the work", () => {
  for (const name of ["CON.csv", "findings-12:30.csv"])
    expect(() => new Output(join(folder, name))).toThrow(/^cannot write .*Windows/);
});

it("a reader that went away has two words on Windows", () => {
  for (const code of ["EPIPE", "EOF"]) expect(isReaderGone(Object.assign(new Error(), { code }))).toBe(true);
  for (const error of [new Error("EOF"), "EOF", Object.assign(new Error(), { code: "ENOSPC" })])
    expect(isReaderGone(error)).toBe(false);
});
