import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClockMarks } from "../../src/classify/clock-marks.ts";
import { clockOffset } from "../../src/classify/clock-offset.ts";

const SECOND = 1e9;
const MILLISECOND = 1e6;

/** Marks of packets by name, time in ns and time to live. */
function marks(...packets: readonly (readonly [number, number, number])[]): ClockMarks {
  const made = new ClockMarks(0);
  for (const [name, timeNs, timeToLive] of packets) made.packets.set(name, { timeNs, timeToLive });
  return made;
}

describe("packets seen in both captures", () => {
  it("give the offset between the two ways, which cancel each other", () => {
    // Five packets pass A, then B 8 ms later; five come back by B, then A. B's clock is 3.2 s ahead.
    const a = marks();
    const b = marks();
    for (let i = 0; i < 5; i++) {
      const sent = i * 100 * MILLISECOND;
      a.packets.set(i, { timeNs: sent, timeToLive: 64 });
      b.packets.set(i, { timeNs: sent + 8 * MILLISECOND + 3.2 * SECOND, timeToLive: 63 });
      a.packets.set(10 + i, { timeNs: sent + 58 * MILLISECOND, timeToLive: 50 });
      b.packets.set(10 + i, { timeNs: sent + 50 * MILLISECOND + 3.2 * SECOND, timeToLive: 51 });
    }
    expect(clockOffset(a, b)).toEqual({ basis: "packets", offsetNs: -3.2 * SECOND, packets: 10 });
    expect(clockOffset(b, a)).toEqual({ basis: "packets", offsetNs: 3.2 * SECOND, packets: 10 });
  });

  it("are no offset where the way between the taps explains the difference", () => {
    const a = marks([1, 0, 64], [2, 100, 64], [3, 200, 64]);
    const b = marks([1, 5 * MILLISECOND, 63], [2, 5 * MILLISECOND + 100, 63], [3, 5 * MILLISECOND + 200, 63]);
    expect(clockOffset(a, b)).toMatchObject({ offsetNs: 0, packets: 3 });
  });

  it("say nothing when they are fewer than three, or disagree", () => {
    const a = marks([1, 0, 64], [2, 100, 64], [3, 200, 64], [4, 300, 64]);
    expect(clockOffset(a, marks([1, SECOND, 63], [2, SECOND, 63]))).toBeUndefined();
    const scattered = marks([1, SECOND, 63], [2, 9 * SECOND, 63], [3, 20 * SECOND, 63], [4, 44 * SECOND, 63]);
    expect(clockOffset(a, scattered)).toBeUndefined();
  });

  it("at one place tell it alone, whatever others are alike by chance", () => {
    const a = marks();
    const b = marks();
    for (let i = 0; i < 50; i++) {
      a.packets.set(i, { timeNs: i * MILLISECOND, timeToLive: 64 });
      b.packets.set(i, { timeNs: i * MILLISECOND + 200, timeToLive: 64 });
    }
    for (const [name, later, timeToLive] of [
      [100, 180, 63],
      [101, 150, 65],
    ] as const) {
      a.packets.set(name, { timeNs: 0, timeToLive: 64 });
      b.packets.set(name, { timeNs: later * MILLISECOND, timeToLive });
    }
    expect(clockOffset(a, b)?.offsetNs).toBe(0);
  });

  describe("with other identifications", () => {
    /** Two captures of 40 packets each, `common` of them in both, half a second later in the second. */
    function pair(common: number): [ClockMarks, ClockMarks] {
      const [a, b] = [marks(), marks()];
      for (let i = 0; i < 40; i++) {
        const timeNs = i * MILLISECOND;
        a.packets.set(i, { timeNs, timeToLive: 64, ipId: 100 + i });
        b.packets.set(40 - common + i, { timeNs: timeNs + 0.5 * SECOND, timeToLive: 64, ipId: 500 + i });
      }
      return [a, b];
    }

    it("were sent again, on the other link when one failed, and say nothing", () => {
      expect(clockOffset(...pair(8))).toBeUndefined();
    });

    it("are those that a firewall wrote anew where they are much of what either capture has", () => {
      expect(clockOffset(...pair(12))).toMatchObject({ basis: "packets", packets: 12 });
    });

    it("do not count beside those that kept theirs", () => {
      const [a, b] = pair(30);
      for (const [name, timeNs] of [
        [1000, 0],
        [1001, SECOND],
        [1002, 2 * SECOND],
      ] as const) {
        a.packets.set(name, { timeNs, timeToLive: 64, ipId: 9 });
        b.packets.set(name, { timeNs: timeNs + 0.1 * SECOND, timeToLive: 64, ipId: 9 });
      }
      expect(clockOffset(a, b)).toMatchObject({ offsetNs: -0.1 * SECOND, packets: 3 });
    });
  });

  it("must be many for an offset of days", () => {
    const at = (count: number, timeNs: number): ClockMarks =>
      marks(...Array.from({ length: count }, (_, i) => [i, timeNs + i * MILLISECOND, 64] as const));
    const days = 3 * 86_400 * SECOND;
    expect(clockOffset(at(11, 0), at(11, days))).toBeUndefined();
    expect(clockOffset(at(12, 0), at(12, days))).toMatchObject({ offsetNs: -days, packets: 12 });
  });

  it("find any offset of up to an hour, whatever else both captures hold", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -3_600_000, max: 3_600_000 }),
        fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 20, maxLength: 60 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9e6 }), fc.integer({ min: 0, max: 9e6 })), {
          maxLength: 8,
        }),
        (offsetMs, times, noise) => {
          const a = marks(...times.map((time, i) => [i, time * MILLISECOND, 64] as const));
          const b = marks(...times.map((time, i) => [i, (time - offsetMs) * MILLISECOND, 64] as const));
          for (const [i, [x, y]] of noise.entries()) {
            a.packets.set(1000 + i, { timeNs: x * MILLISECOND, timeToLive: 64 });
            b.packets.set(1000 + i, { timeNs: y * MILLISECOND, timeToLive: 64 });
          }
          const found = clockOffset(a, b)?.offsetNs ?? Number.NaN;
          // Within 20 ms, where only packets at one hop count were seen, clocks count as equal.
          expect(Math.abs(found - offsetMs * MILLISECOND)).toBeLessThanOrEqual(250 * MILLISECOND);
        },
      ),
    );
  });
});

describe("answers in one capture to questions in the other", () => {
  const asked = (times: readonly number[], from: number): ClockMarks => {
    const made = new ClockMarks(0);
    for (const [i, time] of times.entries()) made.questions.set(from + i, time);
    return made;
  };

  it("bound the offset from both sides", () => {
    const a = asked([0, 100 * MILLISECOND], 1);
    a.answers.set(10, 30 * MILLISECOND);
    const b = asked([7 * SECOND + 12 * MILLISECOND], 10);
    b.answers.set(1, 7 * SECOND + 10 * MILLISECOND).set(2, 7 * SECOND + 111 * MILLISECOND);
    expect(clockOffset(a, b)).toEqual({
      basis: "answers",
      lowNs: -7 * SECOND - 10 * MILLISECOND,
      highNs: -7 * SECOND + 18 * MILLISECOND,
      offsetNs: -7 * SECOND + 4 * MILLISECOND,
      packets: 3,
    });
  });

  it("say nothing where a question was sent again in the next file of a rotation, after it was answered in the one before", () => {
    const before = asked([0, 1_990_000], 1);
    before.answers.set(1, 2 * MILLISECOND);
    const after = asked([10 * MILLISECOND], 1);
    after.answers.set(1, 10 * MILLISECOND + 20_000).set(2, 10 * MILLISECOND + 20_000);
    expect(clockOffset(before, after)).toBeUndefined();
    expect(clockOffset(after, before)).toBeUndefined();
  });

  it("bound the offset where both captures saw the questions, as two taps of one line do", () => {
    // Taken 4 s ahead; each packet was mirrored twice into both, so that none of them tells a time by itself.
    const times = Array.from({ length: 8 }, (_, i) => i * SECOND);
    const a = asked(times, 1);
    const b = asked(
      times.map((time) => time - 4 * SECOND),
      1,
    );
    for (const [i, time] of times.entries()) {
      a.answers.set(1 + i, time + 30 * MILLISECOND);
      b.answers.set(1 + i, time - 4 * SECOND + 30 * MILLISECOND);
    }
    expect(clockOffset(a, b)).toEqual({
      basis: "answers",
      lowNs: 4 * SECOND - 30 * MILLISECOND,
      highNs: 4 * SECOND + 30 * MILLISECOND,
      offsetNs: 4 * SECOND,
      packets: 16,
    });
  });

  it("say nothing from one side alone, or where they leave no time to answer", () => {
    const a = asked([0, 1, 2, 3], 1);
    const b = new ClockMarks(0);
    for (const key of [1, 2, 3, 4]) b.answers.set(key, SECOND);
    expect(clockOffset(a, b)).toBeUndefined();
    b.questions.set(50, SECOND + 5);
    a.answers.set(50, 0);
    expect(clockOffset(a, b)).toBeUndefined();
  });
});
