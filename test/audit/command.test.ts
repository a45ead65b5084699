import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { o365flow, type Run } from "../cli/run.ts";
import { type Truth, writeArchive } from "./archive.ts";
import { audit, resultOf, statusOf } from "./audit-command.ts";
import { Running, until } from "./processes.ts";

const FOREVER = 24 * 3_600_000;

let folder: string;
let archive: string;
let truth: Truth;
let out: string;
let first: Run;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-audit-"));
  archive = join(folder, "archive");
  truth = writeArchive(archive, { minutes: 6, sessions: 120, calls: 1 });
  out = join(folder, "out");
  first = audit(archive, "--site", join(archive, "site.yaml"), "-o", out, "--window", "200kB", "--jobs", "2");
}, FOREVER);
afterAll(() => rm(folder, { recursive: true }));

it("an archive becomes one result: every flow once, asymmetric ones told", () => {
  expect(first).toMatchObject({ status: 0, stdout: "" });
  expect(first.stderr).toContain(`asymmetric ${truth.asymmetric}`);
  const rows = o365flow([
    "query",
    out,
    "SELECT count(*) AS n, count(DISTINCT flow_id) AS d FROM flows",
    "--json",
  ]);
  expect(JSON.parse(rows.stdout)).toEqual([{ n: truth.flows, d: truth.flows }]);
  const symmetry = o365flow(["query", out, "SELECT symmetry, count(*) FROM flows GROUP BY ALL ORDER BY ALL"]);
  expect(symmetry.stdout.split("\n").slice(1, 3)).toEqual([
    `asymmetric,${truth.asymmetric}`,
    `symmetric,${truth.flows - truth.asymmetric}`,
  ]);
  expect(statusOf(out)).toMatchObject({ complete: true, set_aside: [], worked_on_by: null });
  expect(statusOf(out).stages.find(({ stage }) => stage === "map")?.tasks).toBeGreaterThan(2);
});

it("the rows are those of classify over all captures at once", () => {
  const classified = o365flow(["classify", archive, "--site", join(archive, "site.yaml"), "--csv", "-q"]);
  const sorted = (text: string): string[] => text.trimEnd().split("\n").sort();
  expect(sorted(readFileSync(join(out, "flows.csv"), "utf8"))).toEqual(sorted(classified.stdout));
});

it(
  "neither order, nor number of workers, nor what an earlier run had done changes a byte",
  () => {
    const other = join(folder, "other");
    const files = readdirSync(archive).filter((name) => name.endsWith(".pcap"));
    const site = ["--site", join(archive, "site.yaml"), "--window", "200kB", "-o", other];
    const some = files.filter((_, i) => i % 3 !== 0).map((name) => join(archive, name));
    expect(audit(...some.toReversed(), ...site, "--jobs", "1").status).toBe(0);
    const whole = audit(...files.map((name) => join(archive, name)).toReversed(), "-o", other, "--jobs", "3");
    expect(whole.status).toBe(0);
    expect(resultOf(other)).toEqual(resultOf(out));
  },
  FOREVER,
);

it("status names files of the result that are there no more, and the audit is not complete without them", () => {
  const copy = join(folder, "incomplete");
  cpSync(out, copy, { recursive: true });
  const [name = ""] = readdirSync(copy).filter((each) => /^flows\.(parquet|csv|ndjson)$/.test(each));
  unlinkSync(join(copy, name));
  expect(statusOf(copy)).toMatchObject({ complete: false, missing: [name] });
  expect(audit("status", copy).stdout).toMatch(
    new RegExp(`^${copy}: not complete; run o365flow audit[^]*\n {2}missing: ${name}\n`),
  );
  expect(audit("--out", copy).status).toBe(0);
  expect(statusOf(copy)).toMatchObject({ complete: true, missing: [] });
});

it("says, as classify does, that the endpoint list is not of the time that it judges", () => {
  const one = readdirSync(archive).filter((name) => /\.pcap/.test(name))[0] ?? "";
  const asked = [join(archive, one), "--as-of", "2010-01-01"];
  const said = /before the first known endpoint list: judged by \d+ \(worldwide\)/;
  expect(o365flow(["classify", ...asked]).stderr).toMatch(said);
  expect(audit(...asked, "-o", join(folder, "early")).stderr).toMatch(said);
});

it("nothing is done twice; without paths and options it is the same audit again", () => {
  const before = resultOf(out);
  const again = audit("--out", out);
  expect(again.status).toBe(0);
  expect(again.stderr).toContain("nothing was left to do");
  expect(resultOf(out)).toEqual(before);
  const text = audit("status", "--out", out);
  expect(text).toMatchObject({ status: 0, stderr: "" });
  expect(text.stdout).toContain(`${out}: complete\n  ${truth.captures} captures`);
});

it(
  "other options judge everything anew, the old ones bring the old result back",
  () => {
    const copy = join(folder, "copy");
    cpSync(out, copy, { recursive: true });
    const site = join(folder, "site.yaml");
    writeFileSync(
      site,
      readFileSync(join(archive, "site.yaml"), "utf8").replace("kind: internet", "kind: other"),
    );
    const changed = audit("--out", copy, "--site", site);
    expect(changed.status).toBe(0);
    expect(changed.stderr).toContain("every window is judged anew");
    expect(resultOf(copy)).not.toEqual(resultOf(out));
    const back = audit("--out", copy, "--site", join(archive, "site.yaml"));
    expect(back.status).toBe(0);
    expect(resultOf(copy)).toEqual(resultOf(out));
    // What only the other settings needed is garbage now.
    writeFileSync(join(copy, "map", ".tmp-x.parquet~elsewhere~1~0123456789ab"), "young");
    const dry = audit("gc", copy, "--dry-run");
    expect(dry.stdout).toMatch(/map\//);
    const swept = audit("gc", copy);
    expect(swept.stdout).toBe(dry.stdout);
    expect(audit("gc", copy).stdout).toBe("");
    expect(readdirSync(join(copy, "map"))).toContain(".tmp-x.parquet~elsewhere~1~0123456789ab");
    expect(audit("--out", copy).stderr).toContain("nothing was left to do");
    expect(resultOf(copy)).toEqual(resultOf(out));
  },
  FOREVER,
);

it("a damaged capture and one that is none are rows with a reason; exit status 3", () => {
  const broken = join(folder, "broken");
  mkdirSync(broken);
  for (const name of ["lon-er1-000.pcap", "lon-er1-001.pcap"])
    copyFileSync(join(archive, name), join(broken, name));
  truncateSync(join(broken, "lon-er1-000.pcap"), 5000);
  const named = join(broken, "named.pcap");
  writeFileSync(named, "no capture at all");
  const run = audit(broken, named, join(broken, "missing.pcap"), "-o", join(folder, "out-broken"));
  expect(run.status).toBe(3);
  expect(run.stderr).toContain("missing.pcap does not exist");
  const files = o365flow([
    "query",
    join(folder, "out-broken"),
    "SELECT capture, status FROM files ORDER BY capture",
  ]);
  expect(files.stdout).toMatch(/lon-er1-000\.pcap,truncated\nlon-er1-001\.pcap,ok\n/);
  expect(audit("--out", join(folder, "out-broken"), "--strict").status).toBe(2);
});

it("--fail-on is a gate", () => {
  expect(audit("--out", out, "--fail-on", "asymmetric").status).toBe(1);
  expect(audit("--out", out, "--fail-on", "suspect,return-missing").status).toBe(0);
  expect(audit("--out", out, "--fail-on", "nonsense").status).toBe(2);
});

it("--progress json is one object a line, and the last says what it came to", () => {
  const run = audit("--out", out, "--progress", "json");
  const lines = run.stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.find(({ event }) => event === "progress")).toMatchObject({
    captures: truth.captures,
    captures_done: truth.captures,
    damaged: 0,
  });
  expect(lines.at(-1)).toMatchObject({ event: "done", status: 0, flows: truth.flows });
});

it("says what is wrong: no directory, another's directory, standard input, no capture", () => {
  expect(audit(archive).stderr).toContain("--out DIR");
  expect(audit(archive, "-o", archive).stderr).toContain("no directory of an audit and not empty");
  expect(audit("-", "-o", join(folder, "x")).stderr).toContain("not standard input");
  expect(audit("-o", join(folder, "y")).stderr).toContain("no capture named");
  expect(audit(archive, "-o", join(archive, "site.yaml")).stderr).toContain("is a file");
  mkdirSync(join(folder, "empty"));
  const empty = audit(join(folder, "empty"), "-o", join(folder, "z"));
  expect(empty).toMatchObject({ status: 2 });
  expect(empty.stderr).toContain("there is no capture");
  for (const args of [
    ["--memory", "1MB"],
    ["--memory", "lots"],
    ["--jobs", "0"],
    ["--window", "x"],
    ["--format", "xls"],
    ["--queue", "ftp://x"],
  ])
    expect(audit(archive, "-o", join(folder, "v"), ...args).status, args.join(" ")).toBe(2);
  expect(audit("status", join(folder, "nowhere")).stderr).toContain("no audit was begun here");
  expect(audit("gc", join(folder, "nowhere")).status).toBe(2);
  writeFileSync(join(folder, "v", "manifest.json"), "{");
  expect(audit("status", join(folder, "v")).stderr).toContain("is damaged");
});

it("a directory in which an audit was only begun is taken up: by a mistyped option, or an end before the manifest was there", () => {
  const capture = join(archive, "lon-isp-000.pcap");
  const begun = join(folder, "begun");
  for (const option of ["--format=xls", "--window=x"])
    expect(audit(capture, "-o", begun, option).stderr).toContain(option.split("=")[0]);
  expect(audit(capture, "-o", begun)).toMatchObject({ status: 0 });

  for (const left of [["captures.json"], []]) {
    const cut = join(folder, `cut-${left.length}`);
    mkdirSync(cut);
    for (const name of readdirSync(begun))
      if (name.startsWith("settings-") || left.includes(name))
        copyFileSync(join(begun, name), join(cut, name));
    expect(readdirSync(cut)).toHaveLength(1 + left.length);
    expect(audit(capture, "-o", cut)).toMatchObject({ status: 0 });
    expect(resultOf(cut)).toEqual(resultOf(begun));
  }

  const other = join(folder, "stranger");
  mkdirSync(other);
  writeFileSync(join(other, "captures.json"), "[]");
  expect(audit(capture, "-o", other).stderr).toContain("no directory of an audit and not empty");
});

it.skipIf(process.getuid?.() === 0)("a folder that cannot be read is named, the rest is audited", () => {
  const mixed = join(folder, "mixed");
  mkdirSync(join(mixed, "locked"), { recursive: true });
  copyFileSync(join(archive, "lon-er1-000.pcap"), join(mixed, "a.pcap"));
  chmodSync(join(mixed, "locked"), 0);
  const run = audit(mixed, "-o", join(folder, "out-mixed"));
  chmodSync(join(mixed, "locked"), 0o755);
  expect(run.status).toBe(3);
  expect(run.stderr).toMatch(/locked cannot be read/);
});

it("the audit's own directory may lie inside the archive", () => {
  const inside = join(folder, "inside");
  mkdirSync(inside);
  copyFileSync(join(archive, "lon-er1-000.pcap"), join(inside, "a.pcap"));
  expect(audit(inside, "-o", join(inside, "audit")).status).toBe(0);
  const again = audit("-o", join(inside, "audit"), "-v");
  expect(again).toMatchObject({ status: 0 });
  expect(again.stderr).toContain("1 capture,");
  expect(again.stderr).not.toContain("left out");
});

it(
  "SIGINT: status 130, no unfinished files, and the same command goes on",
  async () => {
    const stopped = join(folder, "stopped");
    const args = [
      archive,
      "--site",
      join(archive, "site.yaml"),
      "-o",
      stopped,
      "--window",
      "200kB",
      "--jobs",
      "1",
    ];
    const run = new Running(["audit", ...args]);
    await until(
      () =>
        existsSync(join(stopped, "survey")) &&
        readdirSync(join(stopped, "survey")).some((name) => name.endsWith(".json")),
    );
    const second = audit(...args);
    expect(second.status).toBe(2);
    expect(second.stderr).toContain(`is being worked on by process ${run.pid}`);
    expect(statusOf(stopped).worked_on_by).toMatchObject({ pid: run.pid });
    run.signal("SIGINT");
    expect(await run.ended()).toBe(130);
    expect(run.stderr).toContain("the same command goes on from here");
    const left = readdirSync(stopped, { recursive: true }).map(String);
    expect(left.filter((name) => name.includes(".tmp-") || name === "lock")).toEqual([]);
    expect(audit(...args).status).toBe(0);
    expect(resultOf(stopped)).toEqual(resultOf(out));
  },
  FOREVER,
);

it(
  "kill -9: the next run says so, goes on, and comes to the same result",
  async () => {
    const killed = join(folder, "killed");
    const args = [
      archive,
      "--site",
      join(archive, "site.yaml"),
      "-o",
      killed,
      "--window",
      "200kB",
      "--jobs",
      "2",
    ];
    const run = new Running(["audit", ...args]);
    await until(
      () =>
        existsSync(join(killed, "map")) &&
        readdirSync(join(killed, "map")).some((name) => name.endsWith(".json")),
    );
    await run.kill();
    expect(statusOf(killed)).toMatchObject({ worked_on_by: null });
    const again = audit(...args);
    expect(again.status).toBe(0);
    expect(again.stderr).toContain(`process ${run.pid} ended in the middle of this audit`);
    expect(resultOf(killed)).toEqual(resultOf(out));
  },
  FOREVER,
);
