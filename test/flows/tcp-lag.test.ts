import { describe, expect, it } from "vitest";
import { TcpLag } from "../../src/flows/tcp-lag.ts";

/** Link contexts: one that is ahead, one that sees the same later, and a third. */
const [AHEAD, BEHIND, THIRD] = [3, 7, 9];
/** A second, in the tenths of a millisecond that times are. */
const LONGEST = 10_000;

/** The first point saw bytes up to `end` at `now`; the other one a copy up to `copied`. */
function met(end: number, copied: number, now: number = 0): TcpLag {
  const lag = new TcpLag();
  lag.led(0, AHEAD, end, now);
  lag.copied(0, BEHIND, copied);
  return lag;
}

describe("which point of a TCP flow is behind", () => {
  it("is known of a direction once it was told who is ahead", () => {
    const lag = new TcpLag();
    expect([lag.knows(0), lag.knows(1)]).toEqual([false, false]);
    lag.led(1, 0, 100, 0);
    expect([lag.knows(0), lag.knows(1)]).toEqual([false, true]);
  });

  it("is the one that has not seen bytes which another saw just now", () => {
    const lag = met(3000, 1000);
    expect(lag.isBehind(0, BEHIND, 1000, 2000, 50, LONGEST)).toBe(true);
    // Those it has seen now, so that they were sent again.
    expect(lag.isBehind(0, BEHIND, 1000, 2000, 60, LONGEST)).toBe(false);
    expect(lag.isBehind(0, BEHIND, 2000, 3000, 70, LONGEST)).toBe(true);
  });

  it("is not the one of which nothing was seen before, nor the one that is ahead", () => {
    const lag = met(3000, 1000);
    expect(lag.isBehind(0, THIRD, 1000, 2000, 50, LONGEST)).toBe(false);
    expect(met(3000, 1000).isBehind(0, AHEAD, 1000, 2000, 50, LONGEST)).toBe(false);
  });

  it("is none where the other one saw nothing new for as long as that", () => {
    expect(met(3000, 1000, 0).isBehind(0, BEHIND, 1000, 2000, LONGEST - 1, LONGEST)).toBe(true);
    expect(met(3000, 1000, 0).isBehind(0, BEHIND, 1000, 2000, LONGEST, LONGEST)).toBe(false);
  });

  it("is told by times that come round, and by sequence numbers that do", () => {
    const lag = new TcpLag();
    lag.led(0, AHEAD, 500, 0xffff_fff0);
    lag.copied(0, BEHIND, 0xffff_ff00);
    expect(lag.isBehind(0, BEHIND, 0xffff_ff00, 100, 16, LONGEST)).toBe(true);
    expect(lag.isBehind(0, BEHIND, 0xffff_ff80, 90, 16, LONGEST)).toBe(false);
    expect(lag.isBehind(0, BEHIND, 100, 500, 16, LONGEST)).toBe(true);
  });

  it("says nothing of the other direction", () => {
    const lag = met(3000, 1000);
    expect(lag.isBehind(1, BEHIND, 1000, 2000, 50, LONGEST)).toBe(false);
  });

  it("cuts otherwise where it was behind three times: what it sees again is then no retransmission", () => {
    const lag = met(9000, 1000);
    const again = (): boolean => lag.isBehind(0, BEHIND, 1000, 2000, 90, LONGEST);
    for (const from of [1000, 2000, 3000]) {
      expect(lag.isBehind(0, BEHIND, from, from + 1000, 90, LONGEST)).toBe(true);
      expect(again()).toBe(from === 3000);
    }
    // A third point has to show so anew.
    lag.copied(0, THIRD, 5000);
    expect(lag.isBehind(0, THIRD, 4000, 5000, 90, LONGEST)).toBe(false);
    expect(lag.isBehind(0, BEHIND, 4000, 5000, 90, LONGEST)).toBe(false);
  });

  it("changes where the one behind sees new bytes first", () => {
    const lag = met(3000, 3000);
    lag.led(0, BEHIND, 4000, 10);
    lag.copied(0, AHEAD, 3000);
    expect(lag.isBehind(0, AHEAD, 3000, 4000, 20, LONGEST)).toBe(true);
    expect(lag.isBehind(0, BEHIND, 3000, 4000, 20, LONGEST)).toBe(false);
  });
});
