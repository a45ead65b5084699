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
      expect(await Promise.race([ended, setTimeout(5000, "still there")])).toBe(130);
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
});
