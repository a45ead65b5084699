import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { classifyFiles } from "../classify/classify-files.ts";
import { concat, hex } from "../support/bytes.ts";
import { at, Tape } from "../support/conversation.ts";
import { tlsSession } from "../support/scenarios.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Section 7: empty means not known. */

const ROUTER = "00:00:5e:00:53:01";
const folder = temporaryFolder();

async function rowOf(
  linkType: number,
  out: (frame: Uint8Array) => Uint8Array,
  back: (frame: Uint8Array) => Uint8Array,
) {
  const tape = new Tape();
  tlsSession({
    client: { address: "10.1.1.5", port: 50123 },
    server: { address: "52.96.1.1", port: 443 },
    host: "outlook.office365.com",
    start: at("2025-12-03T09:00:00Z"),
    seed: 5,
    forward: [{ tape, wrap: out }],
    backward: [{ tape, source: ROUTER, wrap: back }],
  });
  const path = join(folder, `${linkType}.pcap`);
  writeFileSync(path, tape.pcap({ linkType }));
  const { rows } = await classifyFiles([path], undefined);
  return rows[0];
}

test("a cooked capture (tcpdump -i any) has the sender's address only", async () => {
  const LINUX_SLL = 113;
  // Packet type (4 outgoing, 0 to us), ARPHRD_ETHER, address length, address in 8 bytes; the protocol is Ethernet's.
  const cooked =
    (packetType: string) =>
    (frame: Uint8Array): Uint8Array =>
      concat(hex(packetType), hex("00010006"), frame.subarray(6, 12), hex("0000"), frame.subarray(12));
  expect(await rowOf(LINUX_SLL, cooked("0004"), cooked("0000"))).toMatchObject({
    application: "tls",
    next_hop_out: undefined,
    next_hop_back: ROUTER,
  });
});

test("the zeros of a loopback interface are told as they were sent", async () => {
  const bare = (frame: Uint8Array): Uint8Array => concat(new Uint8Array(12), frame.subarray(12));
  expect(await rowOf(1, bare, bare)).toMatchObject({
    application: "tls",
    next_hop_out: "00:00:00:00:00:00",
    next_hop_back: "00:00:00:00:00:00",
  });
});

test("of copies on an untagged and on a tagged link the tag is known", async () => {
  const tape = new Tape();
  const nat = { address: "203.0.113.5", port: 6000 };
  for (const [port, translated] of [
    [50123, {}],
    [50124, { nat }],
  ] as const) {
    tlsSession({
      client: { address: "10.1.1.5", port },
      server: { address: "52.96.1.1", port: 443 },
      host: "outlook.office365.com",
      start: at("2025-12-03T09:00:00Z"),
      seed: port,
      forward: [{ tape }, { tape, laterMs: 0.1, ttl: 63, vlans: [100], ...translated }],
      backward: [
        { tape, laterMs: 0.2, ttl: 62 },
        { tape, vlans: [200], ...translated },
      ],
    });
  }
  const path = join(folder, "tags.pcap");
  writeFileSync(path, tape.pcap());
  const { rows } = await classifyFiles([path], undefined);
  expect(rows).toHaveLength(2);
  for (const row of rows) expect(row).toMatchObject({ vlan: "100", vlan_out: "100", vlan_back: "200" });
  expect(rows.map((row) => row.nat_ip)).toEqual([undefined, "203.0.113.5"]);
});
