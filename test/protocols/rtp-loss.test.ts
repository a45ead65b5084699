import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SequenceTracker } from "../../src/protocols/rtp-sequence.ts";
import { Arrival } from "../../src/protocols/arrival.ts";
import { RtpStream } from "../../src/protocols/rtp-stream.ts";
import { RtpStreams } from "../../src/protocols/rtp-streams.ts";
import { rtp } from "../support/payloads-media.ts";

const ALONE = { microsoft: false, hint: undefined } as const;

describe("loss by sequence numbers", () => {
  it("counts wrap, gaps, a duplicate and a late packet as RFC 3550, A.1 and A.3", () => {
    const tracker = new SequenceTracker();
    for (const sequence of [65533, 65534, 65535, 1, 2, 3, 3, 6, 5]) tracker.add(sequence);
    expect(tracker).toMatchObject({
      expected: 10,
      unique: 8,
      lost: 2,
      duplicates: 1,
      reordered: 1,
      firstSequence: 65533,
      lastSequence: 6,
    });
    expect(tracker.highest - 65536).toBe(65542);
  });

  it("does not believe one packet far away, and begins anew after two", () => {
    const tracker = new SequenceTracker();
    for (const sequence of [100, 101, 102, 40000, 103, 104]) tracker.add(sequence);
    expect(tracker).toMatchObject({ expected: 5, unique: 5, lost: 0, restarts: 0 });
    for (const sequence of [20000, 20001, 20002]) tracker.add(sequence);
    expect(tracker).toMatchObject({ expected: 8, unique: 8, lost: 0, restarts: 1 });
  });

  it("finds exactly the packets that were taken out, whatever order the rest comes in", () => {
    fc.assert(
      fc.property(
        fc.nat(65535),
        fc.array(fc.record({ lost: fc.boolean(), swap: fc.boolean() }), { minLength: 3, maxLength: 400 }),
        (first, fates) => {
          const kept = fates.map((fate, i) => ({ ...fate, number: first + i })).filter((fate) => !fate.lost);
          for (let i = 0; i + 1 < kept.length; i += 2) {
            const [a, b] = [kept[i], kept[i + 1]];
            if (a !== undefined && b !== undefined && a.swap && b.number - a.number < 50)
              [kept[i], kept[i + 1]] = [b, a];
          }
          const tracker = new SequenceTracker();
          for (const { number } of kept) tracker.add(number & 0xffff);
          const numbers = kept.map(({ number }) => number);
          const expected = numbers.length === 0 ? 0 : Math.max(...numbers) - Math.min(...numbers) + 1;
          expect(tracker.expected).toBe(expected);
          expect(tracker.lost).toBe(expected - numbers.length);
          expect(tracker.duplicates).toBe(0);
        },
      ),
    );
  });

  it("answers to any numbers, and never counts below zero", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(65535), { maxLength: 300 }), (numbers) => {
        const tracker = new SequenceTracker();
        for (const number of numbers) tracker.add(number);
        expect(tracker.lost).toBeGreaterThanOrEqual(0);
        expect(tracker.unique + tracker.duplicates).toBeLessThanOrEqual(numbers.length + tracker.restarts);
      }),
    );
  });
});

describe("a gap of more numbers than RFC 3550 takes for the same stream", () => {
  /** Audio of 14 s, and of 16 s after so many seconds in which nothing came. */
  function lossOf(gapS: number, numbers: number, ticks: number, isOtherHeard = true): number {
    const stream = new RtpStream(0, 1, 1, 0, undefined, () => isOtherHeard);
    for (let i = 0; i < 700; i++) stream.add(0, i, 160 * i, 160, 20 * i);
    for (let i = 0; i < 800; i++)
      stream.add(0, (700 + numbers + i) & 0xffff, 160 * (700 + i) + ticks, 160, 20 * (700 + i) + 1000 * gapS);
    const { lost, packets } = stream.report(ALONE);
    expect(packets).toBe(1500);
    return lost;
  }

  it.each([
    ["80 s, with the numbers and the time stamp that were due", 80, 4000, 80 * 8000, 4000],
    ["five minutes", 299, 14_950, 299 * 8000, 14_950],
    ["a pause in which nothing was sent", 80, 0, 80 * 8000, 0],
    ["numbers that begin anew, and a time stamp that goes on", 80, 20_000, 80 * 8000, 0],
    ["numbers that were due, and a time stamp that begins anew", 80, 4000, 999_999_999, 0],
    ["numbers that begin anew at once", 0, 4000, 0, 0],
  ])("%s", (_, gapS, numbers, ticks, lost) => {
    expect(lossOf(gapS, numbers, ticks)).toBe(lost);
    // Where nothing shows that there was a capture, the gap may be its own.
    expect(lossOf(gapS, numbers, ticks, false)).toBe(0);
  });

  it.each([
    ["one way", 4000, [0]],
    ["both ways, as in a hole of the capture", 0, [0, 1]],
  ] as const)("is a loss where media goes on the other way: %s", (_, lost, away) => {
    const streams = new RtpStreams(() => undefined);
    const arrival = new Arrival();
    for (let i = 0; i < 6000; i++)
      for (const direction of [0, 1] as const) {
        if (i >= 1000 && i < 5000 && away.some((item) => item === direction)) continue;
        const bytes = rtp({
          payloadType: 0,
          sequence: i,
          timestamp: 160 * i,
          ssrc: 7 + direction,
          payload: new Uint8Array(160),
        });
        const ms = 20 * i + 5 * direction;
        arrival.at(direction, Math.floor(ms / 1000), (ms % 1000) * 1e6, i + 1, 0);
        streams.add(new DataView(bytes.buffer), 0, bytes.length, 160, arrival);
      }
    streams.endRuns();
    expect(streams.accepted(false).map((stream) => stream.report(ALONE).lost)).toEqual([lost, 0]);
  });

  it("video of 400 packets a second that is away for 20 s", () => {
    const stream = new RtpStream(0, 1, 1, 0, undefined, () => true);
    let sequence = 60_000;
    for (let frame = 0; frame < 900; frame++)
      for (let i = 0; i < 16; i++, sequence++)
        if (frame < 300 || frame >= 800)
          stream.add(122, sequence & 0xffff, 3600 * frame, 1000, 40 * frame + i);
    const { lost, expected, packets } = stream.report(ALONE);
    expect([lost, expected, packets]).toEqual([8000, 14_400, 6400]);
  });
});
