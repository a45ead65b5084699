import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, TCP_ACK, TCP_RST, TCP_SYN, tcp, udp } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Each interface has a buffer of its own: in the file an answer may lie before what it answers. */

const folder = temporaryFolder();
const START = at("2025-12-03T09:00:00Z");
const OUT = { source: "10.1.1.5", destination: "10.9.9.9", sourcePort: 45000, destinationPort: 50600 };
const BACK = { source: "10.9.9.9", destination: "10.1.1.5", sourcePort: 50600, destinationPort: 45000 };

/** Rows of an answer 20 ms after a question, the answer first in the file. */
async function rowsOf(question: Uint8Array, answer: Uint8Array) {
  const path = join(folder, "lagging.pcap");
  const packets = [
    { time: START + milliseconds(20), bytes: ethernetIp({}, answer) },
    { time: START, bytes: ethernetIp({}, question) },
  ];
  writeFileSync(path, pcap(packets));
  return (await classifyFiles([path], undefined)).rows;
}

test("the first sender is the first by time", async () => {
  const rows = await rowsOf(udp(OUT, new Uint8Array(9)), udp(BACK, new Uint8Array(10)));
  expect(rows).toMatchObject([{ client_ip: "10.1.1.5", server_ip: "10.9.9.9" }]);
});

test("a refused connection is one row", async () => {
  const rows = await rowsOf(
    tcp({ ...OUT, sequence: 100, flags: TCP_SYN }),
    tcp({ ...BACK, sequence: 0, acknowledgement: 101, flags: TCP_RST | TCP_ACK }),
  );
  expect(rows).toMatchObject([{ client_ip: "10.1.1.5", packets_out: 1, packets_back: 1, tcp_state: "REJ" }]);
});
