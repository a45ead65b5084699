import fc from "fast-check";
import { expect, it } from "vitest";
import { LossWindow } from "../../src/protocols/loss-window.ts";
import { WorstWindow } from "../../src/protocols/stream-windows.ts";

/** Steps forward, mostly small, mostly without a loss; sometimes one of the last losses turns out late. */
const step = fc.record({
  ahead: fc.oneof({ weight: 20, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(60) }),
  lost: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) }),
  late: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

it.each([
  [10, 5],
  [15, 100],
  [15, 12],
])("a loss window of %d buckets is the sliding window, whatever comes", (buckets, fewest) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 400 }), (steps) => {
      const oracle = new WorstWindow(buckets, fewest);
      const window = new LossWindow(buckets, fewest);
      let bucket = 0;
      let lostIn: number[] = [];
      for (const { ahead, lost, late } of steps) {
        bucket += ahead;
        const back = late ? lostIn.pop() : undefined;
        if (back !== undefined) {
          for (const each of [oracle, window]) {
            each.takeBack(back);
            each.add(bucket, 0, 0);
          }
          continue;
        }
        if (lost > 0) lostIn = [...lostIn.slice(-3), bucket];
        for (const each of [oracle, window]) each.add(bucket, lost, lost + 1);
      }
      oracle.finish();
      window.finish();
      expect(window.worst).toBe(oracle.worst);
    }),
    { numRuns: 500 },
  );
});
