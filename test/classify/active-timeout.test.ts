import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { classify } from "../../src/classify/run.ts";
import { openEndpoints } from "../../src/endpoints/history.ts";
import { DEFAULT_TIMEOUTS } from "../../src/flows/end-rule.ts";
import { defaultSite } from "../../src/site/site.ts";
import { pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const HERE = { source: "10.1.1.1", destination: "52.112.0.5", sourcePort: 50_000, destinationPort: 3481 };

/** How long the rows are, in seconds, of a flow that has a packet every 100 ms from 0.3 s past a second on. */
async function lengthsOf(active: number): Promise<number[]> {
  const path = join(folder, "steady.pcap");
  const start = at("2025-11-20T09:00:00Z") + milliseconds(300);
  const datagrams = Array.from({ length: 60 }, (_, i) => ({
    time: start + milliseconds(i * 100),
    bytes: ethernetIp({}, udp({ ...HERE, id: i + 1 }, new Uint8Array(30).fill(i))),
  }));
  writeFileSync(path, pcap(datagrams));
  const lengths: number[] = [];
  await classify({
    inputs: [{ name: "steady.pcap", path, source: path }],
    site: defaultSite(),
    history: await openEndpoints("worldwide"),
    timeouts: { ...DEFAULT_TIMEOUTS, active },
    onFlow: ({ row }) => lengths.push(row.duration_s ?? Number.NaN),
  });
  return lengths;
}

it.each([
  [2.5, [2.5, 2.5, 0.7]],
  [2, [2, 2, 1.7]],
  [0.5, [...Array.from({ length: 10 }, () => 0.5)]],
])("no row covers more than %d s", async (active, lengths) => {
  expect(await lengthsOf(active)).toEqual(lengths);
});
