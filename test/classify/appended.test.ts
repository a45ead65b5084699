import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

/** More than half of the packets after which idle flows are looked for. */
const PACKETS = 70_000;
const START = at("2026-03-05T09:00:00Z");

/** Ten flows over an hour, without a pause longer than a second. */
function tap(network: number): CapturedPacket[] {
  return Array.from({ length: PACKETS }, (_, i) => ({
    time: START + milliseconds(Math.floor((i * 3_600_000) / PACKETS)),
    bytes: ethernetIp(
      { source: "00:00:5e:00:53:01", destination: "00:00:5e:00:53:02" },
      udp(
        {
          source: `10.${network}.0.${i % 10}`,
          destination: "198.51.100.1",
          sourcePort: 4000,
          destinationPort: 9,
        },
        new Uint8Array(1),
      ),
    ),
  }));
}

it("a capture to which another of the same hour was appended has the flows of both, each in one row", async () => {
  const file = join(temporaryFolder(), "both.pcap");
  writeFileSync(file, pcap([...tap(1), ...tap(2)]));
  const { rows } = await classifyFiles([file], undefined);
  expect(rows).toHaveLength(20);
  expect(new Set(rows.map((row) => row.packets_out))).toEqual(new Set([PACKETS / 10]));
});
