import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { classify } from "../../src/classify/run.ts";
import { openEndpoints } from "../../src/endpoints/history.ts";
import { defaultSite } from "../../src/site/site.ts";
import { ascii } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { ethernetIp, TCP_SYN, tcp, udp } from "../support/packets.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";

const FLOWS = 200;
/** So many packets in all that the program looks which flows are over. */
const LATER = 50_000;
const START = 1_764_000_000_000_000_000n;
const [client, server] = ["192.0.2.10", "198.51.100.20"];
const folder = temporaryFolder();

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** A connection that stays live for an hour; audio of a second both ways; then something else for so many seconds. */
function capture(seconds: number): Uint8Array {
  const packets: CapturedPacket[] = [];
  const add = (ms: number, packet: Uint8Array): void =>
    void packets.push({ time: START + BigInt(ms) * 1_000_000n, bytes: ethernetIp({}, packet) });
  const ends = { source: client, destination: server };
  add(0, tcp({ ...ends, sourcePort: 50_000, destinationPort: 9, sequence: 1, flags: TCP_SYN }));
  for (let i = 0; i < 40; i++) {
    for (let flow = 0; flow < FLOWS; flow++) {
      const audio = { payloadType: 0, sequence: i, timestamp: 160 * i, payload: new Uint8Array(160) };
      const [near, far] = [20_000 + flow, 30_000 + flow];
      add(
        20 * i + 1,
        udp({ ...ends, sourcePort: near, destinationPort: far }, rtp({ ...audio, ssrc: flow + 1 })),
      );
      const back = { source: server, destination: client, sourcePort: far, destinationPort: near };
      add(20 * i + 2, udp(back, rtp({ ...audio, ssrc: 90_000 + flow })));
    }
  }
  const other = ethernetIp({}, udp({ ...ends, sourcePort: 50_001, destinationPort: 9 }, ascii("x")));
  for (let i = 0; i < LATER; i++)
    packets.push({
      time: START + BigInt(1000 + Math.floor((1000 * seconds * i) / LATER)) * 1_000_000n,
      bytes: other,
    });
  return pcap(packets);
}

/** Bytes of heap that a flow of audio takes when all packets are read, and how many rows there were then and in the end. */
async function heldAFlow(seconds: number): Promise<{ bytes: number; early: number; rows: number }> {
  const path = join(folder, `${seconds}.pcap`);
  writeFileSync(path, capture(seconds));
  const history = await openEndpoints("worldwide");
  const run = async (): Promise<{ used: number; early: number; rows: number }> => {
    const seen = { used: 0, early: 0, rows: 0 };
    await classify({
      inputs: [{ name: "calls.pcap", path, source: path }],
      site: defaultSite(),
      history,
      onFlow: () => (seen.rows += 1),
      onProgress: () => {
        seen.early = seen.rows;
        collect();
        seen.used = process.memoryUsage().heapUsed;
      },
    });
    return seen;
  };
  await run();
  collect();
  const before = process.memoryUsage().heapUsed;
  const { used, early, rows } = await run();
  return { bytes: (used - before) / FLOWS, early, rows };
}

it("a flow of media that is over takes less than half of what it took, though its row waits for an hour", async () => {
  const live = await heldAFlow(30);
  const over = await heldAFlow(600);
  expect(live).toMatchObject({ early: 0, rows: FLOWS + 2 });
  expect(over).toMatchObject({ early: 0, rows: FLOWS + 2 });
  expect(over.bytes).toBeLessThan(live.bytes / 2);
});
