import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type VersionedSets, dataFileText, packData, unpackData } from "../../src/endpoints/data-build.ts";
import { parseDataFile } from "../../src/endpoints/data-file.ts";
import { ROOT } from "../support/shared.ts";

const set = fc.record({
  serviceArea: fc.constantFrom("Exchange", "Common"),
  category: fc.constantFrom("Optimize", "Default"),
  required: fc.boolean(),
  expressRoute: fc.boolean(),
  tcpPorts: fc.constantFrom("", "443"),
  udpPorts: fc.constantFrom("", "3478"),
  names: fc.subarray(["*.a.example", "b.example"]),
  prefixes: fc.subarray(["192.0.2.0/24", "192.0.2.0/25", "198.51.100.0/24", "2001:db8::/32"]),
});

describe("packing lists", () => {
  it("loses nothing: sets and their texts may come, go and come again", () => {
    const list = fc.tuple(fc.option(set), fc.option(set), fc.option(set));
    fc.assert(
      fc.property(fc.array(list, { minLength: 1, maxLength: 7 }), (lists) => {
        const versioned = lists.map((sets, i): VersionedSets => ({
          version: `202001${String(i + 10)}00`,
          reading: i % 2 === 0,
          sets: sets.flatMap((each, id) =>
            each === null ? [] : [{ id: id + 1, ...each } as VersionedSets["sets"][number]],
          ),
        }));
        const packed = packData("worldwide", versioned.toReversed());
        expect(unpackData(parseDataFile(dataFileText(packed), "x"))).toEqual(versioned);
      }),
    );
  });
});

describe("data/build-endpoints.ts", () => {
  it("extends a cloud by one list and changes nothing else; the same again changes nothing", () => {
    const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
    try {
      for (const part of ["data", "src", "package.json"])
        cpSync(join(ROOT, part), join(folder, part), { recursive: true });
      symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
      const file = join(folder, "data", "endpoints", "china.json");
      const before = unpackData(parseDataFile(readFileSync(file, "utf8"), file));
      const answer = [
        {
          id: 1,
          serviceArea: "Exchange",
          category: "Optimize",
          required: true,
          expressRoute: false,
          ips: ["192.0.2.0/24"],
        },
        {
          id: 163,
          serviceArea: "MEM",
          category: "Default",
          required: true,
          expressRoute: false,
          ips: ["198.51.100.0/24"],
        },
      ];
      const saved = join(folder, "answer.json");
      writeFileSync(saved, JSON.stringify(answer));
      const build = (...args: readonly string[]): string =>
        execFileSync(process.execPath, ["--import", "tsx", "data/build-endpoints.ts", "china", ...args], {
          cwd: folder,
          encoding: "utf8",
          stdio: ["ignore", "pipe", "pipe"],
        });
      expect(build(`2026110100=${saved}`)).toContain("china 2026110100: 1 sets, 1 prefixes");
      const text = readFileSync(file, "utf8");
      const after = unpackData(parseDataFile(text, file));
      expect(after.slice(0, -1)).toEqual(before);
      expect(after.at(-1)).toMatchObject({
        version: "2026110100",
        reading: false,
        sets: [{ id: 1, prefixes: ["192.0.2.0/24"] }],
      });
      build();
      expect(readFileSync(file, "utf8")).toBe(text);
      expect(build(`read:2026-12-24=${saved}`)).toContain("china 2026122400");
      expect(() => build("tomorrow=x")).toThrow("VERSION=FILE");
      writeFileSync(file, text.replace('"192.0.2.0/24"', '"192.0.2.1/24"'));
      expect(() => build()).toThrow("no prefix");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
