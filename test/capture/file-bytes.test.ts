import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { FileBytes, ReadPace } from "../../src/capture/file-bytes.ts";
import { ReadAhead } from "../../src/capture/read-ahead.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-file-bytes-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A pace for which all reads are slow. */
function alwaysSlow(): ReadPace {
  const pace = new ReadPace();
  const note = pace.note.bind(pace);
  pace.note = () => note(1, 1000);
  for (let i = 0; i < 8; i++) pace.note(0, 0);
  return pace;
}

function fileOf(bytes: Uint8Array): string {
  const path = join(folder, "bytes");
  writeFileSync(path, bytes);
  return path;
}

/** Everything that a source gives, asked for as a window does it: some room is always taken. */
async function drained(source: FileBytes, room: number, taken: number): Promise<Buffer> {
  const target = new Uint8Array(room);
  const parts: Buffer[] = [];
  for (;;) {
    const count = await source.read(target, taken);
    if (count === 0) return Buffer.concat(parts);
    parts.push(Buffer.from(target.slice(taken, taken + count)));
  }
}

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}

describe("ReadPace", () => {
  it("is slow after four more slow reads than quick ones, and quick again after one", () => {
    const pace = new ReadPace();
    const [quick, slow] = [0.2, 5]; // milliseconds of a MiB: from memory, and from a disk
    for (const ms of [slow, slow, quick, slow, slow]) pace.note(1 << 20, ms);
    expect(pace.isSlow).toBe(false);
    pace.note(1 << 20, slow);
    expect(pace.isSlow).toBe(true);
    pace.note(1 << 20, slow);
    pace.note(1 << 20, quick);
    expect(pace.isSlow).toBe(false);
  });

  it("takes no small read for a slow one", () => {
    const pace = new ReadPace();
    for (let i = 0; i < 100; i++) pace.note(i % 2 === 0 ? 4096 : 0, 0.02);
    expect(pace.isSlow).toBe(false);
  });
});

describe("FileBytes", () => {
  it("gives the bytes of the file, read ahead or not, whatever the room for them", async () => {
    const sizes = fc.record({
      size: fc.integer({ min: 0, max: 5000 }),
      room: fc.integer({ min: 2, max: 700 }),
      taken: fc.integer({ min: 0, max: 1 }),
      isSlow: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ size, room, taken, isSlow }) => {
        const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 255);
        const descriptor = openSync(fileOf(bytes), "r");
        const source = new FileBytes(descriptor, { pace: isSlow ? alwaysSlow() : new ReadPace() });
        expect(await drained(source, room, taken)).toEqual(Buffer.from(bytes));
        expect(source.failure).toBeUndefined();
        source.close();
        expect(isOpen(descriptor)).toBe(false);
      }),
    );
  });

  it("goes on from where a shared descriptor stands, and leaves it open", async () => {
    const descriptor = openSync(fileOf(Buffer.from("0123456789")), "r");
    readSync(descriptor, new Uint8Array(3), 0, 3, null);
    const source = new FileBytes(descriptor, { pace: alwaysSlow(), close: false });
    expect((await drained(source, 4, 0)).toString()).toBe("3456789");
    source.close();
    expect(isOpen(descriptor)).toBe(true);
    closeSync(descriptor);
  });

  it("answers at once while reads are quick, and with a promise where they are waited for", () => {
    const path = fileOf(Buffer.alloc(100));
    const target = new Uint8Array(10);
    const quick = new FileBytes(openSync(path, "r"), { pace: new ReadPace() });
    expect([quick.read(target, 0), quick.read(target, 0)]).toEqual([10, 10]);
    quick.close();
    const slow = new FileBytes(openSync(path, "r"), { pace: alwaysSlow() });
    expect(slow.read(target, 0)).toBe(10);
    expect(slow.read(target, 0)).toBeInstanceOf(Promise);
    slow.close();
  });

  it("ends a wait when it is closed, and keeps the descriptor until nothing is read any more", async () => {
    const descriptor = openSync(fileOf(Buffer.alloc(100)), "r");
    const source = new FileBytes(descriptor, { pace: alwaysSlow() });
    const target = new Uint8Array(10);
    source.read(target, 0);
    const waiting = source.read(target, 0);
    source.close();
    expect(isOpen(descriptor)).toBe(true);
    expect(await waiting).toBe(0);
    expect(source.read(target, 0)).toBe(0);
    for (let i = 0; i < 100 && isOpen(descriptor); i++) await setTimeout(10);
    expect(isOpen(descriptor)).toBe(false);
  });
});

describe("ReadAhead", () => {
  it("says why it cannot read", async () => {
    const descriptor = openSync(folder, "r"); // a folder has no bytes
    const ahead = new ReadAhead(descriptor, 10);
    expect(await ahead.read(new Uint8Array(10), 0)).toBe(0);
    expect(ahead.failure).toMatchObject({ kind: "unreadable" });
    expect(ahead.failure?.text).toContain("EISDIR");
    await new Promise<void>((resolve) => ahead.close(resolve));
    closeSync(descriptor);
  });
});
