import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { G711, G729A, mosEstimate, transmissionRating } from "../../src/protocols/mos.ts";
import { JitterMeter } from "../../src/protocols/rtp-jitter.ts";
import { SequenceTracker } from "../../src/protocols/rtp-sequence.ts";
import { Arrival } from "../../src/protocols/arrival.ts";
import { RtpStream } from "../../src/protocols/rtp-stream.ts";
import { RtpStreams } from "../../src/protocols/rtp-streams.ts";
import type { StreamReport } from "../../src/protocols/recognition.ts";
import { rtp } from "../support/payloads-media.ts";
import { CLIENT_TARGETS, EDGE_TARGETS, judgeQuality } from "../../src/protocols/stream-quality.ts";

const ALONE = { microsoft: false, hint: undefined } as const;

describe("loss by sequence numbers", () => {
  it("counts wrap, gaps, a duplicate and a late packet as RFC 3550, A.1 and A.3", () => {
    const tracker = new SequenceTracker();
    for (const sequence of [65533, 65534, 65535, 1, 2, 3, 3, 6, 5]) tracker.add(sequence);
    expect(tracker).toMatchObject({
      expected: 10,
      unique: 8,
      lost: 2,
      lostByRfc3550: 1,
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

describe("interarrival jitter", () => {
  it("follows RFC 3550, A.8 (worked by hand)", () => {
    const meter = new JitterMeter();
    meter.setClock(0, 8000);
    const arrivals = [0, 20, 45, 60, 85, 100, 120, 170, 180, 200];
    const seen = arrivals.map((ms, i) => {
      meter.add(0, i, 160 * i, 1_700_000_000_000 + ms);
      return meter.jitter;
    });
    const wanted = [0, 0, 0.3125, 0.605469, 0.880127, 1.137619, 1.066518, 2.87486, 3.320182, 3.11267];
    for (const [i, value] of wanted.entries()) expect(seen[i]).toBeCloseTo(value, 4);
  });

  it("takes no pause of a sender for delay whose time stamp stands still meanwhile, but one after which all comes at once", () => {
    const jitterOf = (arrival: (i: number) => number): JitterMeter => {
      const meter = new JitterMeter();
      meter.setClock(0, 8000);
      for (let i = 0; i < 1000; i++) meter.add(0, i, 160 * i, arrival(i));
      return meter;
    };
    const onHold = jitterOf((i) => 20 * i + (i < 300 ? 0 : 60_000));
    expect(onHold.max).toBe(0);
    expect(onHold.count).toBe(998);
    // What was sent in five seconds comes in a quarter of one.
    const heldUp = jitterOf((i) => (i < 300 || i >= 550 ? 20 * i : 10_700 + (i - 300)));
    expect(heldUp.count).toBe(999);
    // The first of them is 4,700 ms late; the second, 19 ms nearer to it than it was sent, comes on top.
    expect(heldUp.max).toBeGreaterThanOrEqual(4700 / 16);
    expect(heldUp.max).toBeLessThan(4700 / 16 + 19);
  });

  it.each([-31_536_000_000, 31_536_000_000])(
    "takes no packets by a clock that is %d ms off for late",
    (year) => {
      const meter = new JitterMeter();
      meter.setClock(0, 8000);
      for (let i = 0; i < 1000; i++) {
        // The last one before them, and the first one behind, are lost.
        if (i === 299 || i === 302) continue;
        meter.add(0, i, 160 * i, 20 * i + (i === 300 || i === 301 ? year : 0));
      }
      expect(meter.max).toBe(0);
    },
  );

  it("loses no packet to the search for the clock", () => {
    const known = new JitterMeter();
    known.setClock(104, 16000);
    const searching = new JitterMeter();
    for (let i = 0; i < 100; i++) {
      const ms = 20 * i + ((i * 7) % 5);
      known.add(104, i, 320 * i, ms);
      searching.add(104, i, 320 * i, ms);
    }
    expect(searching.clock).toBe(16000);
    expect(searching.count).toBe(known.count);
    expect(searching.sum).toBeCloseTo(known.sum, 9);
    expect(searching.max).toBeCloseTo(known.max, 9);
  });

  it.each([
    ["audio", 8000, 160, 20],
    ["audio", 16000, 320, 20],
    ["audio", 24000, 480, 20],
    ["audio", 48000, 960, 20],
    ["video, one packet a frame", 90000, 3000, 33.3333],
  ])("finds the clock of %s at %d Hz", (_, clock, ticks, ms) => {
    const meter = new JitterMeter();
    for (let i = 0; i < 30; i++) meter.add(100, i, ticks * i, ms * i + (i % 3));
    expect(meter.measuredClock(100)).toBe(clock);
  });

  it("finds the clock where packets come with much jitter, in a burst, or after pauses", () => {
    const clockOf = (arrival: (i: number, chance: () => number) => number, seed: number): unknown => {
      const meter = new JitterMeter();
      let state = seed * 1_000_003;
      const chance = (): number => (state = (state * 16_807) % 0x7fffffff) / 0x7fffffff;
      let before = 0;
      for (let i = 0; i < 200; i++) {
        before = Math.max(before + 0.02, arrival(i, chance));
        meter.add(104, i, 320 * i, before);
      }
      return meter.measuredClock(104);
    };
    for (let seed = 1; seed <= 40; seed++) {
      // Queues as on a busy wireless network: delays of 20 ms in the mean.
      expect(
        clockOf((i, chance) => 20 * i - 20 * Math.log(chance()), seed),
        `seed ${seed}`,
      ).toBe(16000);
      // What waited comes at once; the sender was silent, and its time stamps passed over that.
      expect(clockOf((i) => Math.max(20 * i, 200 + 0.1 * i), seed)).toBe(16000);
      expect(clockOf((i) => 20 * i + 700 * Math.floor(i / 40), seed)).toBe(16000);
    }
  });

  it("finds the clock of video whose frames take several packets", () => {
    const meter = new JitterMeter();
    for (let i = 0; i < 60; i++)
      meter.add(122, i, 3000 * Math.floor(i / 4), 33.3333 * Math.floor(i / 4) + (i % 4) * 0.1);
    expect(meter.measuredClock(122)).toBe(90000);
  });
});

/** A G.711 stream of 20 ms packets with a fate for each. */
function stream(count: number, fate: (i: number) => "lost" | "twice" | number): StreamReport {
  const rtp = new RtpStream(0, 1, 1, 0);
  for (let i = 0; i < count; i++) {
    const what = fate(i);
    if (what === "lost") continue;
    const late = typeof what === "number" ? what : 0;
    rtp.add(0, i & 0xffff, 160 * i, 160, 20 * i + late);
    if (what === "twice") rtp.add(0, i & 0xffff, 160 * i, 160, 20 * i + 0.01);
  }
  return rtp.report(ALONE);
}

describe("windows", () => {
  it("measures loss where it was: 15 lost in one second of a minute are 2 percent of the worst 15 s", () => {
    const report = stream(3000, (i) => (i >= 1000 && i < 1015 ? "lost" : 0));
    expect(report).toMatchObject({ packets: 2985, expected: 3000, lost: 15 });
    expect(report.worstWindowLossPercent).toBeCloseTo((15 / 750) * 100, 1);
    expect(report.burstLossPercent).toBeGreaterThan(90);
  });

  it("takes a loss back when the packet was only late", () => {
    const rtp = new RtpStream(0, 1, 1, 0);
    for (let i = 0; i < 2000; i++) {
      const swapped = i % 10 === 3 ? i + 1 : i % 10 === 4 ? i - 1 : i;
      rtp.add(0, swapped, 160 * swapped, 160, 20 * i);
    }
    const report = rtp.report(ALONE);
    expect(report).toMatchObject({ lost: 0, reordered: 200, worstWindowLossPercent: 0, burstLossPercent: 0 });
  });

  it("is not disturbed by packets that a mirror port shows twice", () => {
    const once = stream(1000, () => 0);
    const twice = stream(1000, () => "twice");
    expect({ ...twice, duplicates: 0 }).toEqual(once);
    expect(twice.duplicates).toBe(1000);
  });

  it("finds the worst 15 s of jitter, not the mean of the call", () => {
    const report = stream(3000, (i) => (i >= 1000 && i < 1750 && i % 2 === 1 ? 10 : 0));
    expect(report.meanJitterMs).toBeLessThan(4);
    expect(report.worstWindowJitterMs).toBeGreaterThan(9);
  });

  it("says nothing of windows when the stream is too short for percents", () => {
    expect(stream(40, () => 0).worstWindowLossPercent).toBeUndefined();
  });
});

describe("MOS", () => {
  it.each([
    [0, 0, G711, 93.2, 4.4093],
    [150, 0, G711, 89.6, 4.3291],
    [200, 0, G711, 85.903, 4.2262],
    [20, 1, G711, 74.7955, 3.8131],
    [20, 1, undefined, 89.0802, 4.3158],
    [20, 5, undefined, 76.9393, 3.9033],
    [400, 5, undefined, 43.3223, 2.2296],
  ])("of %d ms and %d %% loss is that of ITU-T G.107", (delay, loss, codec, r, mos) => {
    expect(transmissionRating(delay, loss, codec)).toBeCloseTo(r, 3);
    expect(mosEstimate(delay, loss, codec)).toBeCloseTo(mos, 3);
  });

  it("of G.729A has its own impairment", () => {
    expect(transmissionRating(50, 2, G729A)).toBeCloseTo(73, 3);
  });

  it("stays between 1 and 4.5 for any delay and loss", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e4, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (d, l) => {
          const mos = mosEstimate(d, l);
          expect(mos).toBeGreaterThanOrEqual(1);
          expect(mos).toBeLessThanOrEqual(4.5);
        },
      ),
    );
  });
});

describe("quality", () => {
  const good = stream(3000, () => 0);
  const lossy = { ...stream(3000, (i) => (i % 50 === 7 ? "lost" : 0)), direction: 1 as const };

  it("is good below every target, poor when one stream or the round trip misses one", () => {
    expect(judgeQuality([good], 40, CLIENT_TARGETS).quality).toBe("good");
    expect(judgeQuality([good, lossy], 40, CLIENT_TARGETS).quality).toBe("poor");
    expect(judgeQuality([good], 100, CLIENT_TARGETS).quality).toBe("poor");
    expect(judgeQuality([good], 80, EDGE_TARGETS).quality).toBe("poor");
  });

  it("holds an edge to a tenth of the loss", () => {
    const few = stream(3000, (i) => (i % 300 === 7 ? "lost" : 0));
    expect(judgeQuality([few], undefined, CLIENT_TARGETS).quality).toBe("good");
    expect(judgeQuality([few], undefined, EDGE_TARGETS).quality).toBe("poor");
  });

  it("reports the worst stream and each direction on its own", () => {
    const quality = judgeQuality([good, lossy], undefined, CLIENT_TARGETS);
    expect(quality.lossPercent).toBeCloseTo(2, 1);
    expect(quality.directions[0].lossPercent).toBe(0);
    expect(quality.directions[1].lossPercent).toBeCloseTo(2, 1);
    expect(quality.codec).toBe("PCMU");
    expect(quality.mos).toBeLessThan(4.4);
  });

  it.each(["rtx", "x-ulpfecuc", "flexfec-03"])("is not that of repair beside it: %s", (codec) => {
    const repair = { ...lossy, codec, modality: "video" as const, meanJitterMs: 43, worstWindowJitterMs: 50 };
    const quality = judgeQuality([good, repair], undefined, CLIENT_TARGETS);
    expect(quality).toMatchObject({ quality: "good", codec: "PCMU", lossPercent: 0 });
    expect(quality.directions[1].lossPercent).toBeUndefined();
    expect(judgeQuality([repair], undefined, CLIENT_TARGETS).quality).toBe("poor");
  });

  it("says nothing without streams or without a measurable window", () => {
    expect(judgeQuality([], 500, CLIENT_TARGETS)).toMatchObject({
      quality: undefined,
      mos: undefined,
      codec: undefined,
    });
    expect(judgeQuality([stream(30, () => 0)], 20, CLIENT_TARGETS).quality).toBeUndefined();
  });
});
