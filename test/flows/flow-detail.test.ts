import { describe, expect, it } from "vitest";
import { FlowDetail } from "../../src/flows/flow-detail.ts";

describe("changes of a direction's path", () => {
  it("are at most 256, of which the last is kept", () => {
    const detail = new FlowDetail();
    for (let i = 0; i < 1000; i++) detail.links.addRun(0, 2 + (i % 2), i % 2, i + 1, i, 0);
    const runs = detail.runs[0];
    expect(runs).toHaveLength(256);
    expect(runs.at(-2)).toMatchObject({ context: 0, seconds: 254 });
    expect(runs.at(-1)).toMatchObject({ context: 1, seconds: 999 });
  });
});

describe("link contexts of a direction", () => {
  /** Odd contexts are on one path, even ones on the other. */
  const signatures = { signature: (context: number) => 2 + (context % 2) };

  it("beyond 64 are counted with one that says the same", () => {
    const { links } = new FlowDetail();
    for (let i = 0; i < 200; i++) links.countContext(0, 2 * i, i + 1, 0, 0, false, signatures);
    for (let i = 0; i < 30; i++) {
      const counted = links.countContext(0, 2 * i + 1, 1000 + i, 0, 0, false, signatures);
      expect(counted % 2).toBe(1);
      expect(links.countedAs(0, 2 * i + 1, signatures) % 2).toBe(1);
    }
    const [counts] = links.contexts;
    expect(counts.length).toBeLessThanOrEqual(64);
    const packets = (odd: number): number =>
      counts.filter(({ context }) => context % 2 === odd).reduce((sum, count) => sum + count.packets, 0);
    expect([packets(0), packets(1)]).toEqual([200, 30]);
  });

  it("keep what else is known of those that are counted as one", () => {
    const { links } = new FlowDetail();
    for (let i = 0; i < 64; i++) links.countContext(0, 2 * i, i + 1, 0, 0, false, signatures);
    links.addRun(0, 2, 126, 64, 64, 0);
    links.countPair(0, 126, 0);
    links.countPair(0, 124, 0);
    links.countContext(0, 1, 65, 0, 0, false, signatures);
    expect(links.runs[0]).toMatchObject([{ context: 124, firstPacket: 64 }]);
    expect(links.pairs[0]).toEqual([{ one: 124, other: 0, packets: 2 }]);
  });
});

describe("how long packets showed a path", () => {
  it("ends with the last one, and begins again behind a time in which packets showed none", () => {
    const { links } = new FlowDetail();
    links.addCopyRun(0, 2, 1, 1, 0, 0);
    for (let seconds = 2; seconds <= 100; seconds += 2) links.leaveRun(0, 0, seconds, seconds, 0);
    links.addCopyRun(0, 2, 1, 50, 100, 5);
    // Each is seen where it shows nothing first; then none comes for long.
    for (const seconds of [110, 200]) {
      links.leaveRun(0, 0, seconds, seconds, 0);
      links.addCopyRun(0, 2, 1, seconds, seconds, 7);
    }
    const until = links.runs[0].map((run) => [run.seconds, run.untilSeconds, run.untilNanoseconds]);
    expect(until).toEqual([
      [0, 0, 0],
      [100, 200, 7],
    ]);
  });
});
