import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { classify } from "../../src/classify/run.ts";
import type { FlowRow } from "../../src/classify/row.ts";
import { openEndpoints } from "../../src/endpoints/history.ts";
import { DEFAULT_TIMEOUTS } from "../../src/flows/end-rule.ts";
import { defaultSite } from "../../src/site/site.ts";
import { pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const HERE = { source: "10.1.1.1", destination: "52.112.0.5", sourcePort: 50_000, destinationPort: 3481 };

/** A datagram, told from the others by its IP identification. */
function datagram(id: number): Uint8Array {
  return ethernetIp({}, udp({ ...HERE, id }, new Uint8Array(30).fill(id)));
}

/** Rows of datagrams, by milliseconds and identification, of which none covers more than a second. */
async function rowsOf(sent: readonly (readonly [number, number])[]): Promise<FlowRow[]> {
  const path = join(folder, "mirrored.pcap");
  const start = at("2025-11-20T09:00:00Z");
  writeFileSync(
    path,
    pcap(sent.map(([ms, id]) => ({ time: start + milliseconds(ms), bytes: datagram(id) }))),
  );
  const rows: FlowRow[] = [];
  await classify({
    inputs: [{ name: "mirrored.pcap", path, source: path }],
    site: defaultSite(),
    history: await openEndpoints("worldwide"),
    timeouts: { ...DEFAULT_TIMEOUTS, active: 1 },
    onFlow: ({ row }) => rows.push(row),
  });
  return rows;
}

// Its packet was counted in the row before; the copy is the first thing seen of the next.
it("a mirrored packet whose copy comes after the longest time of a row makes no row of no packets", async () => {
  const rows = await rowsOf([
    [0, 1],
    [0, 1],
    [999.9, 2],
    [1000.4, 2],
  ]);
  expect(rows.map((row) => row.packets_out)).toEqual([2]);
});

it("what comes after that copy has a row", async () => {
  const rows = await rowsOf([
    [0, 1],
    [0, 1],
    [999.9, 2],
    [1000.4, 2],
    [1500, 3],
    [1500, 3],
  ]);
  expect(rows.map((row) => row.packets_out)).toEqual([2, 1]);
  expect(rows[1]).toMatchObject({ capture: "mirrored.pcap", first_packet_out: 5, duration_s: 0 });
});
