import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LinkTally } from "../../src/doctor/link-tally.ts";
import { classifyFiles } from "../classify/classify-files.ts";
import { concat, hex, Noise, u16 } from "../support/bytes.ts";
import { pcap } from "../support/captures.ts";
import { tcp } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = temporaryFolder();
const [CLIENT, SERVER] = ["10.20.30.41", "52.113.194.132"];
const LINUX_COOKED = 113;

/** A cooked header (4: sent by the host, 0: to it) with its one address, that of who sent the frame. */
function cooked(type: 0 | 4, sender: string, packet: Uint8Array): Uint8Array {
  return concat(u16(type), u16(1), u16(6), hex(sender), u16(0), u16(0x0800), packet);
}

test("a cooked capture has no address that packets go out to: none is named, and none offered as a marker", async () => {
  const noise = new Noise(4);
  const there = { source: CLIENT, destination: SERVER, sourcePort: 51000, destinationPort: 443 };
  const back = { source: SERVER, destination: CLIENT, sourcePort: 443, destinationPort: 51000 };
  const frames = [
    cooked(4, "02 00 00 00 00 01", tcp({ ...there, sequence: 1, flags: 0x18 }, noise.bytes(40))),
    cooked(0, "02 00 00 00 00 02", tcp({ ...back, sequence: 1, flags: 0x18 }, noise.bytes(40))),
  ];
  const path = join(folder, "any.pcap");
  const time = 1_772_787_600_000_000_000n;
  writeFileSync(
    path,
    pcap(
      frames.map((bytes) => ({ time, bytes })),
      { linkType: LINUX_COOKED },
    ),
  );
  const { flows, rows, summary } = await classifyFiles([path], undefined);
  expect(rows).toMatchObject([{ next_hop_out: undefined, next_hop_back: "02:00:00:00:00:02" }]);
  const tally = new LinkTally();
  for (const flow of flows) tally.add(flow);
  const hops = tally.markers(summary.links).filter(({ kind }) => kind === "next-hop");
  expect(hops.map(({ value }) => value)).toEqual(["02:00:00:00:00:02"]);
});

test("a router that captures itself passes answers on with an address of its own: no hop that they came back from, no marker", async () => {
  const noise = new Noise(5);
  const [LAN, CIRCUIT, HOST, MSEE] = [
    "02 00 00 00 00 01",
    "02 00 00 00 00 03",
    "02 00 00 00 00 41",
    "02 00 00 00 00 02",
  ];
  const there = { source: CLIENT, destination: SERVER, sourcePort: 51000, destinationPort: 443, flags: 0x18 };
  const back = { source: SERVER, destination: CLIENT, sourcePort: 443, destinationPort: 51000, flags: 0x18 };
  const request = noise.bytes(40);
  const answer = noise.bytes(40);
  const frames = [
    cooked(0, HOST, tcp({ ...there, sequence: 1, id: 7, ttl: 64 }, request)),
    cooked(4, CIRCUIT, tcp({ ...there, sequence: 1, id: 7, ttl: 63 }, request)),
    // Another answer was seen on its way on alone.
    cooked(4, LAN, tcp({ ...back, sequence: 41, id: 10, ttl: 109 }, noise.bytes(40))),
    cooked(0, MSEE, tcp({ ...back, sequence: 1, id: 9, ttl: 110 }, answer)),
    cooked(4, LAN, tcp({ ...back, sequence: 1, id: 9, ttl: 109 }, answer)),
  ];
  const path = join(folder, "router.pcap");
  const time = 1_772_787_600_000_000_000n;
  const packets = (some: readonly Uint8Array[]): Uint8Array =>
    pcap(
      some.map((bytes, n) => ({ time: time + BigInt(n) * 20_000n, bytes })),
      { linkType: LINUX_COOKED },
    );
  writeFileSync(path, packets(frames));
  const { flows, rows, summary } = await classifyFiles([path], undefined);
  expect(rows).toMatchObject([{ packets_out: 1, packets_back: 2, next_hop_back: "02:00:00:00:00:02" }]);
  const tally = new LinkTally();
  for (const flow of flows) tally.add(flow);
  const hops = tally.markers(summary.links).filter(({ kind }) => kind === "next-hop");
  expect(hops.map(({ value }) => value)).toEqual(["02:00:00:00:00:02"]);
  // Captured on its inner link alone, its address is that of the hop that a host inside sees.
  writeFileSync(path, packets(frames.filter((_, n) => n === 0 || n === 2)));
  expect((await classifyFiles([path], undefined)).rows).toMatchObject([
    { next_hop_back: "02:00:00:00:00:01" },
  ]);
});
