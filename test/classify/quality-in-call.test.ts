import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const START = at("2026-03-10T12:00:00Z");
const ALICE = { address: "10.1.1.1", port: 50_001 };
const BOB = { address: "10.1.1.2", port: 50_003 };
const RELAY = { address: "52.112.1.10", port: 3478 };

/** Alice speaks with Bob for 40 s by a relay, from 10 to 30 s by the direct way; `isSent` says which packets come. */
async function qualities(isSent: (n: number) => boolean): Promise<object[]> {
  const packets: CapturedPacket[] = [];
  for (let n = 0; n < 2000; n++) {
    if (!isSent(n)) continue;
    const peer = n < 500 || n >= 1500 ? RELAY : BOB;
    for (const [from, to, ssrc] of [
      [ALICE, peer, 0x5aa50001],
      [peer, ALICE, 0x7bb70001],
    ] as const) {
      const ends = {
        source: from.address,
        sourcePort: from.port,
        destination: to.address,
        destinationPort: to.port,
      };
      const payload = new Uint8Array(160);
      const media = rtp({ payloadType: 0, sequence: 64_000 + n, timestamp: 160 * n, ssrc, payload });
      packets.push({ time: START + milliseconds(20 * n), bytes: ethernetIp({}, udp(ends, media)) });
    }
  }
  const path = join(temporaryFolder(), "trunk.pcap");
  writeFileSync(path, pcap(packets));
  const { rows } = await classifyFiles([path], undefined);
  return rows
    .toSorted((x, y) => x.server_port - y.server_port)
    .map(({ server_port, loss_pct, loss_out_pct, loss_back_pct, quality }) => ({
      server_port,
      loss_pct,
      loss_out_pct,
      loss_back_pct,
      quality,
    }));
}

it("a row of a call that left its relay for the direct way and came back has not lost what went by the other flow", async () => {
  const good = { loss_pct: 0, loss_out_pct: 0, loss_back_pct: 0, quality: "good" };
  expect(await qualities(() => true)).toEqual([
    { server_port: 3478, ...good },
    { server_port: 50_003, ...good },
  ]);
});

it("such a row has lost what neither flow carried", async () => {
  expect(await qualities((n) => n < 100 || n >= 150)).toEqual([
    { server_port: 3478, loss_pct: 5, loss_out_pct: 5, loss_back_pct: 5, quality: "poor" },
    { server_port: 50_003, loss_pct: 0, loss_out_pct: 0, loss_back_pct: 0, quality: "good" },
  ]);
});
