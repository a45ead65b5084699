import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import { FLOW_COLUMNS } from "../../src/report/columns.ts";
import { csvWriter } from "../../src/report/csv.ts";
import { jsonWriter, ndjsonWriter } from "../../src/report/json.ts";
import { parquetWriter } from "../../src/report/parquet.ts";
import type { ReportOptions, RowWriter } from "../../src/report/writer.ts";
import { openFlowResult, type ResultFlow } from "../../src/results/flow-result.ts";
import { PLAIN_ROW, anyRow, rowWith } from "./flow-rows.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OPTIONS: ReportOptions = {
  columns: FLOW_COLUMNS,
  time: "iso",
  eol: "lf",
  bom: false,
  width: 80,
  color: false,
};

type Writer = RowWriter<FlowRow, string | Uint8Array>;
const WRITERS: Readonly<Record<string, () => Writer>> = {
  csv: () => csvWriter(OPTIONS),
  tsv: () => csvWriter(OPTIONS, "\t"),
  "csv, CRLF, byte order mark": () => csvWriter({ ...OPTIONS, eol: "crlf", bom: true }),
  "csv, seconds since 1970": () => csvWriter({ ...OPTIONS, time: "epoch" }),
  json: () => jsonWriter(OPTIONS),
  ndjson: () => ndjsonWriter(OPTIONS),
  parquet: () => parquetWriter(OPTIONS),
};

function bytesOf(rows: readonly FlowRow[], writer: Writer): Buffer {
  return Buffer.concat([writer.begin(), writer.rows(rows), writer.end()].map((piece) => Buffer.from(piece)));
}

let files = 0;
function fileOf(bytes: string | Uint8Array): string {
  const path = join(folder, `result-${files++}`);
  writeFileSync(path, bytes);
  return path;
}

async function read(file: string): Promise<ResultFlow[]> {
  const result = await openFlowResult(file, { required: ["flow_id"], purpose: "test" });
  const flows: ResultFlow[] = [];
  for await (const batch of result.batches()) flows.push(...batch.map(({ flow }) => flow));
  return flows;
}

async function refused(file: string): Promise<string> {
  try {
    await read(file);
  } catch (error) {
    expect((error as Error).name).toBe("ResultError");
    return (error as Error).message.replaceAll(file, "FILE");
  }
  return "read without an error";
}

describe("a result is read back as it was written", () => {
  it.each(Object.keys(WRITERS))("%s", async (form) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 6 }), async (rows) => {
        const file = fileOf(bytesOf(rows, (WRITERS[form] as () => Writer)()));
        expect(await read(file)).toEqual(rows);
        rmSync(file);
      }),
      { numRuns: 40 },
    );
  });

  it("when it is compressed by gzip", async () => {
    expect(await read(fileOf(gzipSync(bytesOf([PLAIN_ROW], csvWriter(OPTIONS)))))).toEqual([PLAIN_ROW]);
  });

  it.each([
    [",", csvWriter(OPTIONS)],
    ["\t", csvWriter(OPTIONS, "\t")],
  ])("when its lines end by CR alone, cells divided by %j", async (_name, writer) => {
    const row = rowWith({ reason: 'he said "no"' });
    const text = bytesOf([row, PLAIN_ROW], writer).toString();
    expect(await read(fileOf(text.replaceAll("\n", "\r")))).toEqual([row, PLAIN_ROW]);
  });

  it("when JSON arrays stand one behind the other", async () => {
    const text = bytesOf([PLAIN_ROW], jsonWriter(OPTIONS)).toString();
    expect(await read(fileOf(text + text))).toEqual([PLAIN_ROW, PLAIN_ROW]);
  });

  it("from the folder of an audit", async () => {
    const audit = join(folder, "audit");
    mkdirSync(audit);
    writeFileSync(join(audit, "manifest.json"), "{}");
    expect(await refused(audit)).toContain("the audit has no result yet");
    writeFileSync(join(audit, "flows.parquet"), bytesOf([PLAIN_ROW], parquetWriter(OPTIONS)));
    expect(await read(audit)).toEqual([PLAIN_ROW]);
  });

  it.each(["utf-16le", "utf-16be"])("in %s, as PowerShell redirects what is printed", async (encoding) => {
    for (const form of ["csv", "json", "ndjson"]) {
      const text = bytesOf([PLAIN_ROW], (WRITERS[form] as () => Writer)()).toString();
      const bytes = Buffer.from(`\ufeff${text.replaceAll("\n", "\r\n")}`, "utf16le");
      expect(await read(fileOf(encoding === "utf-16le" ? bytes : bytes.swap16()))).toEqual([PLAIN_ROW]);
    }
  });

  it("with true and false in capitals, as spreadsheets save them", async () => {
    const text = bytesOf([PLAIN_ROW], csvWriter(OPTIONS)).toString();
    expect(await read(fileOf(text.replaceAll(",true,", ",TRUE,")))).toEqual([PLAIN_ROW]);
  });

  it("as NDJSON without rows, which is an empty file, and is said to be one", async () => {
    for (const name of ["none.ndjson", "none.jsonl", "none.ndjson.gz"]) {
      const file = join(folder, name);
      writeFileSync(file, name.endsWith("gz") ? gzipSync("") : "");
      expect(await read(file)).toEqual([]);
      expect(await openFlowResult(file, { required: ["verdict"], purpose: "test" })).toMatchObject({
        isEmpty: true,
      });
    }
  });

  it("with no rows at all", async () => {
    for (const form of ["csv", "json", "parquet"])
      expect(await read(fileOf(bytesOf([], (WRITERS[form] as () => Writer)())))).toEqual([]);
  });
});

describe("what is no result, or a broken one, is refused with its place", () => {
  const csv = bytesOf(
    [PLAIN_ROW, rowWith({ reason: "two\nlines" }), PLAIN_ROW],
    csvWriter(OPTIONS),
  ).toString();
  const ndjson = bytesOf([PLAIN_ROW, PLAIN_ROW], ndjsonWriter(OPTIONS)).toString();
  const json = bytesOf([PLAIN_ROW, PLAIN_ROW, PLAIN_ROW], jsonWriter(OPTIONS)).toString();

  it.each<[string, string | Uint8Array, string]>([
    ["an empty file", "", "FILE is empty"],
    [
      "CSV that a spreadsheet saved",
      csv.replaceAll(",", ";"),
      "FILE has ; between its cells: a spreadsheet saved it",
    ],
    ["another CSV", "a,b\n1,2\n", "FILE is no result of o365flow classify: it has none of its columns"],
    [
      "columns left out",
      "verdict,host\nok,a\n",
      "FILE has no column flow_id, without which there is no test",
    ],
    ["a cut CSV", csv.slice(0, -400), "FILE:5: found 8 cells, wanted 77"],
    [
      "a bad number",
      csv.replace("51301", "many"),
      'FILE:2: client_port: found "many", wanted a whole number',
    ],
    [
      "a bad word",
      csv.replace(",ok,as", ",fine,as"),
      'FILE:2: verdict: found "fine", wanted one of asymmetric,',
    ],
    ["a newer version", csv.replace("\n1,", "\n2,"), 'FILE:2: schema_version: found "2", wanted 1'],
    ["a cut NDJSON", ndjson.slice(0, -40), "the object that begins on line 2 has no end"],
    [
      "JSON cut between two rows",
      json.slice(0, json.lastIndexOf(",\n{")),
      "FILE: the array of rows has no end (line 3)",
    ],
    [
      "JSON of which the beginning is gone",
      json.slice(json.lastIndexOf("{")),
      'FILE: line 2: found "]" where a row',
    ],
    [
      "a CSV cut inside its last cell",
      'flow_id,reason\n1,a\n2,"way ba',
      "FILE: the last row ends inside a quoted cell",
    ],
    ["a column that stands twice", "flow_id,host,flow_id\n1,a,2\n", "FILE has two columns flow_id"],
    ["text among JSON", `${ndjson}oops\n`, 'FILE: line 3: found "o" where a row should begin'],
    ["broken JSON", ndjson.replace('"ip_version":4', '"ip_version":}'), "FILE: line 1: "],
    ["a wrong type in JSON", ndjson.replace('"tls"', "7"), "FILE:1: application: found 7, wanted text"],
    ["bytes", Uint8Array.of(0x66, 0xff, 0xfe, 0x0a), "FILE is no text in UTF-8"],
    [
      "a cut Parquet",
      bytesOf([PLAIN_ROW], parquetWriter(OPTIONS)).subarray(0, -9),
      "FILE: cannot be read as Parquet",
    ],
    [
      "an endless line",
      `flow_id\n"${"x".repeat(1_200_000)}`,
      "FILE: a record is longer than a million characters",
    ],
    ["an endless object", `{"a":"${"x".repeat(1_200_000)}`, "line 1 is longer than a million characters"],
  ])("%s", async (_name, bytes, message) => {
    expect(await refused(fileOf(bytes))).toContain(message);
  });

  it("a file that is not there, a folder without a result, a result of calls", async () => {
    expect(await refused(join(folder, "nothing.csv"))).toContain("does not exist");
    mkdirSync(join(folder, "empty"));
    expect(await refused(join(folder, "empty"))).toContain("is a folder without a result");
    expect(await refused(fileOf("schema_version,call_id,users\n"))).toContain(
      "is a result of o365flow calls",
    );
  });

  it.each([
    ["calls", "schema_version,call_id,verdict,users,media\n1,,unproven,10.20.30.41,\n"],
    [
      "legs of calls",
      "call_id,part,flow_id,client_ip,path_out,verdict\n,media,,10.20.30.41,unknown,unproven\n",
    ],
  ])("a result of %s, whose words are a flow's, too", async (_name, text) => {
    await expect(openFlowResult(fileOf(text), { required: ["verdict"], purpose: "report" })).rejects.toThrow(
      "is a result of o365flow calls: wanted one of classify",
    );
  });

  it("any damage to text is read or refused, never a crash", async () => {
    const seeds = [csv, ndjson].map((seed) => Buffer.from(seed));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }),
        async (seed, changes) => {
          const bytes = Buffer.from(seed);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const file = fileOf(bytes);
          const message = await refused(file);
          rmSync(file);
          expect(message.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 150 },
    );
  });
});

it("a large CSV is read in bounded memory", () => {
  const [header = "", row = ""] = bytesOf([PLAIN_ROW], csvWriter(OPTIONS)).toString().split("\n");
  const large = join(folder, "large.csv");
  writeFileSync(large, `${header}\n${`${row}\n`.repeat(60_000)}`);
  const script = join(folder, "read.mjs");
  const url = JSON.stringify(new URL("../../dist/results/flow-result.js", import.meta.url).href);
  writeFileSync(
    script,
    `import { openFlowResult } from ${url};
const result = await openFlowResult(process.argv[2], { required: [], purpose: "test" });
let rows = 0;
for await (const batch of result.batches()) rows += batch.length;
console.log(rows);
`,
  );
  const run = spawnSync(process.execPath, ["--max-old-space-size=40", script, large], { encoding: "utf8" });
  expect(run.stderr).toBe("");
  expect(run.stdout.trim()).toBe("60000");
});

it("two CSV results in one file are told by the second header", async () => {
  const file = join(folder, "both.csv");
  const one = bytesOf([rowWith({}), rowWith({})], csvWriter(OPTIONS));
  writeFileSync(file, Buffer.concat([one, one]));
  const result = await openFlowResult(file, { required: ["verdict"], purpose: "report" });
  const read = async (): Promise<void> => {
    for await (const _ of result.batches());
  };
  await expect(read()).rejects.toThrow("both.csv:4: the header again: results were put together as they are");
});
