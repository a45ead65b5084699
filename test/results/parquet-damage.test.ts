import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import { FLOW_COLUMNS } from "../../src/report/columns.ts";
import { parquetWriter } from "../../src/report/parquet.ts";
import { parquetRows } from "../../src/results/parquet-rows.ts";
import { ResultError } from "../../src/results/result-error.ts";
import { PLAIN_ROW, rowWith } from "./flow-rows.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-damage-"));
const file = join(folder, "flows.parquet");
afterAll(() => rmSync(folder, { recursive: true }));

function result(rows: number): Buffer {
  const writer = parquetWriter<FlowRow>({ columns: FLOW_COLUMNS });
  const made = Array.from({ length: rows }, (_, i) =>
    rowWith({ ...PLAIN_ROW, host: i % 3 === 0 ? undefined : `host-${i % 7}.example.com`, packets_out: i }),
  );
  return Buffer.concat([writer.begin(), writer.rows(made), writer.end()].map((piece) => Buffer.from(piece)));
}

/** The rows of a file with these bytes, or why it was refused. */
async function read(bytes: Uint8Array): Promise<number | string> {
  writeFileSync(file, bytes);
  let count = 0;
  try {
    for await (const rows of parquetRows(file, undefined)) count += rows.length;
    return count;
  } catch (error) {
    if (!(error instanceof ResultError)) throw error;
    return error.message;
  }
}

describe("a Parquet result", () => {
  it("is read", async () => {
    expect(await read(result(200))).toBe(200);
  });

  it("with any bytes flipped is read or refused with the file's name: it keeps nobody waiting", async () => {
    const whole = result(60);
    const seen = { read: 0, refused: 0 };
    const place = fc.oneof(
      fc.integer({ min: 0, max: whole.length - 1 }),
      // The footer is what everything else hangs on.
      fc.integer({ min: whole.length - 400, max: whole.length - 1 }),
    );
    const flips = fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, mask] of changes) bytes[at] = (bytes[at] ?? 0) ^ mask;
        const found = await read(bytes);
        if (typeof found === "string") {
          expect(found).toMatch(/^.*flows\.parquet: .+; wanted a result as o365flow wrote it/);
          seen.refused += 1;
        } else {
          expect(found).toBe(60);
          seen.read += 1;
        }
      }),
      { numRuns: 1500 },
    );
    expect(seen.refused).toBeGreaterThan(300);
    expect(seen.read).toBeGreaterThan(100);
  });

  it("with a line break in the name of a damaged column is refused in one line", async () => {
    const whole = result(60);
    const name = whole.lastIndexOf("duration_s");
    whole[name] = 10;
    let said = "";
    for (let at = 4; !said.includes("uration_s") && at < whole.length; at += 5) {
      const bytes = Buffer.from(whole);
      bytes[at] = 0xff;
      said = String(await read(bytes));
    }
    expect(said).toMatch(/^.*flows\.parquet: .*column \\x0auration_s.+; wanted a result/);
  });

  it("cut anywhere is refused", async () => {
    const whole = result(20);
    for (let length = 0; length < whole.length; length += 97)
      expect(await read(whole.subarray(0, length)), String(length)).toContain("flows.parquet");
  });

  // A column of 20 values that are all there: page header, levels of one run (40 = 20 << 1, then 1), 20 doubles.
  const levels = [40, 1];
  it.each([
    ["a run without end", [0xfe, 0xff, 0xff, 0xff, 0x0f]],
    ["packed values, fewer than none in 32 bits", [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ["a run of nothing", [0, 0]],
    ["a length without end", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
  ])("whose levels are %s is refused", async (_, wrong) => {
    const bytes = new ByteWriter();
    const writer = new ParquetWriter({
      writer: bytes,
      codec: "UNCOMPRESSED",
      schema: [
        { name: "row", num_children: 1 },
        { name: "number", type: "DOUBLE", repetition_type: "OPTIONAL" },
      ],
    });
    // Values whose bytes are nowhere those of the levels.
    void writer.write({
      columnData: [{ name: "number", data: Array.from({ length: 20 }, (__, i) => i + 0.1) }],
    });
    void writer.finish();
    const whole = Buffer.from(bytes.getBytes());
    expect(await read(whole)).toBe(20);
    const at = whole.indexOf(Buffer.from(levels), 4);
    whole.set(wrong, at);
    expect(await read(whole)).toContain("column number: ");
  });
});
