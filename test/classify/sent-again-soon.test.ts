import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { at, milliseconds, Tape } from "../support/conversation.ts";
import { ethernetIp, tcp, TCP_ACK } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = temporaryFolder();
const OUT = { source: "fd00::5", destination: "2001:db8::1", sourcePort: 51_001, destinationPort: 443 };
const BACK = { source: "2001:db8::1", destination: "fd00::5", sourcePort: 443, destinationPort: 51_001 };
const MAC = { source: "02:00:00:00:00:07" };

/** Milliseconds, whose, number of the segment, another source MAC. */
type Segment = readonly [number, "out" | "back", number, typeof MAC?];

/** A connection in a LAN: every 2 ms a segment of data, acknowledged 0.1 ms later; each `times` in the capture. */
function steady(count: number, times: number): Segment[] {
  return Array.from({ length: count }, (_, i) => [
    ...Array.from({ length: times }, (_, copy): Segment => [2 * i + copy / 100, "out", i]),
    ...Array.from({ length: times }, (_, copy): Segment => [2 * i + 0.1 + copy / 100, "back", i + 1]),
  ]).flat();
}

// IPv6 has no identification: a segment sent again within a millisecond, as RFC 6675 has it after three duplicate
// acknowledgements, differs from a mirror's copy in nothing but that its sender had heard something in between.
it.each<readonly [string, readonly Segment[], object]>([
  [
    "sent again after acknowledgements of what followed it",
    [
      ...steady(20, 1),
      [40, "out", 20],
      [40.02, "out", 21],
      [40.25, "back", 20],
      [40.3, "out", 20],
      [40.5, "back", 22],
    ],
    { packets_out: 23, packets_back: 22, retransmissions: 1 },
  ],
  [
    "sent again twice",
    [
      ...steady(20, 1),
      [40, "out", 20],
      [40.2, "back", 20],
      [40.3, "out", 20],
      [40.5, "back", 20],
      [40.6, "out", 20],
    ],
    { packets_out: 23, packets_back: 22, retransmissions: 2 },
  ],
  [
    "a copy, since nothing was heard in between",
    [...steady(20, 1), [40, "out", 20], [40.02, "out", 20], [40.2, "back", 21]],
    { packets_out: 21, packets_back: 21, retransmissions: 0 },
  ],
  [
    "a copy, since it came by another router",
    [...steady(20, 1), [40, "out", 20], [40.2, "back", 21], [40.3, "out", 20, MAC]],
    { packets_out: 21, packets_back: 21, retransmissions: 0 },
  ],
  [
    "copies, since all others come twice, too",
    [...steady(20, 2), [40, "out", 20], [40.2, "back", 21], [40.3, "out", 20], [40.4, "back", 21]],
    { packets_out: 21, packets_back: 21, retransmissions: 0 },
  ],
  [
    "copies from the first packet on, though out of order",
    [
      [0, "out", 0],
      [0.2, "back", 1],
      [0.3, "out", 0],
      [0.4, "back", 1],
      ...steady(20, 2).map(([ms, whose, number]): Segment => [ms + 2, whose, number + 1]),
    ],
    { retransmissions: 0 },
  ],
])("a segment of IPv6 within a millisecond: %s", async (name, segments, expected) => {
  const tape = new Tape();
  for (const [ms, whose, number, mac = {}] of segments) {
    const [sequence, acknowledgement] = [1000 + number * 100, 7];
    const bytes =
      whose === "out"
        ? tcp({ ...OUT, sequence, acknowledgement, flags: TCP_ACK }, new Uint8Array(100))
        : tcp({ ...BACK, sequence: acknowledgement, acknowledgement: sequence, flags: TCP_ACK });
    tape.add(at("2026-03-03T09:30:00Z") + milliseconds(ms), ethernetIp(mac, bytes), 0);
  }
  const capture = join(folder, `${name}.pcap`);
  writeFileSync(capture, tape.pcap());
  const { rows } = await classifyFiles([capture], undefined);
  expect(rows).toMatchObject([expected]);
});

it("what is sent again within a millisecond comes again at a second capture point, and counts once", async () => {
  const tapes = [new Tape(), new Tape()];
  const send = (ms: number, tap: 0 | 1, from: typeof OUT, sequence: number, length: number): void => {
    const bytes = tcp({ ...from, sequence, acknowledgement: 7, flags: TCP_ACK }, new Uint8Array(length));
    tapes[tap]?.add(at("2026-03-03T09:30:00Z") + milliseconds(ms), ethernetIp({}, bytes), 0);
  };
  for (const tap of [0, 1] as const) {
    for (let i = 0; i < 20; i++) send(10 * i + 3 * tap, tap, OUT, 1000 + 100 * i, 100);
    send(200 + 3 * tap, tap, OUT, 3000, 100);
    send(200.2 - 3 * tap, tap, BACK, 7, 50);
    send(200.4 + 3 * tap, tap, OUT, 3000, 100);
  }
  const names = tapes.map((tape, i) => {
    const capture = join(folder, `tap-${i}.pcap`);
    writeFileSync(capture, tape.pcap());
    return capture;
  });
  const { rows } = await classifyFiles(names, undefined);
  expect(rows).toMatchObject([{ packets_out: 22, retransmissions: 1 }]);
});
