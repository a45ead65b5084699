import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Copies } from "../../src/flows/copies.ts";
import { DEFAULT_TIMEOUTS } from "../../src/flows/end-rule.ts";
import { LinkContexts } from "../../src/flows/link-contexts.ts";
import { FlowObserver } from "../../src/flows/observer.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const YEARS = 5 * 365 * 86_400;

/** An observer that was shown a packet at each of these seconds. */
function observed(...seconds: readonly number[]): FlowObserver {
  const observer = new FlowObserver(new LinkContexts(), new Copies(false), DEFAULT_TIMEOUTS, {
    hopPath: () => -1,
    recognise: () => 0,
    ended: () => undefined,
    signature: () => "",
  } as unknown as ConstructorParameters<typeof FlowObserver>[3]);
  seconds.forEach((second, i) => {
    const packet = Object.assign(new Packet(), {
      kind: PacketKind.udp,
      ipVersion: 4,
      protocol: 17,
      source3: 1,
      destination3: 2,
      sourcePort: 1000 + i,
      destinationPort: 9,
      ipId: i,
      ipLength: 28,
    });
    observer.observe(packet, 0, second, 0, i + 1, true);
  });
  return observer;
}

describe("the clock of a reading", () => {
  it.each<readonly [string, readonly number[], number, number]>([
    ["does not follow a packet dated years ahead", [1000, 1001, 1000 + YEARS, 1002], 1002, 0],
    ["nor one dated years back", [YEARS, YEARS + 1, 5, YEARS + 2], YEARS + 2, 0],
    ["nor the first one, if no other is of its time", [YEARS, 1000, 1001], 1001, 0],
    ["does not go back for packets that are late", [1000, 1100, 1050], 1100, 50],
    ["follows two packets", [1000, 1001, 5000, 5001], 5001, 0],
    ["forgets a few that it followed ahead", [1000, 1001, YEARS, YEARS + 1, 1002, 1003], 1003, 0],
    ["and back", [YEARS, YEARS + 1, 5, 6, YEARS + 2, YEARS + 3], YEARS + 3, 0],
    ["but what was late meanwhile", [1000, 1100, 1050, YEARS, YEARS + 1, 1101, 1102], 1102, 50],
    ["and not many", [1000, 1001, ...Array.from({ length: 20 }, (_, i) => 9000 + i), 1002, 1003], 9019, 8017],
    ["follows packets hours apart, but for the last one", [1000, 5000, 9000, 13_000], 9000, 0],
    ["knows that a capture was appended to a later one", [9000, 9001, 1000, 1001], 9001, 8001],
  ])("%s", (_name, seconds, clock, late) => {
    const observer = observed(...seconds);
    expect(observer.clock).toBe(clock);
    expect(observer.lateSeconds).toBe(late);
    expect(observer.settled).toBe(clock - late);
  });

  it("tells the last packet's time, be it the only one of its time", () => {
    expect(observed(1000, 5000).latest).toBe(5000);
    expect(observed(1000, 5000, 1001).latest).toBe(1001);
  });
});

describe("a packet dated years ahead", () => {
  const START = at("2025-11-20T09:00:00Z");
  const folder = temporaryFolder();
  const sent = (ms: number, port: number): { readonly time: bigint; readonly bytes: Uint8Array } => ({
    time: START + milliseconds(ms),
    bytes: ethernetIp(
      {},
      udp(
        { source: "fd00::1", destination: "2001:db8::5", sourcePort: port, destinationPort: 514 },
        new Uint8Array(30).fill(7),
      ),
    ),
  });

  it("lets packets be forgotten of which others 71 minutes later look like copies", async () => {
    const probes = [0, 4_294_967.296].map((ms) => sent(ms, 50_000));
    const between = Array.from({ length: 71 }, (_, i) => sent(60_000 * (i + 1), 60_000));
    const packets = [...probes.slice(0, 1), ...between, ...probes.slice(1)];
    packets.splice(5, 0, sent(YEARS * 1000, 55_000));
    const path = join(folder, "probes.pcap");
    writeFileSync(path, pcap(packets));
    const { flows, summary } = await classifyFiles([path], undefined);
    const rows = flows.map(({ row }) => row).filter((row) => row.client_port === 50_000);
    expect(rows.map((row) => row.packets_out + row.packets_back)).toEqual([1, 1]);
    expect(summary.lateSeconds).toBe(0);
    // It is a packet, all the same.
    expect(flows).toHaveLength(4);
  });

  it("lets packets be copies that came just before it", async () => {
    const path = join(folder, "mirrored.pcap");
    const packets: CapturedPacket[] = Array.from({ length: 40 }, (_, i) => [
      sent(20 * i, 50_000),
      sent(20 * i + 0.1, 50_000),
    ])
      .flat()
      .map((one, i) => ({
        ...one,
        bytes: one.bytes.map((byte, k) => (k === one.bytes.length - 1 ? i >> 1 : byte)),
      }));
    packets.splice(21, 0, sent(YEARS * 1000, 55_000));
    writeFileSync(path, pcap(packets));
    const { flows } = await classifyFiles([path], undefined);
    const [row] = flows.map(({ row: one }) => one).filter((one) => one.client_port === 50_000);
    expect((row?.packets_out ?? 0) + (row?.packets_back ?? 0)).toBe(40);
  });
});
