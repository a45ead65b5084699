import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refuseCompressed } from "../../src/cli/output.ts";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { o365flow, PROGRAM } from "./run.ts";

const folder = temporaryFolder();
const CAPTURE = join(ROOT, "fixtures", "edge-two-interfaces", "edge.pcapng");

it.each<[string, string[], string]>([
  ["classify", ["classify", CAPTURE, "-o"], "x.csv.gz"],
  ["classify, with its format said", ["classify", CAPTURE, "--format", "ndjson", "-o"], "x.GZ"],
  ["calls", ["calls", CAPTURE, "-o"], "x.json.zst"],
  ["doctor", ["doctor", CAPTURE, "-o"], "x.txt.xz"],
  ["annotate", ["annotate", CAPTURE, "-w"], "x.pcapng.gz"],
])("%s writes nothing plain into a file whose name says compressed", (_name, args, name) => {
  const file = join(folder, name);
  const { status, stdout, stderr } = o365flow([...args, file]);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(
    `${file}: output is not compressed; write ${file.replace(/\.[^.]+$/, "")}, or pipe`,
  );
  expect(existsSync(file)).toBe(false);
});

it("names that only look a little like it are taken", () => {
  for (const name of [undefined, "x.csv", "gz", "x.gz.csv", "x.zip.json"])
    expect(() => refuseCompressed(name)).not.toThrow();
});

it("a link that leads to nothing yet stays one: the file is made where it leads", () => {
  const far = join(folder, "far");
  mkdirSync(join(far, "results"), { recursive: true });
  symlinkSync(join(far, "results"), join(folder, "results"));
  // From the folder that the other link leads to, not from where that link lies.
  symlinkSync("../x.csv", join(far, "results", "latest.csv"));
  symlinkSync("results/latest.csv", join(folder, "latest.csv"));
  symlinkSync("ring.csv", join(folder, "ring.csv"));
  symlinkSync(join("none", "x.csv"), join(folder, "nowhere.csv"));
  const write = (name: string): ReturnType<typeof o365flow> =>
    o365flow(["classify", CAPTURE, "-q", "-o", join(folder, name)]);
  expect(write("latest.csv")).toMatchObject({ status: 0, stderr: "" });
  expect(lstatSync(join(folder, "latest.csv")).isSymbolicLink()).toBe(true);
  expect(lstatSync(join(far, "results", "latest.csv")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(far, "x.csv"), "utf8")).toBe(
    o365flow(["classify", CAPTURE, "-q", "-f", "csv"]).stdout,
  );
  expect(readdirSync(far).sort()).toEqual(["results", "x.csv"]);
  for (const name of ["ring.csv", "nowhere.csv"]) {
    expect(write(name)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`cannot write ${join(folder, name)}: `),
    });
    expect(lstatSync(join(folder, name)).isSymbolicLink()).toBe(true);
  }
});

describe.skipIf(!existsSync("/proc/self/fd"))(
  "a name that leads to an open pipe, as /dev/stdout does",
  () => {
    // A link of our own: what is wrong here once took the place of /dev/stdout.
    const link = (descriptor: number): string => {
      const name = join(folder, `to-${descriptor}`);
      symlinkSync(`/proc/self/fd/${descriptor}`, name);
      return name;
    };
    const shell = (command: string): string =>
      execFileSync("bash", ["-c", command, process.execPath, PROGRAM, CAPTURE], { encoding: "utf8" });
    const plain = shell('"$0" "$1" classify "$2" -q');

    it("is written to and stays what it is: standard output", () => {
      const name = link(1);
      expect(shell(`"$0" "$1" classify "$2" -q -f csv -o ${name} | cat`)).toBe(plain);
      expect(o365flow(["classify", CAPTURE, "-f", "csv", "-o", name]).stdout).toBe(plain);
      expect(shell(`"$0" "$1" report <("$0" "$1" classify "$2" -q) -q -o ${name} | head -c 9`)).toBe(
        "<!doctype",
      );
      expect(lstatSync(name).isSymbolicLink()).toBe(true);
    });

    it("is written to and stays what it is: another program's input", () => {
      const name = link(3);
      expect(shell(`{ "$0" "$1" classify "$2" -q -f csv -o ${name} 3>&1 >&2; } | cat`)).toBe(plain);
      expect(lstatSync(name).isSymbolicLink()).toBe(true);
    });
  },
);

/** A device on which every write finds the disk full. */
const FULL = "/dev/full";

describe.skipIf(!existsSync(FULL))("a full disk is said, with status 2", () => {
  it.each<[string, string[]]>([
    ["classify", ["classify", CAPTURE, "-o", FULL]],
    ["classify as Parquet", ["classify", CAPTURE, "--format", "parquet", "-o", FULL]],
    ["doctor", ["doctor", CAPTURE, "-o", FULL]],
    ["annotate", ["annotate", CAPTURE, "-w", FULL]],
    ["lookup", ["lookup", "52.112.0.1", "-o", FULL]],
  ])("by %s", (_name, args) => {
    const { status, stderr } = o365flow(args);
    expect(stderr).toContain(`cannot write ${FULL}: ENOSPC`);
    expect(status).toBe(2);
  });

  it.each([[["classify", CAPTURE]], [["schema"]], [["scenarios"]], [["--help"]]])(
    "on standard output: %j",
    (args) => {
      const full = openSync(FULL, "w");
      const run = spawnSync(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", full, "pipe"] });
      closeSync(full);
      expect(run.stderr.toString()).toContain("no space left on device");
      expect(run.stderr.toString()).not.toMatch(/^ +at /m); // no stack
      expect(run.status).toBe(2);
    },
  );
});

it.skipIf(process.platform === "win32")("a result that does not fit leaves the older one as it was", () => {
  const file = join(folder, "older.csv");
  writeFileSync(file, "older\n");
  // Files may have one block of 512 or 1,024 bytes; writes beyond it fail.
  const run = spawnSync("sh", [
    "-c",
    'trap "" XFSZ; ulimit -f 1; "$@"',
    "sh",
    process.execPath,
    PROGRAM,
    ...["classify", CAPTURE, "-o", file],
  ]);
  expect(run.stderr.toString()).toContain(`cannot write ${file}: EFBIG`);
  expect(run.status).toBe(2);
  expect(readFileSync(file, "utf8")).toBe("older\n");
  expect(readdirSync(folder).filter((name) => name.includes("older"))).toEqual(["older.csv"]);
});

it.skipIf(!existsSync("/dev/full"))("standard output on a full disk is named", () => {
  for (const command of ["classify", "calls", "doctor"]) {
    const run = spawnSync(
      "bash",
      ["-c", '"$0" "$@" > /dev/full', process.execPath, PROGRAM, command, CAPTURE],
      {
        encoding: "utf8",
      },
    );
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/^o365flow: cannot write standard output: ENOSPC/m);
  }
});
