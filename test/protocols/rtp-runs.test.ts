import fc from "fast-check";
import { expect, it } from "vitest";
import type { Recognition, StreamReport } from "../../src/protocols/recognition.ts";
import { continueRun } from "../../src/protocols/rtp-runs.ts";
import { UdpInspector } from "../../src/protocols/udp-inspector.ts";
import type { Direction } from "../../src/words.ts";
import { rtp } from "../support/payloads-media.ts";
import { Datagrams } from "./datagrams.ts";

interface Sent {
  readonly bytes: Uint8Array;
  readonly direction: Direction;
  readonly microseconds: number;
  readonly dscp: number;
}

/**
 * A call of two streams: mostly regular, with losses, late and repeated packets, pauses, markers and comfort noise. The
 * clock of a static payload type is known, that of others is to be found; 3,000 ticks in 20 ms are no clock of any.
 */
const codec = fc.record({
  payloadType: fc.constantFrom(0, 104, 122),
  ticks: fc.constantFrom(160, 320, 960, 1800, 3000),
  gapUs: fc.constantFrom(0, 20_000),
});
const steps = fc.array(
  fc.record({
    direction: fc.constantFrom<Direction>(0, 0, 1),
    gapUs: fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 0, max: 40_000 }) }, fc.nat(4_000_000)),
    event: fc.oneof(
      { weight: 80, arbitrary: fc.constant("next") },
      fc.constantFrom("lost", "late", "again", "marker", "noise", "jump", "other-ssrc", "dscp", "extension"),
    ),
    size: fc.nat(300),
  }),
  { minLength: 1, maxLength: 300, size: "max" },
);
const call = fc.tuple(steps, codec).map(([sequence, { payloadType, ticks, gapUs: usual }]): Sent[] => {
  let microseconds = 1_700_000_000_000_000;
  const next: [number, number] = [65_500, 10];
  const stamp: [number, number] = [4_294_900_000, 0];
  return sequence.map(({ direction, gapUs, event, size }) => {
    microseconds += usual > 0 && gapUs < 40_000 ? usual + (gapUs >>> 6) : gapUs;
    const d = direction;
    if (event === "lost") next[d] += 2;
    if (event === "jump") next[d] += 5000;
    const back = event === "late" ? 3 : event === "again" ? 1 : 0;
    const number = (next[d] - back + 65_536) & 0xffff;
    const timestamp = (stamp[d] - ticks * back + 2 ** 32) % 2 ** 32;
    if (back === 0) {
      next[d] = (next[d] + 1) & 0xffff;
      stamp[d] = (stamp[d] + ticks) % 2 ** 32;
    }
    const bytes = rtp({
      payloadType: event === "noise" ? 13 : payloadType,
      marker: event === "marker",
      sequence: number,
      timestamp,
      ssrc: event === "other-ssrc" ? 7 : 0x9000_0000 + d,
      payload: new Uint8Array(size),
    });
    if (event === "extension") bytes[0] = 0x90;
    return { bytes, direction, microseconds, dscp: event === "dscp" ? 0 : 46 };
  });
});

function recognise(sent: readonly Sent[], withRuns: boolean): { result: Recognition; taken: number } {
  const inspector = new UdpInspector();
  const packets = new Datagrams([50006, 3478]);
  const runs: [number, number] = [0, 0];
  let taken = 0;
  for (const [i, { bytes, direction, microseconds, dscp }] of sent.entries()) {
    const packet = packets.lay(bytes, direction);
    packet.dscp = dscp;
    const seconds = Math.floor(microseconds / 1e6);
    const nanoseconds = (microseconds % 1e6) * 1000;
    const { view, payloadStart: start, payloadEnd: end } = packet;
    const run = withRuns ? runs[direction] : 0;
    if (run !== 0 && continueRun(run, view, start, end, end - start, dscp, seconds, nanoseconds)) {
      taken++;
      continue;
    }
    inspector.inspect(packet, direction, seconds, nanoseconds, i + 1);
    runs[direction] = withRuns ? inspector.run(direction) : 0;
  }
  return { result: inspector.result(), taken };
}

/** Sums of fractions may differ in their last digits. */
function roughly(value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(9)) : value;
}

function comparable({ streams, ...rest }: Recognition): unknown {
  const rough = (stream: StreamReport): unknown =>
    Object.fromEntries(Object.entries(stream).map(([key, value]) => [key, roughly(value)]));
  return { ...rest, streams: (streams ?? []).map(rough) };
}

it("runs of RTP change nothing of what a flow's streams report", () => {
  let takenInAll = 0;
  fc.assert(
    fc.property(call, (sent) => {
      const plain = recognise(sent, false);
      const fast = recognise(sent, true);
      takenInAll += fast.taken;
      expect(comparable(fast.result)).toEqual(comparable(plain.result));
    }),
    { numRuns: 400 },
  );
  expect(takenInAll).toBeGreaterThan(1000);
});

it("runs of RTP change nothing where streams make room for others", () => {
  const sent = Array.from({ length: 100 * 20 }, (_, at): Sent => {
    const [spurt, i] = [Math.floor(at / 20), at % 20];
    const bytes = rtp({
      payloadType: 0,
      sequence: 70 + i,
      timestamp: 160 * i,
      ssrc: 0x9000_0000 + spurt,
      payload: new Uint8Array(160),
    });
    const microseconds = 1_700_000_000_000_000 + 2_000_000 * spurt + 20_000 * i;
    return { bytes, direction: 0, microseconds, dscp: 46 };
  });
  const fast = recognise(sent, true);
  expect(fast.taken).toBeGreaterThan(1000);
  expect(fast.result.application).toBe("rtp");
  expect(comparable(fast.result)).toEqual(comparable(recognise(sent, false).result));
});
