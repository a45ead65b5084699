import { describe, expect, it } from "vitest";
import { mosEstimate, transmissionRating } from "../../../src/protocols/mos.ts";
import { JitterMeter } from "../../../src/protocols/rtp-jitter.ts";
import { SequenceTracker } from "../../../src/protocols/rtp-sequence.ts";
import { E_MODEL, JITTER, LOSS } from "./media-quality.ts";

describe("RFC 3550 and ITU-T G.107", () => {
  it("jitter after every packet", () => {
    const meter = new JitterMeter();
    meter.setClock(0, JITTER.clock);
    for (const [i, wanted] of JITTER.jitterMs.entries()) {
      meter.add(0, i, JITTER.timestamps[i] ?? 0, 1_700_000_000_000 + (JITTER.arrivalsMs[i] ?? 0));
      expect(meter.jitter).toBeCloseTo(wanted, 4);
    }
    expect((meter.jitter * JITTER.clock) / 1000).toBeCloseTo(JITTER.finalTicks, 3);
  });

  it("loss over a wrap, with a copy and a late packet", () => {
    const tracker = new SequenceTracker();
    for (const sequence of LOSS.sequences) tracker.add(sequence);
    const { expected, unique, lost, duplicates, reordered } = LOSS;
    expect(tracker).toMatchObject({ expected, unique, lost, duplicates, reordered });
    expect(unique + duplicates).toBe(LOSS.sequences.length);
    expect(tracker.firstSequence).toBe(LOSS.base);
    expect(tracker.highest & 0xffff).toBe(LOSS.highest & 0xffff);
  });

  it.each(E_MODEL)("%d ms, %d %% loss, Ie %d, Bpl %d: R %d, MOS %d", (delay, loss, ie, bpl, rating, mos) => {
    expect(transmissionRating(delay, loss, { ie, bpl })).toBeCloseTo(rating, 3);
    expect(mosEstimate(delay, loss, { ie, bpl })).toBeCloseTo(mos, 3);
  });
});
