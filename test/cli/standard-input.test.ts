import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { pcap } from "../support/captures.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { NO_USER_DATA, PROGRAM } from "./run.ts";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const COLUMNS = "capture_status,client_port,packets_out,bytes_out,start,end";
const env = {
  ...process.env,
  XDG_DATA_HOME: NO_USER_DATA,
  NODE: process.execPath,
  PROGRAM,
  COLUMNS_OF: COLUMNS,
};
const CLASSIFY = '"$NODE" "$PROGRAM" classify -q --columns "$COLUMNS_OF"';

/** Rows of a command of the shell, whose pipes are pipes; those that Node.js makes are sockets. */
function rows(command: string): string {
  const { stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: folder, env, encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout;
}

/** Several megabytes, packets of many lengths: many times what a pipe holds. */
beforeAll(() => {
  const packets = Array.from({ length: 6000 }, (_, i) => {
    const payload = new Uint8Array((i * 37) % 1400).fill(i & 255);
    const tuple = {
      source: "192.0.2.10",
      destination: "198.51.100.20",
      sourcePort: 20_000 + (i % 50),
      destinationPort: 9,
    };
    return {
      time: 1_700_000_000_000_000_000n + BigInt(i) * 1_000_000n,
      bytes: ethernetIp({}, udp(tuple, payload)),
    };
  });
  const bytes = pcap(packets);
  writeFileSync(at("all.pcap"), bytes);
  writeFileSync(at("cut.pcap"), bytes.subarray(0, 3_000_001));
  writeFileSync(at("all.pcap.gz"), gzipSync(bytes));
});

describe.skipIf(process.platform === "win32")("standard input that is a pipe or a file", () => {
  let whole: string;
  beforeAll(() => {
    whole = rows(`${CLASSIFY} all.pcap`);
    expect(whole.split("\n")).toHaveLength(52);
  });

  it.each([
    ["a writer that is faster", `cat all.pcap | ${CLASSIFY} -`],
    ["small writes", `dd if=all.pcap bs=777 status=none | ${CLASSIFY} -`],
    ["a writer that begins late", `(sleep 0.3; cat all.pcap) | ${CLASSIFY} -`],
    [
      "a writer that stops in between",
      `(head -c 1000003 all.pcap; sleep 0.3; tail -c +1000004 all.pcap) | ${CLASSIFY} -`,
    ],
    ["a writer that stays open", `(cat all.pcap; sleep 0.3) | ${CLASSIFY} -`],
    ["gzip", `cat all.pcap.gz | ${CLASSIFY} -`],
    ["a file", `${CLASSIFY} - < all.pcap`],
    ["a compressed file", `${CLASSIFY} - < all.pcap.gz`],
    [
      "a file that somebody has begun to read",
      `(head -c 40 all.pcap; cat all.pcap) > more; (dd bs=40 count=1 of=rest status=none; ${CLASSIFY} -) < more`,
    ],
  ])("has the rows of the file: %s", (_, command) => {
    expect(rows(command)).toBe(whole);
  });

  it("is reported as cut where it ends in mid-packet", () => {
    const cut = spawnSync("sh", ["-c", `${CLASSIFY} cut.pcap`], { cwd: folder, env, encoding: "utf8" });
    const piped = spawnSync("sh", ["-c", `cat cut.pcap | ${CLASSIFY} -`], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    expect(cut.stdout).toContain("truncated,");
    expect([piped.stdout, piped.status]).toEqual([cut.stdout, cut.status]);
    expect(piped.stderr).toBe(cut.stderr.replaceAll("cut.pcap", "-"));
  });

  it("is interrupted while it waits, with the rows so far", async () => {
    const reading = `{ ${CLASSIFY} - <&3 > rows & echo $!; wait $!; echo $?; }`;
    const command = `(cat all.pcap; touch written; exec sleep 60) | { exec 3<&0; ${reading}; }`;
    const child = spawn("sh", ["-c", command], { cwd: folder, env, detached: true });
    let told = "";
    const pid = new Promise<number>((resolve) =>
      child.stdout.on("data", (chunk: Buffer) => {
        told += chunk.toString();
        if (told.includes("\n")) resolve(Number(told.split("\n")[0]));
      }),
    );
    const ended = new Promise<void>((resolve) =>
      child.stdout.on("data", () => told.split("\n").length > 2 && resolve()),
    );
    // What was written is at most a pipe's content ahead of what was read.
    while (!existsSync(at("written"))) await setTimeout(50);
    await setTimeout(1000);
    process.kill(await pid, "SIGINT");
    await ended;
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    expect(told.split("\n")[1]).toBe("130");
    expect(readFileSync(at("rows"), "utf8")).toBe(whole);
  });
});
