import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { afterAll, describe, expect, it } from "vitest";
import type { FlowRow, Instant } from "../../src/classify/row.ts";
import { FLOW_COLUMNS, type Column } from "../../src/report/columns.ts";
import { parquetWriter } from "../../src/report/parquet.ts";
import { o365flow, PROGRAM } from "../cli/run.ts";
import { ROOT } from "../support/shared.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FIXTURE = join(ROOT, "fixtures", "edge-two-interfaces");
const CLASSIFY = ["classify", "--site", join(FIXTURE, "site.yaml"), join(FIXTURE, "edge.pcapng"), "-q"];

/** A file in memory, as hyparquet wants it. */
function fileOf(bytes: Uint8Array): { byteLength: number; slice(start: number, end?: number): ArrayBuffer } {
  const copy = new Uint8Array(bytes).buffer;
  return { byteLength: copy.byteLength, slice: (start, end) => copy.slice(start, end) };
}

async function duckdb(): Promise<typeof import("@duckdb/node-api") | undefined> {
  try {
    return await import("@duckdb/node-api");
  } catch {
    return undefined; // an optional dependency
  }
}
const engine = await duckdb();

describe("classify --format parquet", () => {
  const target = join(folder, "flows.parquet");
  const run = o365flow([...CLASSIFY, "-o", target]);
  const json = JSON.parse(o365flow([...CLASSIFY, "--json"]).stdout) as Record<string, unknown>[];

  it("writes the rows of the JSON form with typed columns", async () => {
    expect(run).toMatchObject({ status: 0, stdout: "" });
    const file = fileOf(readFileSync(target));
    const rows = await parquetReadObjects({ file });
    expect(rows).toHaveLength(json.length);
    expect(Object.keys(rows[0] ?? {})).toEqual(FLOW_COLUMNS.map(({ name }) => name));
    rows.forEach((row, i) => {
      for (const { name, type } of FLOW_COLUMNS) {
        const wanted = json[i]?.[name];
        const found = row[name] as unknown;
        if (wanted === null) expect(found, name).toBeNull();
        else if (type === "integer") expect(found, name).toBe(BigInt(wanted as number));
        else if (type === "time") expect((found as Date).getTime(), name).toBe(Date.parse(wanted as string));
        else expect(found, name).toBe(wanted);
      }
    });
  });

  it("says the type of each column, for readers that ask the schema", async () => {
    const { schema } = await parquetMetadataAsync(fileOf(readFileSync(target)));
    const element = (name: string): unknown => schema.find((item) => item.name === name);
    expect(element("start")).toMatchObject({
      type: "INT64",
      logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
    });
    expect(element("bytes_out")).toMatchObject({ type: "INT64" });
    expect(element("er_eligible")).toMatchObject({ type: "BOOLEAN" });
    expect(element("loss_pct")).toMatchObject({ type: "DOUBLE" });
    expect(element("endpoint_ids")).toMatchObject({ type: "BYTE_ARRAY", converted_type: "UTF8" });
  });

  it.skipIf(engine === undefined)("is read by DuckDB, times and counts included", async () => {
    const instance = await engine?.DuckDBInstance.create(":memory:");
    const connection = await instance?.connect();
    const answer = await connection?.runAndReadAll(
      `select verdict, count(*)::int as flows, sum(bytes_out)::bigint as bytes, ` +
        `min(epoch_us("start"))::bigint as first, typeof(any_value("start")) as kind ` +
        `from read_parquet('${target.replaceAll("'", "''")}') group by verdict order by verdict`,
    );
    const rows = answer?.getRowObjectsJson() as Record<string, unknown>[];
    expect(rows.map(({ verdict, flows }) => [verdict, flows])).toEqual([
      ["asymmetric", 1],
      ["not-office365", 2],
      ["ok", 4],
    ]);
    const asymmetric = json.find(({ verdict }) => verdict === "asymmetric");
    expect(rows[0]).toMatchObject({
      bytes: String(asymmetric?.["bytes_out"]),
      kind: "TIMESTAMP WITH TIME ZONE",
    });
    expect(Number(rows[0]?.["first"]) / 1e6).toBeCloseTo(Date.parse(String(asymmetric?.["start"])) / 1000, 3);
    connection?.closeSync();
  });

  it("goes into a pipe byte for byte as into a file", () => {
    const piped = spawnSync(process.execPath, [PROGRAM, ...CLASSIFY, "--format", "parquet"]);
    expect(Buffer.compare(piped.stdout, readFileSync(target))).toBe(0);
  });

  it("keeps to the columns that were asked for", async () => {
    const some = join(folder, "some.parquet");
    o365flow([...CLASSIFY, "--columns", "verdict,start", "-o", some]);
    const rows = await parquetReadObjects({ file: fileOf(readFileSync(some)) });
    expect(Object.keys(rows[0] ?? {})).toEqual(["verdict", "start"]);
  });

  it("is a file with its columns and no rows where nothing is found", async () => {
    const none = join(folder, "none.parquet");
    expect(o365flow([...CLASSIFY, "--only", "mixed", "-o", none]).status).toBe(0);
    const metadata = await parquetMetadataAsync(fileOf(readFileSync(none)));
    expect(metadata.num_rows).toBe(0n);
    expect(metadata.schema).toHaveLength(FLOW_COLUMNS.length + 1);
  });
});

it("calls and their legs are written as Parquet, too", async () => {
  const fixture = join(ROOT, "fixtures", "teams-morning");
  for (const [more, column] of [
    [[], "scenario"],
    [["--legs"], "part"],
  ] as const) {
    const target = join(folder, `calls-${column}.parquet`);
    const args = ["calls", join(fixture, "teams-morning.pcap"), "-q", ...more];
    expect(o365flow([...args, "-o", target]).status).toBe(0);
    const json = JSON.parse(o365flow([...args, "--json"]).stdout) as Record<string, unknown>[];
    const rows = await parquetReadObjects({ file: fileOf(readFileSync(target)) });
    expect(json.length).toBeGreaterThan(0);
    expect(rows.map((row) => row[column] as unknown)).toEqual(json.map((row) => row[column]));
  }
});

/** A row of a few columns of every type. */
type Small = Pick<FlowRow, "start" | "required" | "loss_pct" | "bytes_out" | "host" | "endpoint_ids">;
const NAMES = ["start", "required", "loss_pct", "bytes_out", "host", "endpoint_ids"];
const COLUMNS = FLOW_COLUMNS.filter(({ name }) => NAMES.includes(name)) as unknown as Column<Small>[];

const instants: fc.Arbitrary<Instant> = fc.record({
  seconds: fc.integer({ min: 0, max: 0xffff_ffff }),
  nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  fine: fc.boolean(),
});
const smallRows: fc.Arbitrary<Small[]> = fc.array(
  fc.record({
    start: fc.option(instants, { nil: undefined }),
    required: fc.option(fc.boolean(), { nil: undefined }),
    loss_pct: fc.option(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { nil: undefined }),
    bytes_out: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    host: fc.option(fc.string({ unit: "grapheme" }), { nil: undefined }),
    endpoint_ids: fc.array(fc.nat({ max: 300 }), { maxLength: 4 }),
  }),
  { maxLength: 40 },
);

it("any rows, in pieces of any size, are read back as they were", async () => {
  await fc.assert(
    fc.asyncProperty(smallRows, fc.integer({ min: 1, max: 7 }), async (rows, step) => {
      const writer = parquetWriter({ columns: COLUMNS });
      const pieces = [writer.begin()];
      for (let at = 0; at < rows.length; at += step) pieces.push(writer.rows(rows.slice(at, at + step)));
      pieces.push(writer.end());
      const parsers = { timestampFromMicroseconds: (micros: bigint) => micros };
      const read = await parquetReadObjects({ file: fileOf(Buffer.concat(pieces)), parsers });
      expect(read).toEqual(
        rows.map((row) => ({
          start:
            row.start === undefined
              ? null
              : BigInt(row.start.seconds) * 1_000_000n + BigInt(Math.floor(row.start.nanoseconds / 1000)),
          bytes_out: BigInt(row.bytes_out),
          host: row.host ?? null,
          endpoint_ids: row.endpoint_ids.length === 0 ? null : row.endpoint_ids.join(";"),
          required: row.required ?? null,
          loss_pct: row.loss_pct ?? null,
        })),
      );
    }),
    { numRuns: 60 },
  );
});

it("many rows take bounded memory: groups leave as they fill", () => {
  const script = join(folder, "many.mjs");
  const writerUrl = JSON.stringify(new URL("../../dist/report/parquet.js", import.meta.url).href);
  const columnsUrl = JSON.stringify(new URL("../../dist/report/columns.js", import.meta.url).href);
  writeFileSync(
    script,
    `import { parquetWriter } from ${writerUrl};
import { FLOW_COLUMNS } from ${columnsUrl};
import { openSync, writeSync } from "node:fs";
const writer = parquetWriter({ columns: FLOW_COLUMNS });
const file = openSync(process.argv[2], "w");
writeSync(file, writer.begin());
for (let at = 0; at < 600; at++) {
  const rows = [];
  for (let i = 0; i < 256; i++) rows.push({ schema_version: 1, flow_id: "1:" + at + "x" + i, start: { seconds: at, nanoseconds: i, fine: false }, verdict: "ok", reason: "r".repeat(80) + i, endpoint_ids: [11, 12], path_out_basis: ["vlan"], path_back_basis: [], path_changes: [] });
  writeSync(file, writer.rows(rows));
}
writeSync(file, writer.end());
`,
  );
  const target = join(folder, "many.parquet");
  const run = spawnSync(process.execPath, ["--max-old-space-size=96", script, target], { encoding: "utf8" });
  expect(run.stderr).toBe("");
  expect(run.status).toBe(0);
  expect(statSync(target).size).toBeGreaterThan(100_000);
});
