import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openFlowResult } from "../../src/index.ts";
import { o365flow } from "../cli/run.ts";
import { rowsOf } from "../audit/pipeline.ts";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const FIXTURE = join(ROOT, "fixtures", "edge-vlan");
const CSV = readFileSync(join(FIXTURE, "expected.csv"), "utf8");
const DESCRIPTORS = "/proc/self/fd";

/** Files of the folder, or of a fixture, that this process has open. */
async function open(): Promise<string[]> {
  await setTimeout(100); // a stream closes its file a little later
  return readdirSync(DESCRIPTORS)
    .map((descriptor) => {
      try {
        return readlinkSync(join(DESCRIPTORS, descriptor));
      } catch {
        return ""; // the one by which the folder was read
      }
    })
    .filter((file) => file.startsWith(folder) || file.startsWith(FIXTURE));
}

/** The same result in every form, of more rows than one piece has. */
function results(): string[] {
  const [head = "", ...rows] = CSV.trimEnd().split("\n");
  const csv = [head, ...Array.from({ length: 150 }, () => rows).flat()].join("\n");
  const flows = rowsOf(csv).map((row) => ({ ...row, schema_version: 1 }) as Record<string, unknown>);
  const texts: Readonly<Record<string, string | Uint8Array>> = {
    "r.csv": csv,
    "r.csv.gz": gzipSync(csv),
    "r.ndjson": flows
      .map(({ verdict, schema_version }) => JSON.stringify({ verdict, schema_version }))
      .join("\n"),
  };
  const parquet = join(folder, "r.parquet");
  o365flow(["classify", join(FIXTURE, "trunk.pcap"), "-q", "-o", parquet]);
  return [
    ...Object.entries(texts).map(([name, text]) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    }),
    parquet,
  ];
}

describe.skipIf(process.platform !== "linux")("a result", () => {
  it.each(results())(
    "%s is open only while it is read, and can be read again from its beginning",
    async (file) => {
      const result = await openFlowResult(file, { required: ["verdict"], optional: [], purpose: "counting" });
      expect(await open()).toEqual([]);
      for await (const batch of result.batches()) {
        expect(batch).toBeDefined();
        break;
      }
      expect(await open()).toEqual([]);
      const counts = [0, 0];
      for (const i of [0, 1])
        for await (const batch of result.batches()) counts[i] = (counts[i] ?? 0) + batch.length;
      expect(counts[0]).toBe(counts[1]);
      expect(counts[0]).toBe(file.endsWith("parquet") ? 7 : 7 * 150);
      expect(await open()).toEqual([]);
    },
  );
});
