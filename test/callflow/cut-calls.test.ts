import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { at, milliseconds, Tape } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { rtp } from "../support/payloads-media.ts";
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

/** A call that is on hold for seven minutes after its first 20 s, and then goes on at the same ports for more than an hour. */
function heldCall(): Uint8Array {
  const tape = new Tape();
  const ends = [
    { source: "10.20.30.41", destination: "52.115.60.11", sourcePort: 50_012, destinationPort: 3479 },
    { source: "52.115.60.11", destination: "10.20.30.41", sourcePort: 3479, destinationPort: 50_012 },
  ] as const;
  const say = (ms: number, number: number): void => {
    for (const [i, way] of ends.entries()) {
      const sound = {
        payloadType: 0,
        sequence: number,
        timestamp: 8 * ms,
        ssrc: 0x5a5a_0000 + i,
        payload: new Uint8Array(20),
      };
      tape.add(START + milliseconds(ms + i), ethernetIp({}, udp(way, rtp(sound))), i === 0 ? 0 : 1);
    }
  };
  for (let i = 0; i < 400; i++) say(50 * i, i);
  for (let i = 0; i < 5000; i++) say(440_000 + 1000 * i, 400 + i);
  const other = ethernetIp(
    {},
    udp(
      { source: "10.20.29.9", destination: "198.51.100.99", sourcePort: 40_000, destinationPort: 9999 },
      new Uint8Array(12),
    ),
  );
  for (let i = 0; i < 75_000; i++) tape.add(START + milliseconds(3_700_000 + 20 * i), other, 0);
  return tape.pcap();
}

it.skipIf(!existsSync(PROGRAM))("rows of a call on hold wait for what goes on at its ports", () => {
  const path = join(temporaryFolder(), "held.pcap");
  writeFileSync(path, heldCall());
  const [flows, calls] = ["classify", "calls"].map((command) => {
    const run = spawnSync(process.execPath, [PROGRAM, command, path, "-q", "--json"], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    expect(run.status, run.stderr).toBe(0);
    return JSON.parse(run.stdout) as Record<string, unknown>[];
  });
  expect(calls?.map((row) => row["flows"])).toEqual([2]);
  const media = flows?.filter((row) => row["application"] === "rtp") ?? [];
  expect(media.map((row) => row["call_id"])).toEqual([calls?.[0]?.["call_id"], calls?.[0]?.["call_id"]]);
});
