import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadEndpoints } from "../../src/endpoints/history.ts";
import { ROOT, SHARED, shared } from "../support/shared.ts";

let folder: string;
let server: Server;
let base: string;

/** The built program where it is newer than its source, else the source: the same, and slower to start. */
function program(): string[] {
  const source = join(ROOT, "src");
  const changed = readdirSync(source, { recursive: true, encoding: "utf8" }).map(
    (file) => statSync(join(source, file)).mtimeMs,
  );
  const built = join(ROOT, "dist", "cli", "main.js");
  const fresh = existsSync(built) && changed.every((time) => time < statSync(built).mtimeMs);
  return fresh ? [built] : ["--import", "tsx", join(source, "cli", "main.ts")];
}

const PROGRAM = program();

/** The commands as users run them: arguments in; standard output, standard error and exit status out. */
async function run(...args: readonly string[]): Promise<{ out: string; err: string; status: number | null }> {
  const child = spawn(process.execPath, [...PROGRAM, ...args], {
    cwd: ROOT,
    env: { ...process.env, XDG_DATA_HOME: folder, O365FLOW_ENDPOINTS_URL: base, NO_PROXY: "127.0.0.1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { out, err, status };
}

const json = (text: string): Record<string, unknown>[] => JSON.parse(text) as Record<string, unknown>[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-"));
  const sets = loadEndpoints("worldwide", { userData: null }).at("latest").sets;
  const list = sets.map(({ names, prefixes, ...set }) => ({ ...set, urls: names, ips: prefixes }));
  server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/\?.*/, "");
    if (path === "/version/Worldwide") response.end('{"instance":"Worldwide","latest":"2026110100"}');
    else if (path === "/endpoints/Worldwide") response.end(JSON.stringify(list));
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  server.closeAllConnections();
  server.close();
});

describe("o365flow lookup", () => {
  it("answers in one command that 52.114.77.33 lies in 52.112.0.0/14", async () => {
    const { out, status } = await run("lookup", "52.114.77.33", "--format", "json");
    expect(status).toBe(0);
    const rows = json(out);
    expect(rows.map((row) => row["set"])).toEqual([11, 12]);
    expect(rows[0]).toMatchObject({
      query: "52.114.77.33",
      kind: "address",
      listed: true,
      chosen: true,
      er_eligible: true,
      service_area: "Skype",
      category: "Optimize",
      matched: "52.112.0.0/14",
      udp_ports: "3478,3479,3480,3481",
      since: "2018063000 or earlier",
      until: null,
      community: "12076:5030",
      advertised: "unknown",
    });
  });

  it("gives the versions that listed an address which is listed no more, and does not call it something else", async () => {
    const { out, status } = await run("lookup", "52.121.3.4", "192.0.2.1", "--format", "table");
    expect(status).toBe(0);
    expect(out).toContain("this does not show that it is something else");
    expect(out).toContain("from 2020032500 to 2022103100, as 52.120.0.0/14");
    expect(out).not.toMatch(/not office/i);
  });

  it("judges by an older list, and takes prefixes, names and URLs", async () => {
    const asked = [
      "13.107.64.0/18",
      "teams.microsoft.com",
      "https://outlook.office365.com/mail",
      "52.112.0.0/12",
    ];
    const { out } = await run("lookup", "--as-of", "2020-04-20", "--csv", ...asked);
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^query,kind,cloud,endpoints_version,listed,chosen,er_eligible,why,set,/);
    const of = (query: string): string[] => lines.filter((line) => line.startsWith(`${query},`));
    expect(of("13.107.64.0/18").every((line) => line.includes("prefix,worldwide,2020041400,true"))).toBe(
      true,
    );
    expect(of("teams.microsoft.com")[0]).toContain("name,worldwide,2020041400,true,true,true");
    expect(of("https://outlook.office365.com/mail")[0]).toContain("Exchange,Optimize");
    expect(of("52.112.0.0/12").every((line) => line.includes("lies-inside"))).toBe(true);
  });

  it("says by which community a prefix was seen to be advertised", async () => {
    const rows = json((await run("lookup", "--json", "13.107.6.153", "52.96.38.1", "20.190.129.1")).out);
    const first = (query: string): unknown => rows.find((row) => row["query"] === query)?.["advertised_as"];
    expect(first("13.107.6.153")).toEqual(["12076:5010 13.107.6.152/31 (autumn 2023)"]);
    expect(first("52.96.38.1")).toEqual([
      "12076:5010 52.96.38.0/24 (autumn 2023)",
      "12076:5010 52.96.0.0/14 (autumn 2023)",
    ]);
    expect(first("20.190.129.1")).toEqual([
      "12076:5060 20.190.128.0/19 (autumn 2023)",
      "12076:5100 20.190.128.0/18 (autumn 2023)",
    ]);
  });

  it("takes a prefix with host bits for its network, and says so on standard error only", async () => {
    const { out, err } = await run("lookup", "52.114.77.33/24", "--csv");
    expect(await run("lookup", "52.114.77.33/24", "--csv", "-q")).toEqual({ out, err: "", status: 0 });
    expect(err).toContain("52.114.77.0/24");
    expect(out).toContain("52.112.0.0/14");
  });

  it.each([
    ["300.1.1.1"],
    ["52.114.77.33/33"],
    ["a b"],
    [""],
    ["52.114.77.33", "--as-of", "soon"],
    ["52.114.77.33", "--as-of", "2025134000"],
    ["52.114.77.33", "--cloud", "mars"],
    ["52.114.77.33", "--endpoints", "missing.json"],
    ["52.114.77.33", "--format", "xml"],
    [],
  ])("ends with status 2 and one message for %j %j %j", async (...args) => {
    const { out, err, status } = await run("lookup", ...args.filter((each) => each !== undefined));
    expect([status, out]).toEqual([2, ""]);
    // What is wrong; where an argument is missing, also where it is said what there is.
    const [, pointer, ...more] = err.trim().split("\n");
    expect(more).toEqual([]);
    expect([undefined, "o365flow help lookup lists what there is"]).toContain(pointer);
  });

  it("never hands a terminal what it would obey", async () => {
    const { out, err } = await run(
      "lookup",
      "--format",
      "table",
      "\u001b[31mx.example",
      "teams.microsoft.com",
    );
    expect(out + err).not.toContain("\u001b");
  });
});

describe("o365flow endpoints", () => {
  it("shows the versions and one set", async () => {
    const versions = json((await run("endpoints", "show", "--versions", "--json", "--cloud", "germany")).out);
    expect(versions.at(-1)).toMatchObject({ endpoints_version: "2021102900", origin: "shipped", sets: 29 });
    const [set] = json(
      (await run("endpoints", "show", "--set", "11", "--json", "--as-of", "2025120100")).out,
    );
    expect(set).toMatchObject({ set: 11, prefixes: ["52.112.0.0/14", "52.122.0.0/15", "2603:1063::/38"] });
    expect((await run("endpoints", "show", "--set", "4711")).status).toBe(2);
  });

  it("diff names the addresses that left the list, and each set's changes", async () => {
    const rows = json((await run("endpoints", "diff", "2022-11-01", "2024073100", "--json")).out);
    const found = (change: string, kind: string, value: string, set: number | null): unknown =>
      rows.find(
        (row) =>
          row["change"] === change && row["kind"] === kind && row["value"] === value && row["set"] === set,
      );
    expect(found("removed", "listed", "52.120.0.0/15", null)).toBeDefined();
    expect(found("removed", "eligible", "13.107.64.0/18", null)).toBeDefined();
    expect(found("removed", "prefix", "52.120.0.0/14", 11)).toBeDefined();
    expect(found("added", "prefix", "52.122.0.0/15", 11)).toBeDefined();
    expect(found("removed", "set", "Allow", 13)).toBeDefined();
    expect(json((await run("endpoints", "diff", "latest", "latest", "--json")).out)).toEqual([]);
  });

  it("diff with results names the flows that two lists judge differently", async () => {
    const rows = [
      ["flow_id", "client_ip", "client_zone", "server_ip", "server_zone", "server_port", "transport", "host"],
      ["1:a@1", "10.0.0.1", "internal", "52.121.3.4", "internet", "3478", "udp", ""],
      ["1:b@2", "10.0.0.1", "internal", "52.114.77.33", "microsoft", "3478", "udp", ""],
      ["1:c@3", "52.121.3.5", "microsoft", "203.0.113.1", "on-premises-server", "443", "tcp", ""],
    ];
    const csv = join(folder, "result.csv");
    writeFileSync(csv, `${rows.map((row) => row.join(",")).join("\n")}\n`);
    const ndjson = join(folder, "result.ndjson");
    const objects = rows
      .slice(1)
      .map((row) => Object.fromEntries((rows[0] ?? []).map((key, i) => [key, row[i]])));
    writeFileSync(ndjson, objects.map((each) => JSON.stringify(each)).join("\n"));
    for (const file of [csv, ndjson]) {
      const { out, err, status } = await run("endpoints", "diff", "2022103100", "2024073100", file, "--json");
      expect(status).toBe(0);
      expect(err).toContain("2 of 3 flows");
      expect(json(out)).toMatchObject([
        {
          flow_id: "1:a@1",
          address: "52.121.3.4",
          port: 3478,
          before: "Skype Optimize, eligible",
          after: "not listed",
        },
        { flow_id: "1:c@3", address: "52.121.3.5", port: null, after: "not listed" },
      ]);
    }
    expect((await run("endpoints", "diff", "2022103100", "latest", join(folder, "none.csv"))).status).toBe(2);
  });

  it.skipIf(SHARED === undefined)(
    "diff with a capture names the flows that two lists judge differently",
    async () => {
      const capture = readdirSync(shared("captures", "real"), { recursive: true, encoding: "utf8" }).find(
        (file) => /(?:^|[/\\])teams\.pcap$/.test(file),
      );
      const file = shared("captures", "real", capture ?? "teams.pcap");
      const { out, status } = await run("endpoints", "diff", "2020041400", "2025120100", file, "--json");
      expect(status).toBe(0);
      expect(json(out).find((row) => row["host"] === "gate.hockeyapp.net")).toMatchObject({
        before: "Common Default, not eligible",
        after: "not listed",
      });
      expect((await run("endpoints", "diff", "2020041400", "latest", join(folder, "none.pcap"))).status).toBe(
        2,
      );
    },
  );

  it("update fetches a newer list, which the next command judges by; a second one finds nothing new", async () => {
    const first = await run("endpoints", "update", "--json");
    expect(first.status).toBe(0);
    expect(json(first.out)).toMatchObject([
      { cloud: "worldwide", status: "updated", endpoints_version: "2026110100" },
    ]);
    expect(readdirSync(join(folder, "o365flow", "endpoints", "worldwide"))).toEqual(["2026110100.json"]);
    expect(json((await run("endpoints", "update", "--json")).out)).toMatchObject([{ status: "current" }]);
    expect(json((await run("lookup", "52.114.77.33", "--json")).out)[0]).toMatchObject({
      endpoints_version: "2026110100",
    });
  });

  it("update of all clouds is done in part where some cannot be had, and not at all where none can", async () => {
    const some = await run("endpoints", "update", "--all", "--json");
    expect(some.status).toBe(3);
    const strict = await run("endpoints", "update", "--all", "--json", "--strict");
    expect(strict.status).toBe(2);
    expect(json(some.out).map((row) => row["cloud"])).toEqual(["worldwide"]);
    expect(some.err).toContain("/version/China: the server answers 404");
    const none = await run("endpoints", "update", "--cloud", "china");
    expect([none.status, none.out]).toEqual([2, ""]);
  });

  it("writes its output file whole, in the form that its name asks for", async () => {
    const file = join(folder, "sets.ndjson");
    expect((await run("endpoints", "show", "--cloud", "china", "-o", file)).out).toBe("");
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(22);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ set: 1, service_area: "Exchange" });
  });

  it.each([
    ["lookup", "52.114.77.33"],
    ["endpoints", "show"],
    ["endpoints", "diff", "2024-01-01", "latest"],
    ["endpoints", "update"],
  ])(
    "%s %s refuses a form that its rows do not have, where the name of a file asks for it, too",
    async (...args) => {
      const file = join(folder, "answer.html");
      for (const wanted of [
        ["-o", file],
        ["-f", "html"],
        ["-f", "parquet", "-o", file],
      ]) {
        const refused = await run(...args, ...wanted);
        expect(refused.status).toBe(2);
        expect(refused.out).toBe("");
        expect(refused.err).toMatch(
          /^o365flow: --format (html|parquet): wanted one of table, csv, tsv, json, ndjson\n$/,
        );
        expect(existsSync(file)).toBe(false);
      }
    },
  );

  it("help names the forms that a command has, and no others", async () => {
    const named = async (...args: string[]): Promise<string[]> =>
      /--format <format> ([^;]*);/
        .exec((await run(...args, "--help")).out.replace(/\s+/g, " "))?.[1]
        ?.split(", ") ?? [];
    const rows = ["table", "csv", "tsv", "json", "ndjson"];
    expect(await named("lookup")).toEqual(rows);
    expect(await named("endpoints", "diff")).toEqual(rows);
    expect(await named("compare")).toEqual([...rows, "parquet"]);
    expect(await named("check")).toEqual([...rows, "parquet", "junit", "sarif"]);
    expect(await named("classify")).toEqual([...rows, "html", "parquet"]);
  });
});
