import { copyFileSync, existsSync, mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { Run } from "../cli/run.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { writeArchive } from "./archive.ts";
import { audit, resultOf, statusOf } from "./audit-command.ts";

const folder = temporaryFolder();
const archive = join(folder, "archive");

beforeAll(() => {
  writeArchive(archive, { minutes: 6, sessions: 120, calls: 1 });
});

it("captures that have gone since are named; exit status 3", () => {
  const moving = join(folder, "moving");
  mkdirSync(moving);
  for (const name of ["lon-er1-000.pcap", "lon-er1-001.pcap"])
    copyFileSync(join(archive, name), join(moving, name));
  expect(audit(moving, "-o", join(folder, "out-moving")).status).toBe(0);
  return rm(join(moving, "lon-er1-001.pcap")).then(() => {
    const run = audit("-o", join(folder, "out-moving"));
    expect(run.status).toBe(3);
    expect(run.stderr).toMatch(/lon-er1-001\.pcap: was audited before and is there no more/);
  });
});

it("a name that was mistyped when nothing else was named is not kept", () => {
  const typed = join(folder, "typed");
  const mistyped = audit(join(folder, "archvie"), "-o", typed);
  expect(mistyped).toMatchObject({ status: 2 });
  expect(mistyped.stderr).toContain("archvie does not exist");
  const run = audit(join(archive, "lon-isp-000.pcap"), "-o", typed);
  expect(run).toMatchObject({ status: 0 });
  expect(run.stderr).not.toContain("archvie");
});

it("a path is forgotten that was named before: mistyped, a file, a glob; never all of them, nor one that is not known", () => {
  const directory = join(folder, "forgetful");
  const [first, second] = [join(archive, "lon-isp-000.pcap"), join(archive, "lon-isp-001.pcap")];
  const glob = join(archive, "lon-isp-00[2-3].pcap");
  expect(audit(first, "-o", directory)).toMatchObject({ status: 0 });
  const alone = resultOf(directory);
  const wrong = join(folder, "archvie");
  const mistyped = audit(wrong, second, glob, "-o", directory);
  expect(mistyped).toMatchObject({ status: 3 });
  const again = audit("-o", directory);
  expect(again).toMatchObject({ status: 3 });
  expect(again.stderr).toContain(`--forget ${wrong} takes it out of the audit`);

  const unknown = audit("-o", directory, "--forget", archive);
  expect(unknown).toMatchObject({ status: 2 });
  expect(unknown.stderr).toContain(`audits no path of that name, but ${first}`);
  expect(audit(second, "-o", directory, "--forget", second)).toMatchObject({ status: 2 });
  const all = [first, second, wrong, glob].flatMap((path) => ["--forget", path]);
  expect(audit("-o", directory, ...all)).toMatchObject({ status: 2 });

  const forgot = audit("-o", directory, "--forget", wrong);
  expect(forgot).toMatchObject({ status: 0 });
  expect(forgot.stderr).not.toContain("does not exist");
  const fewer = audit("-o", directory, "--forget", second, "--forget", glob);
  expect(fewer).toMatchObject({ status: 0 });
  expect(fewer.stderr).toContain("no longer part of the audit: 3 captures");
  expect(resultOf(directory)).toEqual(alone);
  expect(audit("-o", directory).stderr).not.toContain("no longer part");
});

it("where every capture is gone or is none any more, that is said each time, and the last result stays whole", () => {
  const captures = join(folder, "emptied");
  mkdirSync(captures);
  for (const name of ["lon-isp-000.pcap", "lon-isp-001.pcap"])
    copyFileSync(join(archive, name), join(captures, name));
  const directory = join(folder, "out-emptied");
  expect(audit(captures, "-o", directory).status).toBe(0);
  const result = resultOf(directory);
  unlinkSync(join(captures, "lon-isp-000.pcap"));
  writeFileSync(join(captures, "lon-isp-001.pcap"), "no capture\n");
  for (const _ of [1, 2]) {
    const run = audit("-o", directory);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("lon-isp-000.pcap: was audited before and is there no more");
    expect(run.stderr).toContain(
      "lon-isp-001.pcap: was audited before and is left out now: it is no capture",
    );
    expect(run.stderr).toContain("there is no capture");
  }
  expect(statusOf(directory)).toMatchObject({ complete: true, captures: 2 });
  expect(resultOf(directory)).toEqual(result);
});

it("a form that is not asked for again goes: no CSV of an earlier result stays beside the newer one", () => {
  const captures = join(folder, "forms");
  mkdirSync(captures);
  copyFileSync(join(archive, "lon-isp-000.pcap"), join(captures, "lon-isp-000.pcap"));
  const directory = join(folder, "out-forms");
  expect(audit(captures, "-o", directory, "-f", "csv,ndjson").status).toBe(0);
  copyFileSync(join(archive, "lon-isp-001.pcap"), join(captures, "lon-isp-001.pcap"));
  expect(audit("-o", directory, "-f", "ndjson").status).toBe(0);
  const tables = ["calls", "files", "flows", "totals"];
  expect(Object.keys(resultOf(directory))).toEqual(
    tables.flatMap((name) => [`${name}.ndjson`, `${name}.parquet`]),
  );
});

it("a file of the result that was deleted is made again", () => {
  const directory = join(folder, "out-deleted");
  const run = (): Run => audit(join(archive, "lon-isp-000.pcap"), "-o", directory);
  expect(run().status).toBe(0);
  const result = resultOf(directory);
  for (const name of ["flows.parquet", "report.html"]) {
    unlinkSync(join(directory, name));
    expect(run()).toMatchObject({ status: 0 });
    expect(existsSync(join(directory, name)), name).toBe(true);
  }
  expect(resultOf(directory)).toEqual(result);
  expect(run().stderr).toContain("nothing was left to do");
});
