import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { publish, publishBy, replaceBy, replaceFile } from "../../src/audit/publish.ts";
import { temporaryFolder } from "../support/temporary.ts";

// Windows flushes no file that was opened to be read, and gives no file the name of one that somebody has open.
const held = new Map<string, number>();
/** What another process does meanwhile. */
let meanwhile: (() => void) | undefined;
vi.mock("node:fs/promises", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs/promises")>();
  const refuse = (syscall: string): never => {
    throw Object.assign(new Error(`EPERM: operation not permitted, ${syscall}`), { code: "EPERM", syscall });
  };
  return {
    ...fs,
    open: async (path: string, flags: string) => {
      const file = await fs.open(path, flags);
      if (flags === "r") file.sync = () => Promise.reject(new Error("EPERM: operation not permitted, fsync"));
      return file;
    },
    rename: async (from: string, to: string) => {
      const times = held.get(to) ?? 0;
      held.set(to, times - 1);
      meanwhile?.();
      if (times > 0) refuse("rename");
      await fs.rename(from, to);
    },
  };
});

vi.mock("node:timers/promises", async (importOriginal) => ({
  ...(await importOriginal<typeof import("node:timers/promises")>()),
  setTimeout: () => new Promise((resolve) => setTimeout(resolve, 5)),
}));

const folder = temporaryFolder();
const { platform } = process;
const become = (value: string): void => void Object.defineProperty(process, "platform", { value });
afterEach(() => {
  become(platform);
  meanwhile = undefined;
});

it("a file of an audit is flushed as Windows wants it", async () => {
  const target = join(folder, "task.json");
  expect(await publishBy(target, (temporary) => writeFile(temporary, "{}"))).toBe(true);
  writeFileSync(join(folder, "own"), "new");
  await replaceBy(join(folder, "own"), target);
  expect(readFileSync(target, "utf8")).toBe("new");
});

it("a file that is open for a moment is waited for", async () => {
  become("win32");
  const target = join(folder, "manifest.json");
  held.set(target, 3);
  await replaceFile(target, "{}");
  expect(readFileSync(target, "utf8")).toBe("{}");
});

it("a result that somebody keeps open is named", async () => {
  become("win32");
  const target = join(folder, "flows.csv");
  held.set(target, 1000);
  const told = expect(replaceFile(target, "new")).rejects.toThrow(
    `cannot write ${target}: EPERM, another program has it open, or this user may not write there`,
  );
  await told;
  expect(readdirSync(folder).filter((name) => name.includes("flows"))).toEqual([]);
});

it("what another published first, and somebody reads, stays", async () => {
  become("win32");
  const [own, target] = [join(folder, "late"), join(folder, "part.bin")];
  writeFileSync(own, "late");
  held.set(target, 1000);
  meanwhile = () => writeFileSync(target, "first");
  expect(await publish(own, target)).toBe(false);
  expect(readFileSync(target, "utf8")).toBe("first");
});
