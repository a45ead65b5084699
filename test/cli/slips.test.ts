import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { o365flow, o365flowEach, type Run } from "./run.ts";

/** What an engineer in a hurry types: each is told what is wrong with it, and nothing is left out silently. */
const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true }));

const CAPTURE = join(ROOT, "fixtures/edge-two-interfaces/edge.pcapng");
const SITE = join(ROOT, "fixtures/edge-two-interfaces/site.yaml");
const RULES = "version: 1\nrules:\n  - id: symmetric\n    require: { symmetry: [symmetric] }\n";

const SLIPS: readonly [args: readonly string[], status: number, said: string][] = [
  [["classify", ""], 2, "classify: a name is empty: is a variable not set?"],
  [["classify", CAPTURE, "--site", ""], 2, "--site has an empty value: is a variable not set?"],
  [["classify", CAPTURE, "--site", SITE, "--site", "b.yaml"], 2, `--site is given twice, ${SITE} and b.yaml`],
  [
    ["classify", CAPTURE, "--only", "mixed", "--only", "asymmetric"],
    2,
    "--only is given twice, mixed and asymmetric",
  ],
  [["classify", CAPTURE, "-f", "table", "-f", "csv", "--jobs", "1", "-j", "2", "-q"], 0, ""],
  [["classify", CAPTURE, "--excel", "--time", "epoch"], 2, "leave out --time epoch, or --excel"],
  [["classify", CAPTURE, "--excel", "--eol", "lf"], 2, "leave out --eol lf, or --excel"],
  [["classify", CAPTURE, "--excel", "--eol", "crlf", "-q"], 0, ""],
  [["classify", CAPTURE, "--json", "--bom"], 2, "--bom is a form of CSV and TSV, not of json"],
  [
    ["classify", CAPTURE, "-f", "ndjson", "--eol", "crlf"],
    2,
    "--eol crlf is a form of CSV and TSV, not of ndjson",
  ],
  [
    ["check", "r.csv", "-p", "rules.yaml", "-f", "junit", "--bom"],
    2,
    "--bom is a form of CSV and TSV, not of junit",
  ],
  [["classify", CAPTURE, "-f", "table", "--bom", "--eol", "crlf", "-q"], 0, ""],
  [["classify", CAPTURE, "--json", "--eol", "crlf", "--eol", "lf", "-q"], 0, ""],
  [["classify", CAPTURE, "--csv", "--json"], 2, "--csv and --json: which one?"],
  [["classify", CAPTURE, "--csv", "-f", "json"], 2, "--format json and --csv: which one?"],
  [
    ["compare", "a.csv", "b.csv", "-o", "out.xlsx"],
    2,
    ".csv, .tsv, .json, .ndjson, .jsonl, .txt, .parquet (",
  ],
  [["classify", CAPTURE, "-o", "out.xlsx"], 2, "-o out.xlsx: no form of a report ends in .xlsx"],
  [["classify", CAPTURE, "--columns", "host,verdict,host"], 2, "--columns names host twice"],
  [
    ["classify", CAPTURE, "--since", "2026-03-04", "--until", "2026-03-03"],
    2,
    "--since 2026-03-04 is later than --until 2026-03-03",
  ],
  [
    ["calls", CAPTURE, "--since", "2026-03-04", "--until", "2026-03-03"],
    2,
    "--since 2026-03-04 is later than --until 2026-03-03",
  ],
  [
    ["classify", CAPTURE, "--since", "2026"],
    2,
    "--since 2026: a date, or seconds since 1970? Write 2026-01-01",
  ],
  [
    ["calls", CAPTURE, "--client", "10.0.0.1", "--at", "20260303"],
    2,
    "--at 20260303: a date, or seconds since 1970? Write 2026-03-03, or 20260303.0 for seconds",
  ],
  [["classify", CAPTURE, "--as-of", "yesterday"], 2, 'or a list version YYYYMMDDNN, nor "capture"'],
  [["classify", CAPTURE, "--as-of", "2025120199"], 0, "there is no stored endpoint list 2025120199"],
  [["annotate", CAPTURE, "-w", "a.csv"], 2, "-w a.csv: annotate writes pcapng, so call it a.pcapng"],
  [["doctor", CAPTURE, "-o", "a.csv"], 2, "-o a.csv: doctor writes text or JSON, so call it a.txt or a.json"],
  [
    ["classify", CAPTURE, "--columns", "verdict", "-o", "a.html"],
    2,
    "--columns: html has columns of its own",
  ],
  [
    ["classify", CAPTURE, "--time", "epoch", "-o", "a.parquet"],
    2,
    "--time epoch: parquet has times of its own",
  ],
  [
    ["check", "r.csv", "-p", "rules.yaml", "--columns", "rule", "-f", "sarif"],
    2,
    "--columns: sarif has columns",
  ],
  [["calls", CAPTURE, "--ladder", "Ab", "-o", "a.csv"], 2, "calls --ladder writes text, so call it a.txt"],
  [["calls", CAPTURE, "--ladder", "Ab", "--json"], 2, "--json is of rows: --ladder draws one call as text"],
  [["audit", "gc", "one", "--out", "other"], 2, "one and --out other: the directory of which audit?"],
  [["endpoints", "show", "--set", "11", "--versions"], 2, "--versions and --set: which one?"],
  [["endpoints", "update", "--all", "--cloud", "china"], 2, "--all and --cloud china: which one?"],
  [["site", "learn", CAPTURE, "-o", "a.csv"], 2, "-o a.csv: site learn writes YAML, so call it a.yaml"],
  [["site", "init", "-o", "a.json"], 2, "-o a.json: site init writes YAML, so call it a.yaml"],
  [["report", "r.csv", "-o", "page.csv"], 2, "-o page.csv: report writes HTML, so call it page.html"],
  [["check", "r.csv", "-p", "rules.yaml", "-f", "xls"], 2, "ndjson, parquet, junit, sarif"],
  [["compare", "r.csv", "r.csv", "-f", "xls"], 2, "wanted one of table, csv, tsv, json, ndjson, parquet\n"],
  [["lookup", "192.0.2.1", "-f", "xls"], 2, "wanted one of table, csv, tsv, json, ndjson\n"],
  [["check", "none.ndjson", "-p", "rules.yaml", "-q"], 3, "none.ndjson is empty: taken for a result without"],
  [["report", "none.ndjson", "-o", "page.html", "-q"], 3, "none.ndjson is empty: taken for a result without"],
  [["compare", "r.csv", "none.ndjson", "-q"], 3, "none.ndjson is empty: taken for a result without"],
  [["check", "none.ndjson", "-p", "rules.yaml", "--strict", "-q"], 2, "none.ndjson is empty: taken for"],
  [["report", "none.ndjson", "-o", "page.html", "--strict", "-q"], 2, "none.ndjson is empty: taken for"],
  [["compare", "r.csv", "none.ndjson", "--strict", "-q"], 2, "none.ndjson is empty: taken for"],
  [["check", "none.csv", "-p", "rules.yaml"], 2, "none.csv is empty: not even a header is in it"],
  [["check", "r.csv", "-p", "rules16.yaml", "-q"], 1, ""],
  [["classify", CAPTURE, "--site", CAPTURE], 2, `${CAPTURE}: is a capture: wanted a site description`],
  [
    ["classify", CAPTURE, "--site", "r.csv"],
    2,
    "r.csv: is CSV, by its first line: wanted a site description",
  ],
  [["check", "r.csv", "-p", "r.csv"], 2, "r.csv: is CSV, by its first line: wanted a policy (YAML or JSON)"],
  [["report", CAPTURE, "-o", "page.html"], 2, `${CAPTURE} is a capture: wanted a result of it`],
  [["query", "select 1", "r.parquet"], 2, 'then the SQL: o365flow query r.parquet "select 1"'],
  [["classify", "--files-from", "list16.txt", "-q"], 0, ""],
  [["audit", "--files-from", "list16.txt", "--out", "listed", "-q"], 0, ""],
  [["classify", "--files-from", "none.csv"], 2, "the list of --files-from none.csv names no capture"],
  [["classify", CAPTURE, "--files-from", "none.csv"], 0, "none.csv: left out, it names no capture"],
  [
    ["audit", CAPTURE, "--files-from", "none.csv", "--out", "beside"],
    0,
    "--files-from none.csv names no capture",
  ],
  [["classify", "-dash.pcap"], 2, "-dash.pcap is a file: write ./-dash.pcap"],
  [
    ["classify", "--fromat", "csv"],
    2,
    "(Did you mean --format?)\no365flow help classify lists what there is",
  ],
  [["site", "chek"], 2, "(Did you mean check?)\no365flow help site lists what there is"],
  [["query"], 2, "missing required argument 'dir'\no365flow help query lists what there is"],
  [["help", "site", "chek"], 2, "help chek: no such command; did you mean check?; o365flow help site lists"],
  [["audit", "stats", "out"], 2, "audit stats: no such file or folder; did you mean audit status?"],
  [
    ["audit", CAPTURE, "--out", "unmade", "--memory", "lots"],
    2,
    "--memory lots: wanted a size such as 512MB",
  ],
  [["explain", CAPTURE, "no.pcap", `${CAPTURE}#1`, "-q"], 3, "no.pcap does not exist"],
  [["explain", CAPTURE, "no.pcap", `${CAPTURE}#1`, "--strict", "-q"], 2, "no.pcap does not exist"],
  [["explain", CAPTURE], 2, "explain wants captures, and behind them the flow: a flow_id, a Community ID"],
  [["classify", CAPTURE, "--columns", "hots"], 2, "--columns hots: no such column; did you mean host?"],
  [["endpoints", "diff", "2020", "latest"], 2, "2020: is no version (YYYYMMDDNN), no day (YYYY-MM-DD)"],
];

describe("a slip on the command line", () => {
  let runs: Run[] = [];
  beforeAll(() => {
    const result = o365flow(["classify", CAPTURE, "--site", SITE, "-q"]).stdout;
    const files: Readonly<Record<string, string | Buffer>> = {
      "r.csv": result,
      "rules.yaml": RULES,
      "rules16.yaml": Buffer.from(`\ufeff${RULES.replaceAll("\n", "\r\n")}`, "utf16le"),
      "list16.txt": Buffer.from(`\ufeff${CAPTURE}\r\n`, "utf16le"),
      "none.ndjson": "",
      "none.csv": "",
      "-dash.pcap": "",
      "r.parquet": "PAR1",
      "nothing.pcap": Buffer.from("d4c3b2a1020004000000000000000000ffff000001000000", "hex"),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    runs = o365flowEach(SLIPS.map(([args]) => ({ args, cwd: folder })));
  });

  it.each(SLIPS.map((slip, i) => [slip[0].join(" "), slip, i] as const))("%s", (_name, slip, i) => {
    const [, status, said] = slip;
    expect(runs[i]).toMatchObject({ status, stderr: said === "" ? "" : expect.stringContaining(said) });
  });

  it("in an audit leaves no folder behind", () => {
    expect(existsSync(join(folder, "unmade"))).toBe(false);
  });

  it.each([["classify"], ["calls"]])(
    "has no result of %s, where nothing could be read: an older one stays",
    (command) => {
      const older = join(folder, "older.csv");
      writeFileSync(older, "older\n");
      const [written, piped, empty] = o365flowEach([
        { args: [command, "none.pcap", "-o", older], cwd: folder },
        { args: [command, "none.pcap", "none.csv", "--json"], cwd: folder },
        { args: [command, "nothing.pcap", "--columns", "start"], cwd: folder },
      ]);
      expect(written).toMatchObject({ status: 2, stdout: "" });
      expect(readFileSync(older, "utf8")).toBe("older\n");
      expect(readdirSync(folder).filter((name) => name.includes("older"))).toEqual(["older.csv"]);
      expect(piped).toMatchObject({ status: 2, stdout: "" });
      // A capture without packets was read: it has no rows.
      expect(empty).toMatchObject({ status: 0, stdout: "start\n" });
    },
  );

  it("is no empty standard input, either: the program before it may have failed", () => {
    const run = o365flow(["check", "-", "-p", join(folder, "rules.yaml")], { input: new Uint8Array() });
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toContain("standard input is empty");
  });
});

it.each([
  ["site", "check"],
  ["endpoints", "diff"],
  ["stage", "map"],
])("help of a command of a command: %s %s", (command, child) => {
  const help = o365flow(["help", command, child]);
  expect(help).toEqual(o365flow([command, child, "--help"]));
  expect(help.stdout).toContain(`Usage: o365flow ${command} ${child} `);
});

it("doctor writes JSON into what is called .json", () => {
  const file = join(folder, "doctor.json");
  const run = o365flow(["doctor", CAPTURE, "--site", SITE, "-q", "-o", file]);
  expect(run).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(JSON.parse(readFileSync(file, "utf8"))).toBeTypeOf("object");
});

it("the schema of rows with --time epoch is of their times", () => {
  const { properties } = JSON.parse(o365flow(["schema", "--time", "epoch"]).stdout) as {
    properties: Record<string, { pattern?: string; format?: string }>;
  };
  const rows = JSON.parse(o365flow(["classify", CAPTURE, "--json", "--time", "epoch", "-q"]).stdout) as {
    start: string;
  }[];
  expect(properties["start"]?.format).toBeUndefined();
  for (const { start } of rows) expect(start).toMatch(new RegExp(properties["start"]?.pattern ?? "^$"));
});
