import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { o365flow } from "../cli/run.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { writeArchive } from "./archive.ts";
import { has, RedisServer, Running } from "./processes.ts";

const FOREVER = 24 * 3_600_000;

const folder = temporaryFolder();
const archive = join(folder, "archive");
const nothing = join(folder, "no-programs");

/** Results of an audit by name; the page says when it was made of what. */
function resultOf(out: string): Map<string, string> {
  const names = readdirSync(out).filter((name) => name.endsWith(".csv"));
  return new Map(names.map((name) => [name, readFileSync(join(out, name), "utf8")]));
}

describe.skipIf(!has("redis-server") || !has("lz4"))("captures that lz4 decompresses, over a queue", () => {
  let redis: RedisServer;
  let running: Running[];
  beforeEach(async () => {
    redis = await RedisServer.start();
    running = [];
    mkdirSync(nothing, { recursive: true });
    rmSync(archive, { recursive: true, force: true });
    writeArchive(archive, { minutes: 2, sessions: 10, calls: 0 });
    for (const name of readdirSync(archive, { encoding: "utf8", recursive: true })) {
      if (!name.endsWith(".pcap")) continue;
      const path = join(archive, name);
      expect(spawnSync("lz4", ["-q", path, `${path}.lz4`]).status).toBe(0);
      rmSync(path);
    }
  });
  afterEach(async () => {
    for (const each of running) await each.kill();
    await redis.remove();
  });

  function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
    const program = new Running(args, environment);
    running.push(program);
    return program;
  }

  /** One that finds no program at all, or every one. */
  async function worker(environment: Readonly<Record<string, string>> = {}): Promise<Running> {
    const program = start(["worker", "--queue", redis.url, "--jobs", "1", "--lock", "2"], environment);
    await program.said(/listening to the queue/);
    return program;
  }

  const what = (out: string): string[] => [archive, "--site", join(archive, "site.yaml"), "-o", out];

  it(
    "a worker without the program leaves them to one that has it",
    async () => {
      const [alone, out] = [join(folder, "alone"), join(folder, "shared")];
      expect(o365flow(["audit", ...what(alone), "-q"])).toMatchObject({ status: 0, stderr: "" });
      const bare = await worker({ PATH: nothing });
      const audit = start(["audit", ...what(out), "--queue", redis.url]);
      await audit.said(
        /cannot read .*\.lz4 \(program-missing\): .* "lz4" that would read it is not installed.*Tasks are left to others/,
      );
      await worker();
      expect(await audit.ended(), audit.stderr).toBe(0);
      expect(audit.stderr).not.toContain("set aside");
      expect(audit.times(/left to others/)).toBe(1);
      expect(bare.times(/program-missing/)).toBe(1);
      expect(resultOf(out)).toEqual(resultOf(alone));
    },
    FOREVER,
  );

  it(
    "where the coordinator has no such program either, they are captures that cannot be read",
    async () => {
      const out = join(folder, "nowhere");
      await worker({ PATH: nothing });
      const audit = start(["audit", ...what(out), "--queue", redis.url], { PATH: nothing });
      expect(await audit.ended(), audit.stderr).toBe(2);
      expect(resultOf(out).get("files.csv")).toMatch(
        /lz4,.*,unreadable,.*lz4"" that would read it is not inst/,
      );
    },
    FOREVER,
  );
});
