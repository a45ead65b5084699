import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { at, milliseconds, Tape } from "../support/conversation.ts";
import { ethernetIp, tcp, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "../support/packets.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

const folder = temporaryFolder();
const OUT = { source: "10.1.1.5", destination: "52.108.1.1", sourcePort: 51_001, destinationPort: 443 };
const BACK = { source: "52.108.1.1", destination: "10.1.1.5", sourcePort: 443, destinationPort: 51_001 };

/** Milliseconds, whose, flags, sequence number, acknowledgement number, bytes. */
type Segment = readonly [number, typeof OUT, number, number, number, number?];

const SYN_ACK = TCP_SYN | TCP_ACK;
const FIN_ACK = TCP_FIN | TCP_ACK;

function handshake(ms: number, x: number, y: number): Segment[] {
  return [
    [ms, OUT, TCP_SYN, x, 0],
    [ms + 30, BACK, SYN_ACK, y, x + 1],
    [ms + 30.1, OUT, TCP_ACK, x + 1, y + 1],
  ];
}

/** Ten questions of 100 bytes and answers of 1000. */
function talk(ms: number, x: number, y: number): Segment[] {
  return Array.from({ length: 10 }, (_, i): Segment[] => [
    [ms + 40 + 60 * i, OUT, TCP_ACK, x + 1 + 100 * i, y + 1 + 1000 * i, 100],
    [ms + 70 + 60 * i, BACK, TCP_ACK, y + 1 + 1000 * i, x + 101 + 100 * i, 1000],
  ]).flat();
}

function fins(ms: number, x: number, y: number): Segment[] {
  return [
    [ms, OUT, FIN_ACK, x + 1001, y + 10_001],
    [ms + 30, BACK, FIN_ACK, y + 10_001, x + 1002],
    [ms + 30.1, OUT, TCP_ACK, x + 1002, y + 10_002],
  ];
}

const whole = (ms: number, x: number, y: number): Segment[] => [
  ...handshake(ms, x, y),
  ...talk(ms, x, y),
  ...fins(ms + 700, x, y),
];
const open = (ms: number, x: number, y: number): Segment[] => [...handshake(ms, x, y), ...talk(ms, x, y)];
const reset = (ms: number, x: number, y: number): Segment => [
  ms,
  OUT,
  TCP_RST | TCP_ACK,
  x + 1001,
  y + 10_001,
];
const X = 3_000_000_000;
const Y = 3_500_000_000;

async function rowsOf(name: string, segments: readonly Segment[]): Promise<readonly object[]> {
  const tape = new Tape();
  segments.forEach(([ms, ends, flags, sequence, acknowledgement, length = 0], i) => {
    const header = { ...ends, id: 100 + i, sequence, flags, acknowledgement };
    const payload = new Uint8Array(length).fill(0x61);
    tape.add(at("2026-03-03T09:30:00Z") + milliseconds(ms), ethernetIp({}, tcp(header, payload)), 0);
  });
  const capture = join(folder, `${name}.pcap`);
  writeFileSync(capture, tape.pcap());
  return (await classifyFiles([capture], undefined)).rows;
}

// Without a FIN or RST it is one row (contract, section 8), but nothing of the second connection was sent before.
it.each<readonly [string, readonly Segment[]]>([
  ["lower numbers", [...open(0, X, Y), ...whole(60_000, 1_000_000_000, 1_500_000_000)]],
  ["numbers a little lower", [...open(0, X, Y), ...whole(60_000, X - 1_000_000, Y - 1_000_000)]],
  ["numbers a little higher", [...open(0, X, Y), ...whole(60_000, X + 1_000_000, Y + 1_000_000)]],
  ["numbers far off", [...open(0, 100, 200), ...whole(60_000, 2_500_000_000, 2_600_000_000)]],
  ["a connection that had begun before", [...talk(0, X, Y), ...whole(60_000, X - 9_000, Y - 90_000)]],
  [
    "our half alone",
    [...open(0, X, Y), ...whole(60_000, X - 1_000_000, Y - 1)].filter(([, ends]) => ends === OUT),
  ],
  [
    "their half alone",
    [...open(0, X, Y), ...whole(60_000, X - 1, Y - 1_000_000)].filter(([, ends]) => ends === BACK),
  ],
])("a tuple used again by a connection without the end of the one before: %s", async (name, segments) => {
  expect(await rowsOf(name, segments)).toMatchObject([{ retransmissions: 0 }]);
});

it("a SYN that the other end does not believe changes nothing of the connection", async () => {
  const [x, y] = [X, Y];
  const stray: Segment[] = [
    [800, OUT, TCP_SYN, x - 5_000_000, 0],
    [830, BACK, TCP_ACK, y + 10_001, x + 1001],
  ];
  const later = talk(1000, x + 1000, y + 10_000);
  const again: Segment = [2000, OUT, TCP_ACK, x + 1901, y + 20_001, 100];
  expect(await rowsOf("stray", [...open(0, x, y), ...stray, ...later, again])).toMatchObject([
    { retransmissions: 1, tcp_state: "S1" },
  ]);
});

// RFC 9293, section 3.5.1, figure 9: an old connection is found out, reset, and the same SYN comes again a second later.
it.each([
  ["higher", X + 7_000_000],
  ["lower", X - 7_000_000],
])("the SYN after an old connection was reset begins another row: a %s number", async (name, x2) => {
  const segments: Segment[] = [
    ...open(0, X, Y),
    [60_000, OUT, TCP_SYN, x2, 0],
    [60_030, BACK, TCP_ACK, Y + 10_001, X + 1001],
    [60_030.1, OUT, TCP_RST, X + 1001, 0],
    ...whole(61_000, x2, 90_000_000),
  ];
  expect(await rowsOf(`half-open ${name}`, segments)).toMatchObject([
    { retransmissions: 0, tcp_state: "RSTO", packets_out: 14 },
    { retransmissions: 0, tcp_state: "SF", packets_out: 14, rtt_ms: 30.1 },
  ]);
});

// Not every host takes rising numbers (RFC 6528): load balancers and test tools take any.
it.each<readonly [string, Segment[], string]>([
  ["a reset", [...open(0, X, Y), reset(700, X, Y)], "RSTO"],
  ["both FINs", whole(0, X, Y), "SF"],
])(
  "a connection within a second after %s is another row, whatever its number",
  async (name, first, state) => {
    const rows = await rowsOf(name, [...first, ...whole(900, X - 500_000_000, 90_000_000)]);
    expect(rows).toMatchObject([
      { retransmissions: 0, tcp_state: state, rtt_ms: 30.1 },
      { retransmissions: 0, tcp_state: "SF", rtt_ms: 30.1 },
    ]);
  },
);

it("a SYN of a connection that was reset comes late and begins nothing", async () => {
  const segments: Segment[] = [...open(0, X, Y), reset(700, X, Y), [710, OUT, TCP_SYN, X, 0]];
  expect(await rowsOf("late", segments)).toMatchObject([{ packets_out: 14, retransmissions: 1 }]);
});

/** A connection of which the capture lacks the client's FIN and all behind it. */
const halfClosed = (ms: number, x: number, y: number): Segment[] => [
  ...open(ms, x, y),
  [ms + 700, BACK, FIN_ACK, y + 10_001, x + 1001],
];

it.each([
  ["higher", X + 7_000_000],
  ["lower", X - 7_000_000],
])("a SYN after the other end's FIN begins another row, and is in it: a %s number", async (name, x2) => {
  const segments = [...halfClosed(0, X, Y), ...whole(10_000, x2, 90_000_000)];
  expect(await rowsOf(`half-closed ${name}`, segments)).toMatchObject([
    { packets_out: 12, packets_back: 12, tcp_state: "S3" },
    { packets_out: 14, packets_back: 12, tcp_state: "SF", rtt_ms: 30.1 },
  ]);
});

it("a SYN that is late behind the other end's FIN begins nothing", async () => {
  const [syn, ...others] = halfClosed(0, X, Y);
  const late: Segment[] = syn === undefined ? [] : [[710, OUT, TCP_SYN, X, 0]];
  expect(await rowsOf("late behind FIN", [...others, ...late])).toMatchObject([{ packets_out: 12 }]);
});

it("the SYN that comes again after the other end, half closed, was reset has a row with what follows", async () => {
  const segments: Segment[] = [
    ...halfClosed(0, X, Y),
    [10_000, OUT, TCP_SYN, X - 7_000_000, 0],
    [10_030, BACK, TCP_ACK, Y + 10_002, X + 1001],
    [10_030.1, OUT, TCP_RST, X + 1001, 0],
    ...whole(11_000, X - 7_000_000, 90_000_000),
  ];
  const rows = await rowsOf("half-closed and reset", segments);
  expect(rows.at(-1)).toMatchObject({ packets_out: 14, tcp_state: "SF", rtt_ms: 30.1, retransmissions: 0 });
});

// Two taps whose clocks differ, and that have no packet in common to tell by how much.
it.each<readonly [string, Segment[]]>([
  ["reset by the server", [...open(0, X, Y), [690, BACK, TCP_RST, Y + 10_001, 0]]],
  ["closed by both", whole(0, X, Y)],
])(
  "each direction with a clock of its own, the answers first: a connection %s is one row",
  async (name, all) => {
    const segments = all.map(([ms, ends, ...rest]): Segment => [ends === OUT ? ms + 850 : ms, ends, ...rest]);
    expect(await rowsOf(`clocks ${name}`, segments)).toMatchObject([
      { client_ip: OUT.source, retransmissions: 0 },
    ]);
  },
);
