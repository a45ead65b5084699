import { spawnSync } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FLOW_COLUMNS } from "../../src/report/columns.ts";
import { ROOT } from "../support/shared.ts";
import { PROGRAM, o365flow } from "./run.ts";

const FIXTURE = join(ROOT, "fixtures", "edge-two-interfaces");
const CAPTURE = join(FIXTURE, "edge.pcapng");
const SITE = ["--site", join(FIXTURE, "site.yaml")];
const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe("the forms of a report", () => {
  const csv = o365flow(["classify", ...SITE, CAPTURE]).stdout;
  const rows = csv.trimEnd().split("\n");

  it("is CSV into a pipe, with the contract's columns in their order and a line feed at each end", () => {
    expect(rows[0]).toBe(FLOW_COLUMNS.map((column) => column.name).join(","));
    expect(rows).toHaveLength(8);
    expect(csv).not.toContain("\r");
  });

  it("is one JSON array with the same keys, native types and null for what is not known", () => {
    const parsed = JSON.parse(o365flow(["classify", ...SITE, CAPTURE, "--json"]).stdout) as Record<
      string,
      unknown
    >[];
    expect(parsed).toHaveLength(7);
    expect(Object.keys(parsed[0] ?? {})).toEqual(FLOW_COLUMNS.map((column) => column.name));
    expect(parsed[1]).toMatchObject({
      client_port: 51301,
      er_eligible: true,
      nat_ip: null,
      verdict: "ok",
      endpoint_ids: "11;12;50;78",
    });
  });

  it("is one JSON object a line with --format ndjson", () => {
    const lines = o365flow(["classify", ...SITE, CAPTURE, "--format", "ndjson"])
      .stdout.trimEnd()
      .split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { verdict: string }).verdict)).toContain("asymmetric");
  });

  it("is a table that fits 80 columns", () => {
    const table = o365flow(["classify", ...SITE, CAPTURE, "--format", "table"], {
      env: { COLUMNS: "80" },
    }).stdout;
    expect(table).toMatch(/asymmetric/);
    expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("has a byte order mark, CRLF and dates without a zone for Excel", () => {
    const excel = o365flow(["classify", ...SITE, CAPTURE, "--excel"]).stdout;
    expect(excel.startsWith("\ufeffschema_version")).toBe(true);
    expect(excel.split("\r\n")).toHaveLength(9);
    expect(excel).toContain("2026-03-03 09:00:00.500,");
    const json = o365flow(["classify", ...SITE, CAPTURE, "--excel", "--format", "json"]);
    expect(json).toMatchObject({ status: 2, stdout: "" });
    expect(json.stderr).toContain("--excel is a form of CSV and TSV, not of json");
  });

  it("takes its form from the extension of the file it is written to", () => {
    const target = join(folder, "rows.ndjson");
    expect(o365flow(["classify", ...SITE, CAPTURE, "-o", target]).stdout).toBe("");
    expect(readFileSync(target, "utf8").trimEnd().split("\n")).toHaveLength(7);
  });

  it("has the columns that were asked for, in that order", () => {
    const some = o365flow(["classify", ...SITE, CAPTURE, "--columns", "verdict,client_port"]).stdout;
    expect(some.split("\n")[0]).toBe("verdict,client_port");
  });

  it("has times since 1970 with --time epoch", () => {
    const epoch = o365flow(["classify", ...SITE, CAPTURE, "--columns", "start", "--time", "epoch"]).stdout;
    expect(epoch.split("\n")[2]).toBe("1772528400.000000000");
  });
});

describe("the file that a report is written to", () => {
  it("is replaced as a whole, behind a link, too", () => {
    const target = file("old.csv", "old");
    const link = join(folder, "link.csv");
    symlinkSync(target, link);
    expect(o365flow(["classify", CAPTURE, "-q", "--columns", "verdict", "-o", link]).status).toBe(0);
    expect(readFileSync(target, "utf8")).toMatch(/^verdict\n/);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it("is written to where it is a device or a pipe", () => {
    const pipe = join(folder, "pipe");
    spawnSync("mkfifo", [pipe]);
    const command = `cat "${pipe}" & "${process.execPath}" "${PROGRAM}" classify -q --columns verdict -o "${pipe}" "${CAPTURE}"; wait`;
    expect(spawnSync("bash", ["-c", command], { encoding: "utf8" }).stdout).toMatch(/^verdict\n/);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  it("is never one of the captures", () => {
    const capture = file("mine.pcapng", readFileSync(CAPTURE));
    const run = o365flow(["classify", capture, "-o", capture]);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/is one of the captures/);
    expect(readFileSync(capture).equals(readFileSync(CAPTURE))).toBe(true);
  });

  it("is not begun where its folder is missing: status 2", () => {
    const run = o365flow(["classify", CAPTURE, "-q", "-o", join(folder, "nowhere", "rows.csv")]);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/cannot write .*nowhere.rows\.csv: ENOENT, its folder does not exist/);
  });
});

describe("which rows", () => {
  it("keeps verdicts and symmetries of --only", () => {
    const only = o365flow([
      "classify",
      ...SITE,
      CAPTURE,
      "--only",
      "asymmetric,suspect",
      "--columns",
      "verdict",
    ]);
    expect(only).toMatchObject({ stdout: "verdict\nasymmetric\n", status: 0 });
  });

  it("keeps flows that last into a span of time", () => {
    const span = o365flow([
      "classify",
      ...SITE,
      CAPTURE,
      "--since",
      "2026-03-03T09:00:00.45Z",
      "--until",
      "2026-03-03T09:00:00.6Z",
      "--columns",
      "client_port",
    ]);
    expect(span.stdout).toBe("client_port\n51304\n");
  });

  it("asks for a span of time to the last digit that times have", () => {
    const rows = (...span: string[]): string[] =>
      o365flow(["classify", CAPTURE, "--columns", "start,end", "-q", ...span])
        .stdout.trim()
        .split("\n")
        .slice(1);
    const [start = "", end = ""] = rows()[0]?.split(",") ?? [];
    const after = (time: string): string =>
      time.replace(
        /\.(\d+)Z$/,
        (_, digits: string) => `.${String(Number(digits) + 1).padStart(digits.length, "0")}Z`,
      );
    const first = `${start},${end}`;
    expect(rows("--since", end)).toContain(first);
    expect(rows("--since", after(end))).not.toContain(first);
    expect(rows("--until", start)).not.toContain(first);
    expect(rows("--until", after(start))).toContain(first);
  });
});

it("without a site, a note names what declares paths, and the command that finds it", () => {
  const { stderr } = o365flow(["classify", CAPTURE]);
  for (const words of ["--site", "--expressroute vlan=100", "o365flow doctor"])
    expect(stderr).toContain(words);
});

describe("exit status", () => {
  it("is 0 when nothing was found", () => {
    expect(o365flow(["classify", CAPTURE, "--only", "mixed"]).status).toBe(0);
  });

  it("is 1 when a --fail-on condition is met", () => {
    expect(o365flow(["classify", ...SITE, CAPTURE, "--fail-on", "asymmetric"]).status).toBe(1);
    expect(o365flow(["classify", ...SITE, CAPTURE, "--fail-on", "mixed"]).status).toBe(0);
  });

  it("is 1 whichever rows are shown", () => {
    const run = o365flow(["classify", ...SITE, CAPTURE, "--only", "mixed", "--fail-on", "asymmetric"]);
    expect(run.status).toBe(1);
    expect(run.stdout.trimEnd().split("\n")).toHaveLength(1);
  });

  it.each([
    ["a wrong option", ["classify", "--colour", CAPTURE], /unknown option '--colour'/],
    [
      "a wrong option that a terminal would obey",
      ["classify", "--\u001b[31mred\r\u202e"],
      /unknown option '--\\x1b\[31mred\\x0d\\u\{202e\}'/,
    ],
    ["a wrong command", ["clasify", CAPTURE], /unknown command 'clasify'[^]*Did you mean classify\?/],
    [
      "a word that is no verdict",
      ["classify", CAPTURE, "--only", "bad"],
      /--only bad: wanted words out of asymmetric/,
    ],
    ["no capture", ["classify"], /no capture named/],
    [
      "a format that does not exist",
      ["classify", CAPTURE, "--format", "xml"],
      /--format xml: wanted one of table, csv/,
    ],
    [
      "a column that does not exist",
      ["classify", CAPTURE, "--columns", "color"],
      /--columns color: no such column/,
    ],
    [
      "a part of a flow",
      ["classify", CAPTURE, "--max-flows", "1.5"],
      /--max-flows 1\.5: wanted a whole number above 0/,
    ],
    ["a part of a thread", ["classify", CAPTURE, "--jobs", "1.5"], /--jobs 1\.5: wanted a whole number/],
    ["help of a command that does not exist", ["help", "clasify"], /help clasify: no such command/],
    ["a site file that is missing", ["classify", CAPTURE, "--site", "nowhere.yaml"], /nowhere\.yaml/],
    ["a marker that makes no sense", ["classify", CAPTURE, "--expressroute", "vlan=9999"], /vlan/],
    [
      "an endpoint version that does not exist",
      ["classify", CAPTURE, "--as-of", "yesterday"],
      /--as-of yesterday/,
    ],
  ])("is 2 for %s, and the message says what was wanted", (_name, args, message) => {
    const run = o365flow(args);
    expect(run.status).toBe(2);
    expect(run.stdout).toBe("");
    expect(run.stderr).toMatch(message);
  });

  it("is 0 for a day before the first endpoint list, and a note says which one judges", () => {
    const run = o365flow(["classify", CAPTURE, "--as-of", "2017-01-01"]);
    expect(run.status).toBe(0);
    expect(run.stderr).toMatch(/before the first known endpoint list: judged by \d{10}/);
  });

  it.each(["classify", "calls", "doctor", "annotate"])(
    "is 2 for a folder without a capture, and %s says that it found none, quiet or not",
    (command) => {
      const bare = join(folder, "bare");
      mkdirSync(bare, { recursive: true });
      const write = command === "annotate" ? ["-w", join(folder, "none.pcapng")] : [];
      expect(o365flow([command, bare, "-q", ...write])).toMatchObject({
        status: 2,
        stderr: "o365flow: no capture was found; -r reads the folders inside folders, too\n",
      });
    },
  );

  it("is 2 for a file that is missing, empty or no capture, and says which", () => {
    const empty = file("empty.pcap", "");
    const text = file("notes.txt", "these are notes of a meeting\n".repeat(20));
    expect(o365flow(["classify", join(folder, "missing.pcap")])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/missing\.pcap/) as string,
    });
    expect(o365flow(["classify", empty])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/empty\.pcap is empty/) as string,
    });
    expect(o365flow(["classify", text])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/notes\.txt.*text/) as string,
    });
  });

  it("is 3 for half a file, whose good flows are reported, and 2 with --strict", () => {
    const whole = readFileSync(CAPTURE);
    const half = file("half.pcapng", whole.subarray(0, Math.floor(whole.length / 2)));
    const run = o365flow(["classify", ...SITE, half, "--columns", "capture_status,client_port"]);
    expect(run.status).toBe(3);
    expect(run.stdout).toContain("truncated,51301");
    expect(run.stderr).toMatch(/half\.pcapng: .* at byte [\d,]+ .*packets? read before it/);
    expect(o365flow(["classify", half, "--strict"]).status).toBe(2);
  });

  it("is 3 when one of two inputs is missing; the other one's flows are reported", () => {
    const run = o365flow(["classify", ...SITE, CAPTURE, join(folder, "gone.pcap")]);
    expect(run.status).toBe(3);
    expect(run.stdout.trimEnd().split("\n")).toHaveLength(8);
  });
});

describe("pipes", () => {
  it("reads standard input, with the same rows as the file", () => {
    const columns = [
      "--columns",
      FLOW_COLUMNS.map((column) => column.name)
        .filter((name) => name !== "capture")
        .join(","),
    ];
    const piped = o365flow(["classify", "-", ...SITE, ...columns], { input: readFileSync(CAPTURE) });
    expect(piped.stdout).toBe(o365flow(["classify", CAPTURE, ...SITE, ...columns]).stdout);
  });

  it("go on where who reads the notes has gone", () => {
    const target = join(folder, "whole.csv");
    const command = `"${process.execPath}" "${PROGRAM}" classify -o "${target}" "${CAPTURE}" 2>&1 | true; echo "\${PIPESTATUS[0]}"`;
    expect(spawnSync("bash", ["-c", command], { encoding: "utf8" }).stdout).toBe("0\n");
    expect(readFileSync(target, "utf8").trimEnd().split("\n")).toHaveLength(8);
  });

  it("ends quietly when the reader of its output goes away", () => {
    const command = `"${process.execPath}" "${PROGRAM}" classify -q "${CAPTURE}" | head -1; echo "\${PIPESTATUS[0]}"`;
    const run = spawnSync("bash", ["-c", command], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout.split("\n")).toEqual([FLOW_COLUMNS.map((column) => column.name).join(","), "0", ""]);
  });

  it("says nothing on standard error with -q but for errors", () => {
    expect(o365flow(["classify", "-q", ...SITE, CAPTURE]).stderr).toBe("");
  });
});

describe("hostile names", () => {
  it("does not let a capture's name run as a formula or move the cursor", () => {
    const evil = file("=HYPERLINK(1) \u001b[2J.pcapng", readFileSync(CAPTURE));
    const run = o365flow(["classify", evil, "--columns", "capture"]);
    expect(run.stdout.split("\n")[1]).toMatch(/^"?'=HYPERLINK/);
    expect(o365flow(["classify", evil, "--format", "table", "--columns", "capture"]).stdout).not.toContain(
      "\u001b",
    );
    expect(o365flow(["classify", `${evil}x`]).stderr).not.toContain("\u001b");
  });
});

describe("help", () => {
  it("lists the commands without an argument, and prints the version", () => {
    expect(o365flow([])).toMatchObject({ status: 0, stdout: expect.stringContaining("classify") as string });
    expect(o365flow(["--version"]).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
