import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { ethernetIp, tcp } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const START = at("2026-03-10T12:00:00Z");
const COUNT = 400;

/**
 * An upload in which each 50th segment is sent again 15 ms later, past up to three taps. `tapsOf` says which taps see the packet of
 * that number, and how many milliseconds later than the first one could.
 */
async function upload(
  client: string,
  server: string,
  tapsOf: (n: number) => readonly (readonly [tap: number, ms: number])[],
  idOf: (n: number) => number = (n) => n + 1,
): Promise<readonly [packets: number, retransmissions: number | undefined]> {
  const tapes: CapturedPacket[][] = [[], [], []];
  let sent = 0;
  const put = (
    ms: number,
    out: boolean,
    sequence: number,
    ack: number,
    flags: number,
    length: number,
  ): void => {
    const [source, destination] = out ? [client, server] : [server, client];
    const [sourcePort, destinationPort] = out ? [50_000, 443] : [443, 50_000];
    const numbers = { sequence, acknowledgement: ack, flags, id: idOf(sent) };
    const ends = { source, destination, sourcePort, destinationPort };
    const bytes = ethernetIp({}, tcp({ ...ends, ...numbers }, new Uint8Array(length).fill(sequence & 255)));
    for (const [tap, later] of tapsOf(sent))
      tapes[tap]?.push({ time: START + milliseconds(ms + later), bytes });
    sent += 1;
  };
  put(0, true, 0, 0, 2, 0);
  put(10, false, 0, 1, 18, 0);
  put(11, true, 1, 1, 16, 0);
  for (let i = 0; i < COUNT; i++) {
    const from = 1 + 1000 * i;
    put(20 + 20 * i, true, from, 1, 24, 1000);
    if (i % 50 === 40) put(35 + 20 * i, true, from, 1, 24, 1000);
    put(38 + 20 * i, false, 1, from + 1000, 16, 0);
  }
  const folder = temporaryFolder();
  const paths = tapes.flatMap((tape, i) => {
    if (tape.length === 0) return [];
    const path = join(folder, `tap-${i}.pcap`);
    writeFileSync(path, pcap(tape.toSorted((x, y) => Number(x.time - y.time))));
    return [path];
  });
  const { rows } = await classifyFiles(paths, undefined);
  expect(rows).toHaveLength(1);
  const [row] = rows;
  return [row?.packets_out ?? 0, row?.retransmissions];
}

type Ends = readonly [client: string, server: string];
const V4: Ends = ["10.20.0.5", "52.113.194.132"];
const V6: Ends = ["fd00:20::5", "2603:1063::20"];
const ALL = COUNT + 2 + COUNT / 50;

it.each<readonly [string, Ends]>([
  ["IPv4", V4],
  ["IPv6, where no identification tells a copy from a segment sent again", V6],
])(
  "packets balanced over two links, each with a tap, are no copies where they are sent again: %s",
  async (_, ends) => {
    // By threes, so that either direction has both, and a segment goes by another link than before.
    expect(await upload(...ends, (n) => [[(n % 3) % 2, 0]])).toEqual([ALL, COUNT / 50]);
  },
);

it.each<readonly [string, Parameters<typeof upload>[2]]>([
  [
    "one behind the other",
    () => [
      [0, 0],
      [1, 3],
    ],
  ],
  [
    "in either order",
    (n) => [
      [0, n % 3 === 0 ? 3 : 0],
      [1, n % 3 === 0 ? 0 : 3],
    ],
  ],
  [
    "where the first one is left for the second, beside which a third begins later",
    (n) => [[n < 400 ? 0 : 1, 0], ...(n > 600 ? [[2, 1] as const] : [])],
  ],
])("packets that two taps see are one each, %s", async (_, tapsOf) => {
  for (const ends of [V4, V6]) expect(await upload(...ends, tapsOf)).toEqual([ALL, COUNT / 50]);
});

it("what a tap saw before another one, whose clock is late, came to its beginning does not make all that follows two links'", async () => {
  const tapsOf: Parameters<typeof upload>[2] = (n) => [[0, 400], ...(n > 400 ? [[1, 0] as const] : [])];
  const [packets] = await upload(...V6, tapsOf);
  // Of a few nobody can tell yet.
  expect(packets).toBeGreaterThanOrEqual(ALL);
  expect(packets).toBeLessThan(ALL + 4);
});

it("the packet whose IP identification happens to be 0 is a copy where all others were, whichever tap had them first", async () => {
  const found = await upload(
    ...V4,
    (n) =>
      n % 4 < 2
        ? [
            [0, 0],
            [1, 2],
          ]
        : [
            [1, 0],
            [0, 2],
          ],
    (n) => (n === 502 || n === 601 ? 0 : n + 1),
  );
  expect(found).toEqual([ALL, COUNT / 50]);
});
