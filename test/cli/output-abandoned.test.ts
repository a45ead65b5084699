import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { Output } from "../../src/cli/output.ts";
import { temporaryFolder } from "../support/temporary.ts";

// A disk that takes its time to open a file: a busy machine was one, once in a thousand runs.
vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs")>();
  const open: typeof fs.open = ((...args: Parameters<typeof fs.open>) =>
    setTimeout(() => fs.open(...args), 50)) as never;
  return { ...fs, createWriteStream: (path: string) => fs.createWriteStream(path, { fs: { ...fs, open } }) };
});

const folder = temporaryFolder();

it("output taken back while its file is still being opened leaves nothing behind", async () => {
  const fresh = join(folder, "fresh");
  mkdirSync(fresh);
  await new Output(join(fresh, "x.csv")).abandon();
  // What is opened too late shows within a moment.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(readdirSync(fresh)).toEqual([]);
});

it("output taken back after it was written, or twice, leaves the older file alone", async () => {
  const file = join(folder, "older.csv");
  writeFileSync(file, "older\n");
  const output = new Output(file);
  output.write("new\n");
  await output.abandon();
  await output.abandon();
  expect(readdirSync(folder).filter((name) => name.includes("older"))).toEqual(["older.csv"]);
  expect(readFileSync(file, "utf8")).toBe("older\n");
});

it("output that could not be opened is taken back without a word", async () => {
  const output = new Output(join(folder, "none", "x.csv"));
  await output.abandon();
  await output.abandon();
  expect(readdirSync(folder)).not.toContain("none");
});
