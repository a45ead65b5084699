import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { at, milliseconds, Tape } from "../support/conversation.ts";
import { ethernetIp, tcp, TCP_ACK, TCP_SYN } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = temporaryFolder();
const START = at("2025-11-20T09:00:00Z");
const OUT = { source: "10.1.1.1", destination: "52.112.0.5", sourcePort: 50_000, destinationPort: 443 };
const BACK = { source: "52.112.0.5", destination: "10.1.1.1", sourcePort: 443, destinationPort: 50_000 };
const BLOCK = 4380;

/** One connection that sends blocks, seen at a host, and on the wire, 0.3 ms later. */
class Connection {
  readonly host = new Tape();
  readonly wire = new Tape();
  #id = 0;

  both(ms: number, bytes: Uint8Array): void {
    this.host.add(START + milliseconds(ms), ethernetIp({}, bytes), 0);
    this.wire.add(START + milliseconds(ms + 0.3), ethernetIp({}, bytes), 0);
  }

  open(): this {
    this.both(0, tcp({ ...OUT, sequence: 100, flags: TCP_SYN, id: 1 }));
    this.both(20, tcp({ ...BACK, sequence: 900, acknowledgement: 101, flags: TCP_SYN | TCP_ACK, id: 2 }));
    this.both(20.1, tcp({ ...OUT, sequence: 101, acknowledgement: 901, flags: TCP_ACK, id: 3 }));
    return this;
  }

  #cut(tape: Tape, ms: number, block: number, size: number): void {
    for (let from = 0; from < BLOCK; from += size) {
      const sequence = 101 + block * BLOCK + from;
      const id = 1000 + (this.#id = (this.#id + 1) % 60_000);
      const segment = { ...OUT, sequence, acknowledgement: 901, flags: TCP_ACK, id };
      tape.add(
        START + milliseconds(ms + from / 1e6),
        ethernetIp({}, tcp(segment, new Uint8Array(Math.min(size, BLOCK - from)))),
        0,
      );
    }
  }

  send(ms: number, block: number, host: number, wire: number): void {
    this.#cut(this.host, ms, block, host);
    this.#cut(this.wire, ms + 0.3, block, wire);
  }

  acknowledge(ms: number, blocks: number): void {
    const acknowledgement = 101 + blocks * BLOCK;
    this.both(ms, tcp({ ...BACK, sequence: 901, acknowledgement, flags: TCP_ACK, id: 30_000 + ms }));
  }

  async retransmissions(): Promise<number | undefined> {
    const paths = (["host", "wire"] as const).map((name) => {
      writeFileSync(join(folder, `${name}.pcap`), this[name].pcap());
      return join(folder, `${name}.pcap`);
    });
    const { rows } = await classifyFiles(paths, undefined);
    expect(rows).toHaveLength(1);
    return rows[0]?.retransmissions;
  }
}

it.each([
  ["by an adapter that cuts what the host hands over", 4380, 1460],
  ["by a firewall with another segment size", 1460, 1380],
])(
  "bytes that a second point sees in other segments were not sent again: cut %s",
  async (_name, host, wire) => {
    const connection = new Connection().open();
    for (let block = 0; block < 10; block++) {
      connection.send(40 + 30 * block, block, host, wire);
      connection.acknowledge(60 + 30 * block, block + 1);
    }
    expect(await connection.retransmissions()).toBe(0);
  },
);

it("what a host sends again counts once, though the wire cuts it otherwise", async () => {
  const connection = new Connection().open();
  for (let block = 0; block < 10; block++) connection.send(40 + 30 * block, block, 4380, 1460);
  connection.send(600, 9, 4380, 1460);
  connection.acknowledge(620, 10);
  expect(await connection.retransmissions()).toBe(1);
});

it("what was lost on one path and is sent again on another was sent again, at whichever point it is new", async () => {
  const connection = new Connection().open();
  const { host, wire } = connection;
  const segment = (index: number, id: number): Uint8Array =>
    ethernetIp(
      {},
      tcp(
        { ...OUT, sequence: 101 + 1000 * index, acknowledgement: 901, flags: TCP_ACK, id },
        new Uint8Array(1000),
      ),
    );
  for (let i = 0; i < 8; i++) host.add(START + milliseconds(40 + i / 100), segment(i, 1000 + i), 0);
  for (let i = 0; i < 8; i++) wire.add(START + milliseconds(300 + i / 100), segment(i, 2000 + i), 0);
  connection.acknowledge(320, 1);
  expect(await connection.retransmissions()).toBe(8);
});
