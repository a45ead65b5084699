import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { at, milliseconds, Tape } from "../support/conversation.ts";
import { ethernetIp, tcp, TCP_ACK, TCP_SYN } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = temporaryFolder();
const A = { source: "10.1.1.5", destination: "52.108.1.1", sourcePort: 40_001, destinationPort: 40_002 };
const B = { source: "52.108.1.1", destination: "10.1.1.5", sourcePort: 40_002, destinationPort: 40_001 };

/** RFC 9293, section 3.5: SYNs cross, and each is answered by a SYN-ACK with the number of the own SYN. */
it.each([
  ["ours first", [A, B], "10.1.1.5", 0],
  ["theirs first", [B, A], "52.108.1.1", 0],
  ["ours first, and a SYN-ACK again", [A, B], "10.1.1.5", 1],
] as const)(
  "a connection that both ends open has nothing sent again: %s",
  async (name, order, client, again) => {
    const tape = new Tape();
    const send = (ms: number, bytes: Uint8Array): void =>
      tape.add(at("2026-03-03T09:30:00Z") + milliseconds(ms), ethernetIp({}, bytes), 0);
    const numberOf = (end: object): number => (end === A ? 1_000_000_000 : 3_000_000_000);
    order.forEach((end, i) => send(i, tcp({ ...end, sequence: numberOf(end), flags: TCP_SYN })));
    order.forEach((end, i) => {
      const acknowledgement = numberOf(end === A ? B : A) + 1;
      const synAck = { ...end, sequence: numberOf(end), acknowledgement, flags: TCP_SYN | TCP_ACK };
      send(20 + i, tcp({ ...synAck, id: 100 + i }));
      if (i < again) send(1020, tcp({ ...synAck, id: 200 }));
    });
    const capture = join(folder, `${name}.pcap`);
    writeFileSync(capture, tape.pcap());
    const { rows } = await classifyFiles([capture], undefined);
    expect(rows).toMatchObject([{ client_ip: client, retransmissions: again }]);
  },
);
