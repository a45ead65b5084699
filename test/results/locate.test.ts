import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resultTables } from "../../src/audit/run/result-database.ts";
import { callsFileOf, flowsFileOf } from "../../src/results/locate.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (...names: string[]): string => join(folder, ...names);

describe("where a result lies", () => {
  mkdirSync(at("audit"));
  writeFileSync(at("audit", "flows.csv"), "");
  mkdirSync(at("begun"));
  writeFileSync(at("begun", "manifest.json"), "");
  mkdirSync(at("other"));

  it("is the file itself, or that of an audit's folder", () => {
    expect(flowsFileOf(at("audit", "flows.csv"))).toBe(at("audit", "flows.csv"));
    expect(flowsFileOf(at("audit"))).toBe(at("audit", "flows.csv"));
    expect(callsFileOf(at("audit"))).toBeUndefined();
    expect(callsFileOf(at("audit", "flows.csv"))).toBeUndefined();
    expect(flowsFileOf("-")).toBe("-");
  });

  it.each([
    ["none.csv", "does not exist"],
    ["begun", "the audit has no result yet"],
    ["other", "is a folder without a result"],
  ])("is nowhere: %s %s", (name, why) => {
    expect(() => flowsFileOf(at(name))).toThrow(why);
  });

  it("is nowhere behind a file", () => {
    expect(() => flowsFileOf(at("audit", "flows.csv", "x.csv"))).toThrow("x.csv does not exist");
  });

  it.skipIf(process.platform === "win32")(
    "is not said to be missing where links lead round in a circle",
    () => {
      symlinkSync("circle", at("circle"));
      const why = "circle cannot be read (ELOOP, links there lead round";
      expect(() => flowsFileOf(at("circle"))).toThrow(why);
      expect(() => resultTables(at("circle"))).toThrow(why);
    },
  );

  it.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
    "is not said to be missing in a folder closed to this user",
    () => {
      mkdirSync(at("closed"));
      writeFileSync(at("closed", "flows.csv"), "");
      chmodSync(at("closed"), 0);
      const why = "may not be read by this user";
      expect(() => flowsFileOf(at("closed"))).toThrow(why);
      expect(() => flowsFileOf(at("closed", "flows.csv"))).toThrow(why);
      chmodSync(at("closed"), 0o755);
    },
  );
});
