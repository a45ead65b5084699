import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { o365flow, PROGRAM } from "./run.ts";

const CAPTURE = join(ROOT, "fixtures", "edge-two-interfaces", "edge.pcapng");
const pipe = join(temporaryFolder(), "pipe");

/** Linux only: elsewhere a pipe that nobody writes yet looks as if it were at its end. */
describe.skipIf(process.platform !== "linux")("a named pipe", () => {
  spawnSync("mkfifo", [pipe]);

  it.each([
    ["classify", "SIGINT"],
    ["classify", "SIGTERM"],
    ["calls", "SIGINT"],
  ] as const)("that nobody writes keeps %s waiting until the first %s", async (command, signal) => {
    const child = spawn(process.execPath, [PROGRAM, command, pipe, CAPTURE, "-q"], { stdio: "ignore" });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    try {
      await Promise.race([ended, setTimeout(2000)]);
      expect(child.exitCode).toBeNull();
      child.kill(signal);
      expect(await Promise.race([ended, setTimeout(60_000, "still there")])).toBe(130);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("is read like the file, also where its writer comes late", () => {
    const columns = ["--columns", "flow_id,verdict,packets_out,packets_back"];
    const plain = o365flow(["classify", CAPTURE, ...columns]);
    const script = `(sleep 1; cat "$1"; sleep 0.3) > "$2" & shift 2; "$@"`;
    const { stdout, status } = spawnSync("sh", [
      ...["-c", script, "sh", CAPTURE, pipe],
      ...[process.execPath, PROGRAM, "classify", pipe, ...columns],
    ]);
    expect(stdout.toString()).toBe(plain.stdout);
    expect(status).toBe(0);
  });

  /** Runs the program while something is written into the pipe. */
  function withPipe(writer: string, args: readonly string[]): ReturnType<typeof spawnSync> {
    const script = `${writer} & shift 2; "$@"`;
    return spawnSync("sh", ["-c", script, "sh", CAPTURE, pipe, process.execPath, PROGRAM, ...args], {
      encoding: "utf8",
      timeout: 20_000,
    });
  }

  it.each([["doctor"], ["site", "learn"]])("is read once by %s %s, as standard input is", (...command) => {
    const run = withPipe('cat "$1" > "$2"', [...command, pipe]);
    expect(run.status).toBe(0);
    expect(run.stdout).not.toBe("");
  });

  it("is refused by annotate, which reads twice, and where it holds Parquet", () => {
    const refused = withPipe("true", ["annotate", pipe, "-w", `${pipe}.pcapng`]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(
      `annotate reads its captures twice, so ${pipe}, which is no regular file, cannot be one of them`,
    );
    const result = `${pipe}.parquet`;
    o365flow(["classify", CAPTURE, "-q", "-o", result]);
    const report = spawnSync("sh", [
      "-c",
      'cat "$1" | "$2" "$3" report -',
      "sh",
      result,
      process.execPath,
      PROGRAM,
    ]);
    expect(report.status).toBe(2);
    expect(report.stderr.toString()).toContain(
      "-: Parquet is read from its end on, which a pipe does not have",
    );
  });

  it("whose reader goes away ends a run quietly, as standard output does", () => {
    const run = withPipe('head -c 10 "$2" > "$2.head"', ["classify", CAPTURE, "-q", "-o", pipe]);
    expect(run).toMatchObject({ status: 0, stderr: "" });
  });
});
