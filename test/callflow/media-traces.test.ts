import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { CallFlow } from "../../src/callflow/call-flow.ts";
import { MediaTraces } from "../../src/callflow/media-traces.ts";
import { anyFlow } from "./any-flow.ts";
import { flow, signaling } from "./flows.ts";

const SITE = { hasExpressRoute: true };

function tracesOf(flows: readonly CallFlow[]): MediaTraces {
  const traces = new MediaTraces();
  for (const each of flows) traces.note(each);
  return traces;
}

function letThrough(flows: readonly CallFlow[]): CallFlow[] {
  const traces = tracesOf(flows);
  return flows.filter((each) => traces.mayBeOfCall(each));
}

/** A flow of STUN that carries no media. */
function check(ends: string, at: number, lasts = 1): CallFlow {
  return flow(ends, { application: "stun", at, lasts });
}

describe("flows that can be in no call", () => {
  it("change no call when they are left out", () => {
    let left = 0;
    /** The same traffic, at its own pace and so slow that its media lies in other stretches of time, or lasts for days. */
    const pace = fc.constantFrom(1, 7, 60, 500);
    fc.assert(
      fc.property(fc.array(anyFlow, { minLength: 1, maxLength: 30 }), pace, (flows, times) => {
        const first = Math.min(...flows.map(({ startUs }) => startUs));
        const slow = (us: number): number => first + (us - first) * times;
        const all = flows.map((each) => ({
          ...each,
          startUs: slow(each.startUs),
          endUs: slow(each.endUs),
        }));
        const kept = letThrough(all);
        left += all.length - kept.length;
        expect(assembleCalls(kept, SITE)).toEqual(assembleCalls(all, SITE));
      }),
      { numRuns: 300 },
    );
    expect(left).toBeGreaterThan(150);
  });

  it("are checks and signaling of users without media, or with media at another time", () => {
    const media = flow("alice:50000 online:3479", { at: 10_000, lasts: 60 });
    const near = [
      check("alice:50002 online:3478", 9975),
      signaling("alice:40000 signaling:443", { at: 9975 }),
    ];
    const far = [
      check("bob:50002 online:3478", 10_000),
      signaling("bob:40000 signaling:443", { at: 10_000 }),
      check("alice:50002 online:3478", 1000),
      check("alice:50002 online:3478", 12_000),
    ];
    expect(letThrough([...far, media, ...near])).toEqual([media, ...near]);
  });

  it("are not those that were told an address at which media was seen", () => {
    const media = flow("alice:50000 stranger:50000", { at: 10, lasts: 60 });
    const told = (port: number): CallFlow => ({
      ...check("bob:50002 online:3478", 5),
      reported: [
        { kind: "mapped", way: "back", address: media.client.address, port, packets: 1, firstPacket: 1 },
      ],
    });
    expect(letThrough([media, told(50_000), told(50_001)])).toEqual(
      [media, told(50_000)].map((each) => ({ ...each, flowId: expect.any(String) as string })),
    );
  });

  it("are not those of a user whose media lasts for days, nor those that last so long themselves", () => {
    const day = 86_400;
    const media = flow("alice:50000 online:3479", { at: 0, lasts: 5 * day });
    const later = check("alice:50002 online:3478", 3 * day);
    const long = check("bob:50002 online:3478", 0, 5 * day);
    expect(letThrough([media, later, long])).toEqual([media, later, long]);
  });

  it("are all where there is no media", () => {
    const flows = [check("alice:50002 online:3478", 0), signaling("alice:40000 signaling:443")];
    expect(tracesOf(flows).isEmpty).toBe(true);
    expect(letThrough(flows)).toEqual([]);
  });
});
