import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = temporaryFolder();
const START = at("2025-11-20T09:00:00Z");
const PROBE = { source: "fd00::1", destination: "2001:db8::5", sourcePort: 50_000, destinationPort: 514 };
/** 2^32 microseconds. */
const RANGE_MS = 4_294_967.296;

/** Packets of each row, of packets at so many milliseconds: the probe, or others between (`false`). */
async function packetsOf(sent: readonly (readonly [number, boolean])[]): Promise<number[]> {
  const path = join(folder, "probes.pcap");
  const packets = sent.map(([ms, isProbe]) => ({
    time: START + milliseconds(ms),
    bytes: ethernetIp(
      {},
      udp({ ...PROBE, sourcePort: isProbe ? 50_000 : 60_000 }, new Uint8Array(30).fill(7)),
    ),
  }));
  writeFileSync(path, pcap(packets));
  const { flows } = await classifyFiles([path], undefined);
  return flows
    .map(({ row }) => row)
    .filter((row) => row.client_port === 50_000)
    .map((row) => row.packets_out + row.packets_back);
}

// A packet without an IP identification is told from another by nothing but time, of which the lower 32 bits are kept.
it.each<readonly [string, readonly (readonly [number, boolean])[]]>([
  ["with nothing in between", []],
  [
    "with a packet of another flow in each minute",
    Array.from({ length: 71 }, (_, i) => [60_000 * (i + 1), false]),
  ],
])("an equal packet 71 minutes later counts, %s", async (_name, between) => {
  expect(await packetsOf([[0, true], ...between, [RANGE_MS, true]])).toEqual([1, 1]);
  expect(await packetsOf([[0, true], ...between, [RANGE_MS, true], [RANGE_MS + 0.5, true]])).toEqual([1, 1]);
});
