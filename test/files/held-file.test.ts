import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isHeld, renameOver, whileHeld } from "../../src/files/held-file.ts";
import { whyUnwritten } from "../../src/files/whole-file.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const failure = (code: string): Error =>
  Object.assign(new Error(`${code}: rename`), { code, syscall: "rename" });

/** An action that fails so often, and how often it was tried. */
function failing(times: number, code: string): { tries: number; action(): Promise<string> } {
  const counter = {
    tries: 0,
    action: () => {
      counter.tries += 1;
      return counter.tries > times ? Promise.resolve("done") : Promise.reject(failure(code));
    },
  };
  return counter;
}

describe("a file that another program has open", () => {
  const waits = [0, 0, 0];

  it.each(["EPERM", "EACCES", "EBUSY"])("is tried again on Windows: %s", async (code) => {
    const held = failing(2, code);
    expect(await whileHeld(held.action, { platform: "win32", waits })).toBe("done");
    expect(held.tries).toBe(3);
  });

  it("is given up on in the end, with what the system said", async () => {
    const held = failing(9, "EBUSY");
    await expect(whileHeld(held.action, { platform: "win32", waits })).rejects.toThrow("EBUSY: rename");
    expect(held.tries).toBe(4);
  });

  it("is not waited for where the error means something else", async () => {
    for (const [platform, code] of [
      ["linux", "EPERM"],
      ["darwin", "EBUSY"],
      ["win32", "ENOENT"],
      ["win32", "ENOSPC"],
    ] as const) {
      const held = failing(1, code);
      await expect(whileHeld(held.action, { platform, waits })).rejects.toThrow(code);
      expect(held.tries).toBe(1);
      expect(isHeld(failure(code), platform)).toBe(false);
    }
  });

  it("is said to be, where Windows does not tell that from a file that nobody may write", () => {
    expect(whyUnwritten(failure("EBUSY"), "win32")).toBe("EBUSY, another program uses it");
    expect(whyUnwritten(failure("EPERM"), "win32")).toMatch(/^EPERM, another program has it open, or /);
    expect(whyUnwritten(failure("EPERM"), "linux")).toBe("EPERM, this user may not write there");
  });
});

it("a file takes the place of another", async () => {
  const [from, to] = [join(folder, "new"), join(folder, "old")];
  writeFileSync(from, "new");
  writeFileSync(to, "old");
  await renameOver(from, to);
  expect(readFileSync(to, "utf8")).toBe("new");
});
