import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pcap } from "../support/captures.ts";
import { at, milliseconds, Tape, TcpConversation } from "../support/conversation.ts";
import { ethernetIp, udp } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const START = at("2026-03-05T09:00:00Z");

/** A connection with a round trip of 20 ms, in two captures: `isFirst` says of each packet whether the first one has it. */
async function roundTrip(
  [one, other]: readonly [string, string],
  isFirst: (index: number, bytes: Uint8Array) => boolean,
): Promise<number | undefined> {
  const tape = new Tape();
  const taps = [{ tape }];
  const talk = new TcpConversation({
    client: { address: "10.1.0.5", port: 50_000 },
    server: { address: "13.107.6.152", port: 443 },
    start: START,
    rttMs: 20,
    forward: taps,
    backward: taps,
  });
  talk.connect();
  for (let i = 0; i < 10; i++) talk.send("client", new Uint8Array(100).fill(i), "acknowledged").wait(1000);
  const folder = temporaryFolder();
  const parts = [true, false].map((first) =>
    tape.packets.filter(({ bytes }, index) => isFirst(index, bytes) === first),
  );
  // What goes by before the connection.
  const ends = { source: "10.1.0.9", destination: "13.107.6.152", sourcePort: 50_009, destinationPort: 9 };
  parts[0]?.unshift({
    time: START - milliseconds(3000),
    bytes: ethernetIp({}, udp(ends, new Uint8Array(9))),
  });
  const paths = [one, other].map((name, i) => {
    writeFileSync(join(folder, name), pcap(parts[i] ?? []));
    return join(folder, name);
  });
  const { rows } = await classifyFiles(paths, undefined);
  const own = rows.filter(({ transport }) => transport === "tcp");
  expect(own).toHaveLength(1);
  return own[0]?.rtt_ms;
}

const ROTATED = ["er-0.pcap", "er-1.pcap"] as const;
const OTHERS = ["er.pcap", "isp.pcap"] as const;

it.each([
  ["files of a rotation that begin after the handshake", ROTATED, 9],
  ["files of a rotation that begin within it", ROTATED, 1],
  ["captures of which the first one has the handshake", OTHERS, 9],
])("a round trip is measured over %s", async (_name, names, count) => {
  expect(await roundTrip(names, (index) => index < count)).toBeCloseTo(20.3, 0);
});

it.each([
  ["have the handshake between them", (index: number) => index < 1],
  ["have one direction each", (_index: number, bytes: Uint8Array) => bytes[26] === 10],
])("no round trip is measured by two clocks whose captures %s", async (_name, isFirst) => {
  expect(await roundTrip(OTHERS, isFirst)).toBeUndefined();
});
