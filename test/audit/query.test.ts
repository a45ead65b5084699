import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, it } from "vitest";
import { o365flow } from "../cli/run.ts";

let folder: string;
let out: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-query-"));
  out = join(folder, "it's out");
  mkdirSync(out);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT i AS client_port, CASE WHEN i % 3 = 0 THEN 'asymmetric' ELSE 'ok' END AS verdict,
       TIMESTAMP '2026-11-02 08:00:00.25' + INTERVAL (i) SECOND AS start, '=cmd' AS host,
       CAST(9007199254740993 AS BIGINT) AS large FROM range(5000) t(i))
     TO '${join(out, "flows.parquet").replaceAll("'", "''")}' (FORMAT parquet)`,
  );
  await connection.run(
    `COPY (SELECT 'a.pcap' AS name) TO '${join(out, "files.parquet").replaceAll("'", "''")}' (FORMAT parquet)`,
  );
  connection.closeSync();
  writeFileSync(join(folder, "secret.csv"), "password\n");
});
afterAll(() => rm(folder, { recursive: true }));

it("answers SQL with rows, as CSV into a pipe", () => {
  const asked = o365flow([
    "query",
    out,
    "SELECT verdict, count(*) AS flows FROM flows GROUP BY ALL ORDER BY ALL",
  ]);
  expect(asked).toMatchObject({ status: 0, stdout: "verdict,flows\nasymmetric,1667\nok,3333\n", stderr: "" });
});

it("writes every row of a large answer, times and numbers as other reports have them", () => {
  const { stdout } = o365flow(["query", out, "FROM flows ORDER BY client_port", "--format", "ndjson"]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(5000);
  expect(JSON.parse(lines[4999] ?? "")).toEqual({
    client_port: 4999,
    verdict: "ok",
    start: "2026-11-02T09:23:19.250000Z",
    host: "=cmd",
    large: "9007199254740993",
  });
});

it("moments and the hours of a query are UTC, whatever zone the machine is in", () => {
  const sql =
    "SELECT start::TIMESTAMPTZ AS moment, hour(start::TIMESTAMPTZ) AS hour FROM flows WHERE client_port = 0";
  const { stdout } = o365flow(["query", out, sql], { env: { TZ: "Asia/Kolkata" } });
  expect(stdout).toBe("moment,hour\n2026-11-02T08:00:00.250000Z,8\n");
});

it("a cell that a spreadsheet would run stays harmless in CSV", () => {
  expect(o365flow(["query", out, "SELECT host FROM flows LIMIT 1"]).stdout).toBe("host\n'=cmd\n");
});

it(".tables and .schema say what there is", () => {
  expect(o365flow(["query", out, ".tables"]).stdout).toBe("table,columns\nfiles,1\nflows,5\n");
  expect(o365flow(["query", out, ".schema flows"]).stdout).toContain("flows,start,TIMESTAMP");
  expect(o365flow(["query", out, ".schema"]).stdout).toContain("files,name,VARCHAR");
  const refused = o365flow(["query", out, ".schema x'y"]);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain("there are files, flows");
});

it.each(["-- what was seen\nSELECT 1 AS one", "--what\n-- else = 2\nSELECT 1 AS one"])(
  "SQL may begin with a comment: %j",
  (sql) => {
    expect(o365flow(["query", out, sql, "--csv"]).stdout).toBe("one\n1\n");
    expect(o365flow(["query", out, "--cvs", sql]).stderr).toContain("unknown option '--cvs'");
  },
);

it.each(["", " ;", "-- nothing", "/* nothing */ ;\n-- at all"])(
  "a query without a statement is empty: %j",
  (sql) => {
    expect(o365flow(["query", out, sql])).toMatchObject({
      status: 2,
      stderr: "o365flow: the query is empty\n",
    });
  },
);

it("one Parquet file can be asked, too; a pivot works", () => {
  const file = join(out, "flows.parquet");
  const asked = o365flow(["query", file, "PIVOT flows ON verdict USING count(*) GROUP BY host", "--json"]);
  expect(JSON.parse(asked.stdout)).toEqual([{ host: "=cmd", asymmetric: 1667, ok: 3333 }]);
});

it.each([
  ["another file", () => `SELECT * FROM read_text('${join(folder, "secret.csv")}')`, "disabled"],
  ["a folder's names", () => "SELECT * FROM glob('/etc/*')", "disabled"],
  ["a database", () => `ATTACH '${join(folder, "x.db")}'`, "ATTACH is not allowed"],
  ["writing beside the result", () => `COPY flows TO '${join(folder, "x.csv")}'`, "disabled"],
  [
    "writing over the result",
    () =>
      `COPY (SELECT 1) TO '${join(out, "flows.parquet").replaceAll("'", "''")}' (FORMAT csv, USE_TMP_FILE false)`,
    "COPY is not allowed",
  ],
  [
    "writing over the result while explaining",
    () =>
      `EXPLAIN ANALYZE COPY (SELECT 1) TO '${join(out, "flows.parquet").replaceAll("'", "''")}' (FORMAT csv, USE_TMP_FILE false)`,
    "EXPLAIN is not allowed",
  ],
  [
    "writing over the result by a prepared statement, after a harmless one",
    () =>
      `SELECT 1; PREPARE w AS COPY (SELECT 1) TO '${join(out, "flows.parquet").replaceAll("'", "''")}' (FORMAT csv, USE_TMP_FILE false); EXECUTE w`,
    "PREPARE is not allowed",
  ],
  ["an extension", () => "INSTALL httpfs", "not allowed"],
  ["the network", () => "SELECT * FROM read_csv('https://192.0.2.1/x.csv')", "Error"],
  ["other settings", () => "SET enable_external_access = true", "not allowed"],
  ["a change of the rows", () => "DELETE FROM flows", "Error"],
])("a query reaches nothing but the result: %s", (_what, sql, message) => {
  const before = readFileSync(join(out, "flows.parquet"));
  const asked = o365flow(["query", out, sql()]);
  expect(asked).toMatchObject({ status: 2, stdout: "" });
  expect(asked.stderr).toContain(message);
  expect(readFileSync(join(out, "flows.parquet")).equals(before)).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(["it's out", "secret.csv"]);
});

it("says what is wrong with the SQL, the directory, the file", () => {
  expect(o365flow(["query", out, "SELECT nothing FROM flows"]).stderr).toMatch(
    /^o365flow: .*"nothing" not found/,
  );
  expect(o365flow(["query", join(folder, "none"), "SELECT 1"])).toMatchObject({ status: 2 });
  const bad = o365flow(["query", join(folder, "secret.csv"), "SELECT 1"]);
  expect(bad.status).toBe(2);
  expect(bad.stderr).toContain("no Parquet file");
  expect(o365flow(["query", folder, "SELECT 1"]).stderr).toContain("no result of an audit");
  expect(o365flow(["query", out, ""]).stderr).toContain("the query is empty");
  const mistyped = o365flow(["query", out, "SELECT * FROM flow"]);
  expect(mistyped.stderr).toBe(
    "o365flow: Catalog Error: Table with name flow does not exist! There are files, flows; see also .schema\n",
  );
});

it.each([
  ["SELEC 1", 'the query is no SQL at line 1, character 1: "SELEC" was not expected'],
  ["SELECT verdict,\n  reason\nfrm flows x y", 'at line 3, character 5: "flows" was not expected'],
  ["SELECT 'é' AS a b", 'at line 1, character 17: "b" was not expected'],
  ["SELECT 'é' AS a ))", 'at line 1, character 17: ")" was not expected'],
  ["SELECT '日é😀' AS a,, b", 'at line 1, character 19: "," was not expected'],
  ["-- éé\nSELECT 'é' AS a\n))", 'at line 3, character 1: ")" was not expected'],
  ["SELECT 'éé)' AS a\n ))", 'at line 2, character 2: ")" was not expected'],
  ["SELECT 'abc", "at line 1, character 8: unterminated quoted string"],
  ["SELECT (1", "the query is not complete SQL: more is wanted at its end"],
  [`SELECT '${"x".repeat(300)}' AS long, FROM WHERE ${"y".repeat(300)}`, "at line 1, character 325: "],
])("says in words where a query is no SQL: %j", (sql, wanted) => {
  const { status, stderr } = o365flow(["query", out, sql]);
  expect(status).toBe(2);
  expect(stderr).toContain(wanted);
  expect(stderr).not.toMatch(/Parser Error|extract/);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

it("a query that takes more memory than it may ends with a message", () => {
  const asked = o365flow([
    "query",
    out,
    "--memory",
    "64MB",
    "SELECT a.large FROM flows a, flows b, range(40) ORDER BY b.client_port, a.client_port, a.host || b.host",
  ]);
  expect(asked.status).toBe(2);
  expect(asked.stderr).toContain("Out of Memory");
});

it("of a damaged file names it: the footer, a page, what only the engine notices", () => {
  const broken = join(folder, "broken");
  mkdirSync(broken);
  const file = join(broken, "flows.parquet");
  const whole = readFileSync(join(out, "flows.parquet"));
  const statuses = [4, 40, 400, Math.floor(whole.length / 2), whole.length - 20, whole.length - 200].map(
    (at) => {
      const bytes = Uint8Array.from(whole);
      bytes.fill(0xff, at, at + 8);
      writeFileSync(file, bytes);
      const { status, stderr } = o365flow(["query", broken, "FROM flows"]);
      if (status !== 0) expect(stderr, String(at)).toContain(file);
      return status;
    },
  );
  expect(statuses).toContain(2);
  expect(statuses.filter((status) => status !== 0 && status !== 2)).toEqual([]);
});

it("of two statements with an answer none is left out silently", () => {
  const refused = o365flow(["query", out, "SELECT 1 AS a; SELECT 2 AS b"]);
  expect(refused).toMatchObject({ status: 2, stdout: "" });
  expect(refused.stderr).toContain("a query has one answer");
  const unasked = o365flow(["query", out, "CREATE VIEW v AS FROM flows"]);
  expect(unasked).toMatchObject({ status: 2, stdout: "" });
  expect(unasked.stderr).toContain("the query has no answer: wanted a SELECT");
  const made = o365flow(["query", out, "CREATE VIEW v AS FROM flows; SELECT count(*) AS n FROM v; -- all"]);
  expect(made).toMatchObject({ status: 0, stdout: "n\n5000\n" });
  const pivoted = o365flow(["query", out, "PIVOT (SELECT verdict FROM flows) ON verdict USING count(*)"]);
  expect(pivoted).toMatchObject({ status: 0, stdout: "asymmetric,ok\n1667,3333\n" });
});
