import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pcap } from "../support/captures.ts";
import { milliseconds } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { audit, classified, rowsOf } from "./pipeline.ts";
import { FIRST, folder, settings, START } from "./stage-work.ts";

/** Packets of clients (by the last byte of their addresses), at seconds after the start. */
function capture(path: string, packets: readonly (readonly [client: number, second: number])[]): void {
  const all = packets.map(([client, second]) => ({
    time: START + milliseconds(second * 1000),
    bytes: ethernetIp(
      { source: "00:00:5e:00:53:01", destination: "00:00:5e:00:53:02" },
      udp(
        { source: `10.0.0.${client}`, destination: "198.51.100.1", sourcePort: 4000, destinationPort: 9 },
        new Uint8Array(20),
      ),
    ),
  }));
  writeFileSync(path, pcap(all));
}

it("a flow does not end in an audit while packets may come that are late, as in classify", async () => {
  const directory = folder();
  const files = ["a.pcap", "b.pcap"].map((name) => join(directory, name));
  // The idle time-out is 300 s; 400 s after its first packet comes one that was sent 250 s after it.
  capture(files[0] ?? "", [[1, 0], [2, 5], [2, 400]]); // prettier-ignore
  capture(files[1] ?? "", [[3, 420], [1, 250], [3, 421]]); // prettier-ignore
  const expected = await classified(files, settings);
  expect(rowsOf(expected).filter((row) => row["client_ip"] === "10.0.0.1")).toMatchObject([
    { packets_out: "2", duration_s: "250" },
  ]);
  for (const borders of [[], [FIRST + 300, FIRST + 410]]) {
    const { csv } = await audit(files, settings, { extraBorders: borders });
    expect(csv).toBe(expected);
  }
});
