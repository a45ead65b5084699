import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { o365flow, type Run } from "../cli/run.ts";
import { writeArchive } from "./archive.ts";
import { rowsOf } from "./pipeline.ts";
import { has } from "./processes.ts";

const FOREVER = 24 * 3_600_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-hardship-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function audit(...args: string[]): Run {
  return o365flow(["audit", ...args]);
}

/** A STUN binding request, but for its transaction. */
const REQUEST = Buffer.from(`000100002112a442${"00".repeat(12)}`, "hex");
const FRAME = 14 + 28 + REQUEST.length;

/** A capture of so many flows of one STUN packet, all within a few seconds: each has an inspector while it is live. */
function stunFlood(flows: number): Buffer {
  const record = 16 + FRAME;
  const bytes = Buffer.alloc(24 + flows * record);
  bytes.writeUInt32LE(0xa1b2c3d4, 0);
  bytes.set([2, 0, 4, 0], 4);
  bytes.writeUInt32LE(65_535, 16);
  bytes.writeUInt32LE(1, 20);
  for (let i = 0; i < flows; i++) {
    const at = 24 + i * record;
    bytes.writeUInt32LE(1_793_606_400 + Math.floor(i / 100_000), at);
    bytes.writeUInt32LE(i % 100_000, at + 4);
    bytes.writeUInt32LE(FRAME, at + 8);
    bytes.writeUInt32LE(FRAME, at + 12);
    const ip = at + 16 + 14;
    bytes.set([0x08, 0x00], ip - 2);
    bytes.set([0x45, 0], ip);
    bytes.writeUInt16BE(28 + REQUEST.length, ip + 2);
    bytes.set([64, 17], ip + 8);
    bytes.writeUInt32BE(0x0a000000 + (i >>> 10), ip + 12);
    bytes.writeUInt32BE(0x34700000 + (i & 1023), ip + 16);
    bytes.writeUInt16BE(20_000 + (i & 0x3fff), ip + 20);
    bytes.writeUInt16BE(3478, ip + 22);
    bytes.writeUInt16BE(8 + REQUEST.length, ip + 24);
    bytes.set(REQUEST, ip + 28);
    bytes.writeUInt32BE(i, ip + 36);
  }
  return bytes;
}

describe("captures that are too much", () => {
  it(
    "one that needs more memory than there is ends its worker, is tried alone, and is set aside, named",
    () => {
      const archive = join(folder, "captures");
      mkdirSync(archive);
      writeFileSync(join(archive, "calm.pcap"), stunFlood(200));
      writeFileSync(join(archive, "flood.pcap"), stunFlood(500_000));
      const out = join(folder, "flood-out");
      const { status, stderr } = audit(archive, "-o", out, "--memory", "256MB", "--jobs", "1");
      expect(status).toBe(3);
      // The engine ends it at its heap's limit, or the guard where the flows' records take more than the heap.
      expect(stderr).toMatch(/it needs more memory than .*; it is tried once more, alone/);
      expect(stderr).toContain("its captures are tried one by one");
      const reason = /could not be read: it needs more memory than .*/;
      const files = rowsOf(readFileSync(join(out, "files.csv"), "utf8"));
      expect(files).toMatchObject([
        { capture: "calm.pcap", status: "ok", reason: "" },
        { capture: "flood.pcap", status: "set-aside", reason: expect.stringMatching(reason) as string },
      ]);
      expect(stderr).toContain(`${join(archive, "flood.pcap")}: set aside, ${files[1]?.["reason"]}`);
      expect(rowsOf(readFileSync(join(out, "flows.csv"), "utf8"))).toHaveLength(200);
      // What is set aside stays so, and is not tried again by itself.
      const again = audit("-o", out, "--memory", "256MB", "--strict");
      expect(again.status).toBe(2);
      expect(again.stderr).not.toContain("tried");
    },
    FOREVER,
  );

  it.skipIf(!has("mkfifo"))(
    "a pipe is named and left out: nothing could stop a thread that waits for it",
    () => {
      const pipe = join(folder, "pipe.pcap");
      expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
      const calm = join(folder, "calm.pcap");
      writeFileSync(calm, stunFlood(3));
      const { status, stderr } = audit(calm, pipe, "-o", join(folder, "pipe-out"));
      expect(status).toBe(3);
      expect(stderr).toContain(`${pipe} is a pipe or a device: an audit reads files`);
      expect(audit(pipe, "-o", join(folder, "pipe-only")).status).toBe(2);
    },
    FOREVER,
  );
});

const disk = mkdtempSync(join(tmpdir(), "o365flow-disk-"));
const mount = (...args: string[]): number | null => spawnSync("mount", [...args, disk]).status;
const mayMount = mount("-t", "tmpfs", "-o", "size=1m", "tmpfs") === 0;
afterAll(async () => {
  if (mayMount) spawnSync("umount", ["-l", disk]);
  await rm(disk, { recursive: true, force: true });
});

describe.skipIf(!mayMount)("a disk that is full", () => {
  it(
    "ends an audit with a message; with more room the same command goes on to the same result",
    () => {
      const archive = join(folder, "archive");
      writeArchive(archive, { minutes: 4, sessions: 60, calls: 1 });
      const options = [archive, "--site", join(archive, "site.yaml"), "--window", "200kB", "--jobs", "2"];
      const out = join(folder, "roomy");
      expect(audit(...options, "-o", out).status).toBe(0);
      const needed = sizeOf(out);
      const wanted = resultOf(out);
      const place = join(disk, "out");
      let full = 0;
      for (let size = 0.05 * needed; ; size += 0.15 * needed) {
        expect(mount("-o", `remount,size=${Math.ceil(size)}`)).toBe(0);
        const run = audit(...options, "-o", place);
        if (run.status === 0) break;
        expect(run.stderr).toContain(`${place}: the disk is full`);
        expect(run.stderr).toContain("Make room, then run the same command again: it goes on from here");
        expect(run.status).toBe(2);
        full += 1;
        const unfinished = readdirSync(place, { recursive: true }).map(String);
        expect(unfinished.filter((name) => name.includes(".tmp-") || name === "lock")).toEqual([]);
      }
      // In several stages: what one run wrote is kept, and the next one comes farther.
      expect(full).toBeGreaterThan(3);
      expect(resultOf(place)).toEqual(wanted);
    },
    FOREVER,
  );
});

/** Bytes of all files in a folder, each in whole pages, as a small file system counts them. */
function sizeOf(path: string): number {
  return readdirSync(path, { recursive: true })
    .map((name) => statSync(join(path, String(name))))
    .reduce((sum, file) => sum + (Math.ceil(file.size / 4096) + 1) * 4096, 0);
}

function resultOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => /\.(parquet|csv)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), "base64")]));
}
