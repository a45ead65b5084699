import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { at, milliseconds, Tape } from "../support/conversation.ts";
import { ethernetIp, tcp, TCP_ACK, TCP_SYN } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = temporaryFolder();
const CLIENT = { source: "10.1.1.5", destination: "52.108.1.1", sourcePort: 51_001, destinationPort: 443 };

const MINUTE = 60_000;

/** Milliseconds, first byte, number of bytes, and the flags if they are not ACK. */
type Segment = readonly [number, number, number, number?];

/** What each case says by hand; tshark 4.0.17 agrees (tcp.analysis.retransmission, tcp.analysis.out_of_order). */
it.each<readonly [string, readonly Segment[], number]>([
  [
    "sent again with new data behind it",
    [
      [0, 1000, 236],
      [400, 1000, 323],
      [500, 1323, 10],
    ],
    1,
  ],
  [
    "the second part sent again with new data behind it",
    [
      [0, 1000, 500],
      [400, 1400, 300],
    ],
    1,
  ],
  [
    "the byte of a zero-window probe sent with what follows it",
    [
      [0, 1000, 100],
      [400, 1100, 1],
      [800, 1100, 500],
    ],
    0,
  ],
  [
    "a SYN that data overtook",
    [
      [0, 1001, 50],
      [1, 1000, 0, TCP_SYN],
      [30, 1051, 50],
    ],
    0,
  ],
  [
    "two first segments in the wrong order",
    [
      [0, 2460, 100],
      [1, 1000, 1460],
      [30, 2560, 50],
    ],
    0,
  ],
  [
    "what was sent before the capture began, long after its first segment",
    [
      [0, 2460, 100],
      [300, 1000, 1460],
    ],
    1,
  ],
  [
    "what a hole of three days ago had lacked",
    [
      [0, 1000, 100],
      [1, 1200, 100],
      ...Array.from({ length: 84 }, (_, i): Segment => [(i + 1) * 50 * MINUTE, 1300, 0]),
      [84 * 50 * MINUTE + 1000, 1100, 100],
    ],
    1,
  ],
])("counts what is sent again: %s", async (name, segments, again) => {
  const tape = new Tape();
  segments.forEach(([ms, sequence, length, flags = TCP_ACK], i) => {
    const header = { ...CLIENT, id: 100 + i, sequence, flags, acknowledgement: flags === TCP_ACK ? 7 : 0 };
    const payload = new Uint8Array(length).fill(0x61);
    tape.add(at("2026-03-03T09:30:00Z") + milliseconds(ms), ethernetIp({}, tcp(header, payload)), 0);
  });
  const capture = join(folder, `${name}.pcap`);
  writeFileSync(capture, tape.pcap());
  const { rows } = await classifyFiles([capture], undefined);
  expect(rows).toMatchObject([{ packets_out: segments.length, retransmissions: again }]);
});
