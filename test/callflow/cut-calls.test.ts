import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { at, milliseconds, Tape } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { call, tlsSession } from "../support/scenarios.ts";
import { ROOT } from "../support/shared.ts";
import { temporaryFolder } from "../support/temporary.ts";

const PROGRAM = join(ROOT, "dist", "cli", "main.js");
const START = at("2026-03-10T12:00:00Z");
const CALLS = 250;

/** Rows are written each 65,536 packets at most, and TCP flows end after an hour of silence. */
const OTHERS = 3 * 65_536;

/**
 * For ten minutes, every other second somebody signs in, and then has audio, and video that ends before it or after it.
 * An hour later there is other traffic: whenever rows are written, some call has flows on both sides of that moment.
 */
function busyHours(): Uint8Array {
  const tape = new Tape();
  const course = { forward: [{ tape }], backward: [{ tape }] };
  for (let i = 0; i < CALLS; i++) {
    const after = (seconds: number): bigint => START + milliseconds(1000 * (2.4 * i + seconds));
    const address = `10.20.${30 + Math.floor(i / 128)}.${1 + (i % 128)}`;
    tlsSession({
      ...course,
      client: { address, port: 51_301 },
      server: { address: "52.113.194.132", port: 443 },
      start: after(0),
      host: "teams.microsoft.com",
      seed: 3 * i + 1,
    });
    for (const [n, port] of [50_012, 50_028].entries())
      call({
        ...course,
        client: { address, port },
        server: { address: "52.115.60.11", port: 3479 + n },
        start: after(4 + n),
        seed: 3 * i + 2 + n,
        packets: n === 0 ? 30 : 20 + 20 * (i % 2),
        intervalMs: 100,
        payloadLength: 300,
      });
  }
  const ends = {
    source: "10.20.29.9",
    destination: "198.51.100.99",
    sourcePort: 40_000,
    destinationPort: 9999,
  };
  const other = ethernetIp({}, udp(ends, new Uint8Array(12)));
  for (let i = 0; i < OTHERS; i++) tape.add(START + milliseconds(3_600_000 + 3 * i), other, 0);
  return tape.pcap();
}

it.skipIf(!existsSync(PROGRAM))(
  "rows that are written in the middle of a call are told the same as those after it",
  () => {
    const path = join(temporaryFolder(), "busy.pcap");
    writeFileSync(path, busyHours());
    const run = spawnSync(
      process.execPath,
      [
        PROGRAM,
        "classify",
        path,
        "-q",
        "--json",
        "--columns",
        "flow_id,client_ip,client_port,call_id,scenario",
      ],
      { encoding: "utf8", maxBuffer: 2 ** 26 },
    );
    expect(run.status, run.stderr).toBe(0);
    const rows = JSON.parse(run.stdout) as Record<string, string | number | null>[];
    expect(rows).toHaveLength(3 * CALLS + 1);
    const told = new Map<unknown, Set<unknown>>();
    for (const row of rows) {
      if (row["client_ip"] === "10.20.29.9") continue;
      const known = told.get(row["client_ip"]) ?? new Set();
      told.set(row["client_ip"], known.add(`${row["call_id"]} ${row["scenario"]}`));
      if (row["client_port"] === 50_012) expect(row["call_id"]).toBe(row["flow_id"]);
    }
    expect(told.size).toBe(CALLS);
    expect([...told.values()].filter((calls) => calls.size > 1)).toEqual([]);
  },
);
