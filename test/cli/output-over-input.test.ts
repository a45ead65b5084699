import {
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { NO_USER_DATA, o365flow, PROGRAM } from "./run.ts";

const folder = temporaryFolder();
const CAPTURE = join(ROOT, "fixtures/edge-two-interfaces/edge.pcapng");
const site = join(folder, "site.yaml");
const list = join(folder, "captures.txt");
const endpoints = join(folder, "saved.txt");
copyFileSync(join(ROOT, "fixtures/edge-two-interfaces/site.yaml"), site);
writeFileSync(list, `${CAPTURE}\n`);
writeFileSync(
  endpoints,
  JSON.stringify([
    {
      id: 1,
      serviceArea: "Exchange",
      serviceAreaDisplayName: "Exchange Online",
      urls: ["outlook.office365.com"],
      ips: ["13.107.6.152/31"],
      tcpPorts: "80,443",
      expressRoute: true,
      category: "Optimize",
      required: true,
    },
  ]),
);

it.each([
  ["classify", site, [CAPTURE, "--site", site, "-o", site]],
  ["classify", list, ["--files-from", list, "-o", list]],
  ["calls", site, [CAPTURE, "--site", site, "-o", site]],
  ["doctor", site, [CAPTURE, "--site", site, "-o", site]],
  ["site", site, ["learn", CAPTURE, "--site", site, "-o", site]],
  ["annotate", site, [CAPTURE, "--site", site, "-w", site]],
  ["lookup", endpoints, ["192.0.2.1", "--endpoints", endpoints, "-o", endpoints]],
])("%s does not overwrite what tells it how to judge: %s", (command, file, args) => {
  const before = readFileSync(file, "utf8");
  const { status, stderr } = o365flow([command, ...args]);
  expect(stderr).toContain(`${file} is one of the inputs: give the output another name`);
  expect(status).toBe(2);
  expect(readFileSync(file, "utf8")).toBe(before);
});

const OVER = "is one of the inputs: give the output another name";
const ROUTES = join(ROOT, "fixtures/route-table");

/** A site with a route table, and other names of that table. */
function siteWithTable(): {
  readonly site: string;
  readonly table: string;
  readonly names: readonly string[];
} {
  const place = temporaryFolder();
  const site = join(place, "site.yaml");
  const table = join(place, "er-routes.txt");
  copyFileSync(join(ROUTES, "site.yaml"), site);
  copyFileSync(join(ROUTES, "er-routes.txt"), table);
  const [linked, hard] = [join(place, "symbolic.txt"), join(place, "hard.txt")];
  symlinkSync("er-routes.txt", linked);
  linkSync(table, hard);
  mkdirSync(join(place, "sub"));
  return { site, table, names: [table, linked, hard, join(place, "sub", "..", "er-routes.txt")] };
}

it("no name of a route table that the site description names is overwritten", () => {
  const { site: described, table, names } = siteWithTable();
  const before = readFileSync(table, "utf8");
  const capture = join(ROUTES, "trunk.pcap");
  for (const command of [["classify"], ["calls"], ["doctor"], ["site", "learn"]])
    for (const name of names) {
      const { status, stderr } = o365flow([...command, capture, "--site", described, "-o", name]);
      expect(stderr).toContain(`${name} ${OVER}`);
      expect(status).toBe(2);
    }
  const annotated = o365flow(["annotate", capture, "--site", described, "-w", names[1] ?? ""]);
  expect(annotated.status).toBe(2);
  expect(readFileSync(table, "utf8")).toBe(before);
});

it("no route table that the command line names is overwritten", () => {
  const { table } = siteWithTable();
  const before = readFileSync(table, "utf8");
  const { status, stderr } = o365flow([
    ...["classify", join(ROUTES, "trunk.pcap"), "--expressroute", `routes=${table}`],
    ...["--expressroute", "vlan=100", "-o", table],
  ]);
  expect(stderr).toContain(`${table} ${OVER}`);
  expect(status).toBe(2);
  expect(readFileSync(table, "utf8")).toBe(before);
});

it("endpoints diff overwrites neither lists, nor results, nor captures", () => {
  const [older, newer] = [join(folder, "older.json"), join(folder, "newer.json")];
  const [capture, result] = [join(folder, "copy"), join(folder, "flows.csv")];
  copyFileSync(endpoints, older);
  writeFileSync(newer, readFileSync(endpoints, "utf8").replace("13.107.6.152/31", "13.107.6.152/30"));
  copyFileSync(CAPTURE, capture);
  expect(o365flow(["classify", capture, "-o", result]).status).toBe(0);
  for (const file of [older, newer, capture, result]) {
    const before = readFileSync(file);
    const { status, stderr } = o365flow(["endpoints", "diff", older, newer, capture, result, "-o", file]);
    expect(stderr).toContain(`${file} ${OVER}`);
    expect(status).toBe(2);
    expect(readFileSync(file).equals(before)).toBe(true);
  }
  expect(o365flow(["endpoints", "diff", older, newer, "-o", newer]).stderr).toContain(OVER);
});

it("a list that endpoints update stored is not overwritten by what it judges", () => {
  const place = temporaryFolder();
  const stored = join(place, "o365flow", "endpoints", "worldwide");
  mkdirSync(stored, { recursive: true });
  const file = join(stored, "2026010100.json");
  writeFileSync(file, "not looked into before");
  const { status, stderr } = o365flow(["classify", CAPTURE, "-o", file], { env: { XDG_DATA_HOME: place } });
  expect(stderr).toContain(`${file} ${OVER}`);
  expect(status).toBe(2);
});

it("no file of an audit's directory is overwritten by what is made from it, but for its page", () => {
  const place = temporaryFolder();
  const directory = join(place, "audit");
  mkdirSync(directory);
  // Only their names count here: no file is read before the output is refused.
  writeFileSync(join(directory, "manifest.json"), "{}");
  copyFileSync(join(folder, "flows.csv"), join(directory, "flows.csv"));
  expect(o365flow(["classify", CAPTURE, "-o", join(directory, "flows.parquet")]).status).toBe(0);
  const policy = join(place, "policy.yaml");
  writeFileSync(policy, "version: 1\nrules:\n  - id: a\n    require: { path: [internet] }\n");
  for (const args of [
    ["query", directory, "SELECT 1", "--csv"],
    ["check", directory, "--policy", policy],
    ["compare", directory, join(folder, "flows.csv")],
    ["compare", join(folder, "flows.csv"), directory],
  ])
    for (const name of ["manifest.json", "flows.csv"]) {
      const file = join(directory, name);
      const before = readFileSync(file, "utf8");
      const { status, stderr } = o365flow([...args, "-o", file]);
      expect(stderr).toContain(`${file} ${OVER}`);
      expect(status).toBe(2);
      expect(readFileSync(file, "utf8")).toBe(before);
    }
  const page = join(directory, "report.html");
  writeFileSync(page, "the earlier one");
  expect(o365flow(["report", directory, "-o", page]).status).toBe(0);
  expect(readFileSync(page, "utf8")).toContain("<html");
});

it("no capture behind standard input or output is overwritten", () => {
  const capture = join(folder, "behind.pcapng");
  copyFileSync(CAPTURE, capture);
  const started = spawnSync(process.execPath, [PROGRAM, "classify", capture], {
    env: { ...process.env, XDG_DATA_HOME: NO_USER_DATA },
    stdio: ["ignore", openSync(capture, "a"), "pipe"],
    encoding: "utf8",
  });
  expect(started.stderr).toContain("what standard output is written into is one of the captures");
  expect(started.status).toBe(2);
  expect(readFileSync(capture).equals(readFileSync(CAPTURE))).toBe(true);

  const from = spawnSync(process.execPath, [PROGRAM, "classify", "-", "-o", capture], {
    env: { ...process.env, XDG_DATA_HOME: NO_USER_DATA },
    stdio: [openSync(capture, "r"), "pipe", "pipe"],
    encoding: "utf8",
  });
  expect(from.stderr).toContain(`${capture} is one of the captures`);
  expect(from.status).toBe(2);
  expect(readFileSync(capture).equals(readFileSync(CAPTURE))).toBe(true);
});
