import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import { Noise, u16 } from "../support/bytes.ts";
import { type CapturedPacket, pcap } from "../support/captures.ts";
import { at, milliseconds } from "../support/conversation.ts";
import { checksum, ethernetIp, ipBytes, udp } from "../support/packets.ts";
import { rtp } from "../support/payloads-media.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { classifyFiles } from "./classify-files.ts";

/** Captures that have of each packet little more than its headers: of UDP over IPv6 nothing but the checksum tells them apart. */

const folder = temporaryFolder();
const START = at("2026-03-10T12:00:00Z");
const V6 = { source: "2001:db8:1::43", destination: "2603:1063::11" };
const V4 = { source: "10.1.1.43", destination: "52.112.0.11" };
const PORTS = { sourcePort: 50_010, destinationPort: 3479 };
const COUNT = 400;
const V6_HEADERS = 14 + 40 + 8;

interface SlicedTap {
  readonly name: string;
  readonly snap: number;
  readonly sees?: (n: number) => boolean;
  readonly vlans?: readonly number[];
  readonly laterMs?: number;
  /** Captured where the network card is yet to write the checksum. */
  readonly open?: boolean;
}

/** Whole IP packets, the same each time. `isNumbered`: with an IP identification. */
function packets(
  ends: typeof V6,
  everyMs: number,
  isNumbered: boolean,
): { time: bigint; bytes: Uint8Array }[] {
  const noise = new Noise(7);
  return Array.from({ length: COUNT }, (_, n) => {
    const content = rtp({
      payloadType: 0,
      sequence: n,
      timestamp: 160 * n,
      ssrc: 0x1234_5678,
      payload: noise.bytes(160),
    });
    return {
      time: START + milliseconds(everyMs * n),
      bytes: udp({ ...ends, ...PORTS, id: isNumbered ? n + 1 : 0 }, content),
    };
  });
}

/** The datagram as its host hands it over: its checksum is the sum of the pseudo-header. */
function withOpenChecksum(bytes: Uint8Array): Uint8Array {
  const length = bytes.length - 40;
  const sum = ~checksum(ipBytes(V6.source), ipBytes(V6.destination), u16(length), u16(17)) & 0xffff;
  const open = bytes.slice();
  open.set(u16(sum), 46);
  return open;
}

async function seenBy(
  taps: readonly SlicedTap[],
  { ends = V6, everyMs = 20, isNumbered = false } = {},
): Promise<FlowRow | undefined> {
  const paths = taps.map(({ name, snap, sees, vlans, laterMs = 0, open = false }) => {
    const seen = packets(ends, everyMs, isNumbered).flatMap(({ time, bytes }, n): CapturedPacket[] => {
      if (sees?.(n) === false) return [];
      const frame = ethernetIp(vlans ? { vlans } : {}, open ? withOpenChecksum(bytes) : bytes);
      const captured = frame.subarray(0, snap);
      return [{ time: time + milliseconds(laterMs), bytes: captured, originalLength: frame.length }];
    });
    const path = join(folder, `${name}.pcap`);
    writeFileSync(path, pcap(seen));
    return path;
  });
  const { rows } = await classifyFiles(paths, undefined);
  expect(rows).toHaveLength(1);
  return rows[0];
}

const isEven = (n: number): boolean => n % 2 === 0;
const isOdd = (n: number): boolean => n % 2 === 1;

it.each([V6_HEADERS, V6_HEADERS + 1, V6_HEADERS + 2])(
  "packets that two links share are as many as both have, of %d bytes each",
  async (snap) => {
    const row = await seenBy([
      { name: "one", snap, sees: isEven },
      { name: "other", snap, sees: isOdd },
    ]);
    expect(row?.packets_out).toBe(COUNT);
  },
);

it.each([
  ["an address without an IP identification", V4, 42],
  ["IPv6", V6, V6_HEADERS],
])("packets that follow soon at one point are no copies: %s", async (_name, ends, snap) => {
  const row = await seenBy([{ name: "one", snap }], { ends, everyMs: 0.2 });
  expect(row?.packets_out).toBe(COUNT);
});

it.each([
  ["one right behind 20 bytes of content", V6, V6_HEADERS + 20, V6_HEADERS + 34],
  ["one there, the other not at all", V6, V6_HEADERS + 20, 300],
  ["both, and one has a tag", V4, 64, 60],
  ["one, and the other not at all", V4, 42 + 12, 300],
])("packets of which captures have different lengths count once: %s", async (_name, ends, one, other) => {
  for (const [first, second] of [
    [one, other],
    [other, one],
  ] as const) {
    const row = await seenBy(
      [
        { name: "one", snap: first },
        { name: "other", snap: second + 4, vlans: [100], laterMs: 0.4 },
      ],
      { ends, isNumbered: ends === V4 },
    );
    expect(row?.packets_out).toBe(COUNT);
  }
});

it.each([
  ["alike", V6_HEADERS + 2, V6_HEADERS + 2, 0.4],
  ["to the headers alone, and some more", V6_HEADERS, V6_HEADERS + 9, 0.4],
  ["more, and to the headers alone", V6_HEADERS + 9, V6_HEADERS, 0.4],
  ["alike, by a clock that is ahead", V6_HEADERS, V6_HEADERS, 150],
])("packets that two points see count once, cut %s", async (_name, one, other, laterMs) => {
  const row = await seenBy([
    { name: "one", snap: one },
    { name: "other", snap: other + 4, vlans: [100], laterMs },
  ]);
  expect(row?.packets_out).toBe(COUNT);
});

it("packets whose checksum is yet to be written at the host are those that the wire has", async () => {
  const snap = V6_HEADERS + 2;
  const host = { name: "host", snap, open: true };
  expect((await seenBy([host, { name: "wire", snap, laterMs: 0.3 }]))?.packets_out).toBe(COUNT);
  // By clocks that have the wire before the host, those it had until the host's first one came count twice.
  const wireFirst = await seenBy([
    { ...host, laterMs: 50 },
    { name: "wire", snap },
  ]);
  expect(wireFirst?.packets_out).toBeLessThanOrEqual(COUNT + 3);
});
