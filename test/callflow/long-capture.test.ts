import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, milliseconds, Tape, UdpConversation } from "../support/conversation.ts";
import { call, tlsSession } from "../support/scenarios.ts";
import { ROOT } from "../support/shared.ts";
import { exchange, longSignaling } from "./long-signaling.ts";

const PROGRAM = join(ROOT, "dist", "cli", "main.js");
const START = at("2026-03-10T12:00:00Z");
const after = (seconds: number): bigint => START + milliseconds(seconds * 1000);

/**
 * 85 minutes, so that the signaling at their beginning is idle long enough to be over while its call goes on: other flows
 * come and go, a client signals, then calls for 75 minutes with audio, two of them with video.
 */
function longCall(): Uint8Array {
  const tape = new Tape();
  const course = { forward: [{ tape }], backward: [{ tape }] };
  for (let minute = 0; minute < 85; minute++) {
    const other = new UdpConversation({
      ...course,
      client: { address: "10.20.30.99", port: 40_000 + minute },
      server: { address: "198.51.100.99", port: 9999 },
      start: after(60 * minute),
    });
    for (let i = 0; i < 60; i++) other.send("client", new Uint8Array(1400)).wait(900);
  }
  tlsSession({
    ...course,
    client: { address: "10.20.30.41", port: 51_301 },
    server: { address: "52.113.194.132", port: 443 },
    start: after(300),
    host: "teams.microsoft.com",
    seed: 1,
  });
  call({
    ...course,
    client: { address: "10.20.30.41", port: 50_012 },
    server: { address: "52.115.60.11", port: 3479 },
    start: after(320),
    seed: 2,
    packets: 4500,
    intervalMs: 1000,
  });
  call({
    ...course,
    client: { address: "10.20.30.41", port: 50_028 },
    server: { address: "52.115.60.11", port: 3480 },
    start: after(400),
    seed: 3,
    packets: 120,
    intervalMs: 1000,
  });
  return tape.pcap();
}

/** Four hours of one connection for signaling, with a call of a minute in each. */
function shift(): Uint8Array {
  const tape = new Tape();
  const course = { forward: [{ tape }], backward: [{ tape }] };
  const signaling = longSignaling(course, START);
  for (let minute = 1; minute < 240; minute++) exchange(signaling, after(60 * minute));
  for (let hour = 0; hour < 4; hour++)
    call({
      ...course,
      client: { address: "10.20.30.41", port: 50_012 + hour },
      server: { address: "52.115.60.11", port: 3479 },
      start: after(3600 * hour + 600),
      seed: 2 + hour,
      packets: 120,
      intervalMs: 500,
    });
  return tape.pcap();
}

describe.skipIf(!existsSync(PROGRAM))("a capture whose rows are written as it is read", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "o365flow-calls-"));
    const bytes = longCall();
    writeFileSync(join(folder, "call.pcap"), bytes);
    writeFileSync(join(folder, "shift.pcap"), shift());
    // Read in smaller chunks, so that rows are written at other moments.
    writeFileSync(join(folder, "call.pcap.gz"), gzipSync(bytes));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const rows = (file: string): Record<string, string>[] => {
    const columns = "flow_id,end,client_port,call_id,scenario,verdict";
    const run = spawnSync(
      process.execPath,
      [PROGRAM, "classify", join(folder, file), "-q", "--json", "--columns", columns],
      { encoding: "utf8", maxBuffer: 2 ** 26 },
    );
    expect(run.status, run.stderr).toBe(0);
    return JSON.parse(run.stdout) as Record<string, string>[];
  };

  it("tells every row of a call the same call, also those that end long before it", () => {
    const found = rows("call.pcap");
    expect(found).toHaveLength(88);
    const audio = found.find((row) => String(row["client_port"]) === "50012");
    const ofCall = found.filter((row) => row["call_id"] !== null);
    expect(ofCall.map((row) => String(row["client_port"])).toSorted()).toEqual(["50012", "50028", "51301"]);
    expect(new Set(ofCall.map((row) => row["call_id"]))).toEqual(new Set([audio?.["flow_id"]]));
  });

  it("tells signaling of many calls the first, also where that was written hours before", () => {
    const found = rows("shift.pcap");
    expect(found).toHaveLength(5);
    const callOf = (port: number): string | undefined =>
      found.find((row) => String(row["client_port"]) === String(port))?.["call_id"];
    expect(callOf(51_301)).toBe(callOf(50_012));
    expect(new Set([50_012, 50_013, 50_014, 50_015].map(callOf)).size).toBe(4);
  });

  it("writes rows in the order in which flows end, and the same whatever the chunks", () => {
    const found = rows("call.pcap");
    expect(found.map((row) => row["end"])).toEqual(found.map((row) => row["end"]).toSorted());
    expect(rows("call.pcap.gz")).toEqual(found);
  });
});
