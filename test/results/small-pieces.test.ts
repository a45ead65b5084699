import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openFlowResult } from "../../src/index.ts";
import { ROOT } from "../support/shared.ts";

const CSV = readFileSync(join(ROOT, "fixtures", "edge-vlan", "expected.csv"));
const TSV = CSV.toString()
  .split("\n")
  .map((line) => line.split(",", 2).join("\t"))
  .join("\n");
const ROWS = CSV.toString().trimEnd().split("\n").length - 1;

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a result that comes through a pipe in pieces of one byte", () => {
  it.each<readonly [string, Uint8Array]>([
    ["CSV", CSV],
    ["TSV", Buffer.from(TSV)],
    ["gzip", gzipSync(CSV)],
    ["UTF-16, as PowerShell redirects it", Buffer.from(`\ufeff${CSV.toString()}`, "utf16le")],
  ])("is read as it is in one piece: %s", async (_, bytes) => {
    const pieces = Array.from(bytes, (byte) => Buffer.of(byte));
    vi.spyOn(process, "stdin", "get").mockReturnValue(Readable.from(pieces) as typeof process.stdin);
    const result = await openFlowResult("-", { required: ["capture"], optional: [], purpose: "counting" });
    let rows = 0;
    for await (const batch of result.batches()) rows += batch.length;
    expect(rows).toBe(ROWS);
  });
});
