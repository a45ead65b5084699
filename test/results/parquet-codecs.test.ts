import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { FLOW_COLUMNS } from "../../src/report/columns.ts";
import { parquetWriter } from "../../src/report/parquet.ts";
import { lz4Block } from "../../src/results/lz4-block.ts";
import { openFlowResult } from "../../src/results/flow-result.ts";
import { ResultError } from "../../src/results/result-error.ts";
import { PLAIN_ROW, rowWith } from "./flow-rows.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-codecs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ROWS = Array.from({ length: 300 }, (_, i) =>
  rowWith({ ...PLAIN_ROW, packets_out: i, reason: `row ${i % 40} of many that say the same` }),
);

/** What DuckDB makes of a result. */
async function copied(compression: string, version: "V1" | "V2"): Promise<string> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const writer = parquetWriter({ columns: FLOW_COLUMNS });
  const source = join(folder, "source.parquet");
  writeFileSync(source, Buffer.concat([writer.begin(), writer.rows(ROWS), writer.end()]));
  const target = join(folder, `${compression}-${version}.parquet`);
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(
    `COPY (SELECT * FROM '${source}') TO '${target}' (FORMAT parquet, COMPRESSION ${compression}, PARQUET_VERSION ${version})`,
  );
  connection.closeSync();
  return target;
}

async function rowsOf(file: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  const result = await openFlowResult(file, { required: ["verdict"], purpose: "test" });
  for await (const batch of result.batches()) rows.push(...batch.map(({ flow }) => flow));
  return rows;
}

describe("a Parquet result that DuckDB wrote anew", () => {
  it.each(["uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4_raw"])(
    "in %s is read",
    async (compression) => {
      expect(await rowsOf(await copied(compression, "V1"))).toEqual(ROWS);
    },
  );

  it("in delta encodings is refused by their name", async () => {
    await expect(rowsOf(await copied("zstd", "V2"))).rejects.toThrow(ResultError);
    await expect(rowsOf(await copied("zstd", "V2"))).rejects.toThrow(/encoding DELTA_/);
  });
});

describe("a block of LZ4", () => {
  it("repeats what reaches into itself, and ends with text", () => {
    // Token: 1 byte of text, 4 + 2 repeated; "a"; 1 back. Token: 5 bytes of text.
    const block = Uint8Array.of(0x12, 0x61, 0x01, 0x00, 0x50, 0x62, 0x63, 0x64, 0x65, 0x66);
    expect(Buffer.from(lz4Block(block, 12)).toString()).toBe("aaaaaaabcdef");
  });

  it("whose lengths take further bytes is read", () => {
    const text = Buffer.from("x".repeat(15 + 255 + 3));
    expect(Buffer.from(lz4Block(Buffer.concat([Uint8Array.of(0xf0, 255, 3), text]), 273))).toEqual(text);
  });

  it("of any bytes is as long as was said at most, or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(200), (bytes, size) => {
        try {
          expect(lz4Block(bytes, size).length).toBeLessThanOrEqual(size);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});
