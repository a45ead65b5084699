import { describe, expect, it } from "vitest";
import { JitterMeter } from "../../src/protocols/rtp-jitter.ts";

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

  it("measures what came before a clock was told, too", () => {
    const [known, told] = [new JitterMeter(), new JitterMeter()];
    known.setClock(96, 16_000);
    for (let i = 0; i < 40; i++) {
      if (i === 10) told.tellClock(96, 16_000);
      for (const meter of [known, told]) meter.add(96, i, 320 * i, 20 * i + (i % 3));
    }
    expect(told.count).toBe(39);
    expect(told.sum).toBeCloseTo(known.sum, 6);
    // What was measured stays.
    told.tellClock(96, 8000);
    expect(told.clockOf(96)).toBe(16_000);
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

  it.each([
    ["of which hardly any are neighbours, for as long as it is looked for", 1100],
    ["when the stream ends before", 400],
  ])("finds the clock of packets that overtake each other, %s", (_, packets) => {
    const sent = Array.from({ length: packets }, (_each, i) => ({ i, ms: 20 * i + (i % 2) * 31 }));
    const meter = new JitterMeter();
    for (const { i, ms } of sent.toSorted((a, b) => a.ms - b.ms)) meter.add(104, i, 320 * i, ms);
    meter.finish(undefined);
    expect(meter.measuredClock(104)).toBe(16_000);
    expect(meter.count).toBe(packets - 1);
    expect(meter.max).toBeCloseTo(31, 3);
  });

  it("finds the clock of video whose frames take several packets", () => {
    const meter = new JitterMeter();
    for (let i = 0; i < 60; i++)
      meter.add(122, i, 3000 * Math.floor(i / 4), 33.3333 * Math.floor(i / 4) + (i % 4) * 0.1);
    expect(meter.measuredClock(122)).toBe(90000);
  });
});

describe("clocks near each other", () => {
  /** `count` packets of `ticks` at a clock, late by up to `lateMs`; what is measured of them. */
  function measured(clock: number, ticks: number, count: number, lateMs: number, seed: number): JitterMeter {
    const meter = new JitterMeter();
    let state = seed * 1_000_003;
    const chance = (): number => (state = (state * 16_807) % 0x7fffffff) / 0x7fffffff;
    for (let i = 0; i < count; i++)
      meter.add(100, i, ticks * i, 1_700_000_000_000 + ((1000 * ticks) / clock) * i + lateMs * chance());
    meter.finish(undefined);
    return meter;
  }

  it.each([
    [11025, 1024],
    [12000, 1024],
    [22050, 1024],
    [24000, 1024],
    [32000, 1024],
    [44100, 1024],
    [44100, 882],
    [48000, 960],
    [48000, 1024],
  ])("%d Hz in steps of %d is told, with jitter and without", (clock, ticks) => {
    for (let seed = 1; seed <= 40; seed++)
      for (const lateMs of [0, 5, 12]) {
        const meter = measured(clock, ticks, 400, lateMs, seed);
        expect(meter.measuredClock(100), `seed ${seed}, ${lateMs} ms`).toBe(clock);
        expect(meter.max).toBeLessThan(0.1 + lateMs);
      }
  });

  it("a queue that fills in the first second makes 48000 Hz no 44100 Hz, nor does a sender whose time stamp stands still in pauses", () => {
    const filling = new JitterMeter();
    const pausing = new JitterMeter();
    for (let i = 0; i < 400; i++) {
      filling.add(100, i, 960 * i, 20 * i + Math.min(90, 1.8 * i));
      pausing.add(100, i, 960 * i, 20 * i + 110 * Math.floor(i / 60));
    }
    expect(filling.measuredClock(100)).toBe(48000);
    expect(pausing.measuredClock(100)).toBe(48000);
  });

  it("too few packets to tell 44100 Hz count as 48000 Hz, as they seem to be", () => {
    expect(measured(44_100, 882, 100, 2, 1).clock).toBe(48000);
  });

  it("ten packets of 128 ms are enough for the clock of audio", () => {
    expect(measured(8000, 1024, 10, 5, 1).measuredClock(100)).toBe(8000);
    expect(measured(8000, 160, 10, 5, 1).measuredClock(100)).toBeUndefined();
  });
});
