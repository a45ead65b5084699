import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { o365flowEach } from "./run.ts";

const folder = temporaryFolder();
const capture = join(folder, "capture.pcap");
const flows = join(folder, "flows.csv");
copyFileSync(join(ROOT, "fixtures/failover/failover.pcap"), capture);
o365flowEach([{ args: ["classify", capture, "-o", flows] }]);
mkdirSync(join(folder, "folder"));
writeFileSync(join(folder, "file"), "x\n");
symlinkSync("loop-b", join(folder, "loop-a"));
symlinkSync("loop-a", join(folder, "loop-b"));
const socket = createServer();
beforeAll(() => new Promise<void>((done) => void socket.listen(join(folder, "socket"), done)));
afterAll(() => void socket.close());

/** What is no file that can be read or written, with the words that say so. */
const WRONG: readonly (readonly [string, RegExp])[] = [
  ["folder", /folder/],
  ["file/below", /does not exist|a file|no audit was begun|is no version/],
  ["a".repeat(300), /does not exist|longer than the system allows|is no version/],
  ["loop-a", /does not exist|in a circle|is no version/],
  ["socket", /socket|no audit was begun|is a file/],
];

const commands = (name: string): string[][] => [
  ["classify", name],
  ["classify", capture, "--site", name],
  ["classify", capture, "--endpoints", name],
  ["classify", "--files-from", name],
  ["classify", capture, "--expressroute", `routes=${name}`],
  ["classify", capture, "--csv", "-o", name],
  ["annotate", capture, "-w", name],
  ["check", flows, "--policy", name],
  ["compare", flows, name],
  ["report", name, "-o", "page.html"],
  ["report", flows, "-o", name],
  ["audit", "status", name],
  ["stage", "map", "--out", name],
  ["site", "check", name],
  ["site", "check", "--building", name],
  ["site", "init", "--force", "-o", name],
  ["endpoints", "diff", name, "latest"],
  ["lookup", "192.0.2.1", "--endpoints", name],
];

it.each(WRONG)("no code of the system stands alone: %s", (name, words) => {
  const args = commands(name).filter(
    // A folder may hold captures, and a link that leads nowhere may be replaced by a file.
    (each) =>
      !(name === "folder" && each.length === 2) && !(name === "loop-a" && /^-[ow]$/.test(each.at(-2) ?? "")),
  );
  const runs = o365flowEach(args.map((each) => ({ args: each, cwd: folder })));
  for (const [i, { status, stderr }] of runs.entries()) {
    const asked = args[i]?.join(" ").slice(0, 80);
    expect([asked, stderr]).toEqual([asked, expect.stringMatching(words)]);
    expect([asked, status]).toEqual([asked, 2]);
    // "(ELOOP, ...)", "EISDIR, it is a folder": a code has its meaning beside it.
    expect(stderr.replaceAll(/\bE[A-Z]{3,}, /g, "")).not.toMatch(/\bE(?:[A-Z]{4,}|IO)\b/);
  }
});
