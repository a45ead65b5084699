import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { Call } from "../../src/callflow/call.ts";
import type { CallFlow, CallStream } from "../../src/callflow/call-flow.ts";
import { withoutMovedAway } from "../../src/callflow/moved-away.ts";
import { flow, HOUR, stream } from "./flows.ts";

const ALICE = 0x5aa50001;
const BOB = 0x7bb70001;
/** Number of the first packet, so that the sequence wraps in mid-call. */
const FIRST = 64_000;

/** A stream of 50 packets a second, in seconds of the call; `lost` of its numbers did not come. */
function sent(
  way: CallStream["way"],
  ssrc: number,
  from: number,
  to: number,
  making: { lost?: number; first?: number; worst?: number } = {},
): CallStream {
  const { lost = 0, first = FIRST + 50 * from, worst = lost === 0 ? 0 : 100 } = making;
  const expected = 50 * (to - from);
  return stream(ssrc, {
    way,
    expected,
    lost,
    packets: expected - lost,
    startSeconds: HOUR + 4 + from,
    endSeconds: HOUR + 4 + to - 0.02,
    firstSequence: first & 0xffff,
    lastSequence: (first + expected - 1) & 0xffff,
    burstLossPercent: worst,
    worstWindowLossPercent: worst,
    worstWindowJitterMs: 1,
    meanJitterMs: 1,
  });
}

/** Alice's flow to a relay from 0 to 80 s, as it is measured by itself. */
function relayed(...streams: CallStream[]): CallFlow {
  const loss = (way: CallStream["way"]): number =>
    Math.max(
      0,
      ...streams.filter((item) => item.way === way).map((item) => (100 * item.lost) / item.expected),
    );
  const bare = flow("alice:50001 online:3478", { lasts: 80, streams });
  const [lossOutPercent, lossBackPercent] = [loss("out"), loss("back")];
  return {
    ...bare,
    quality: { ...bare.quality, lossOutPercent, lossBackPercent, mos: 1, quality: "poor" },
  };
}

function callOf(...flows: CallFlow[]): Call {
  const [call, ...others] = assembleCalls(flows, { hasExpressRoute: true });
  if (call === undefined) throw new Error("no call");
  expect(others).toEqual([]);
  return call;
}

const direct = (...streams: CallStream[]): CallFlow =>
  flow("alice:50001 bob:50003", { at: 24, lasts: 40, streams });

describe("a call that goes from its relay to the direct way for 40 s, and back", () => {
  it("has not lost what the direct way carried", () => {
    const { quality, legs } = callOf(
      relayed(sent("out", ALICE, 0, 80, { lost: 2000 }), sent("back", BOB, 0, 80, { lost: 2000 })),
      direct(sent("out", ALICE, 20, 60), sent("back", BOB, 20, 60)),
    );
    expect(quality).toMatchObject({
      quality: "good",
      lossOutPercent: 0,
      lossBackPercent: 0,
      burstLossPercent: 0,
    });
    expect(quality.mos).toBeGreaterThan(4);
    expect(legs.find(({ flow: { server } }) => server.port === 3478)?.flow.quality.quality).toBe("good");
  });

  it("has lost what neither carried", () => {
    const { quality } = callOf(
      relayed(sent("out", ALICE, 0, 80, { lost: 2100 }), sent("back", BOB, 0, 80, { lost: 2000 })),
      direct(sent("out", ALICE, 20, 60), sent("back", BOB, 20, 60)),
    );
    expect(quality).toMatchObject({ quality: "poor", lossOutPercent: 5, lossBackPercent: 0 });
  });

  it("is found where the direct flow has its ends the other way round", () => {
    const { quality } = callOf(
      relayed(sent("out", ALICE, 0, 80, { lost: 2000 }), sent("back", BOB, 0, 80, { lost: 2000 })),
      flow("bob:50003 alice:50001", {
        at: 24,
        lasts: 40,
        streams: [sent("back", ALICE, 20, 60), sent("out", BOB, 20, 60)],
      }),
    );
    expect(quality).toMatchObject({ quality: "good", lossOutPercent: 0, lossBackPercent: 0 });
  });
});

it.each([
  ["another stream", [sent("out", 0x33330001, 20, 60), sent("back", 0x44440001, 20, 60)]],
  ["other numbers", [sent("out", ALICE, 20, 60, { first: 9 }), sent("back", BOB, 20, 60, { first: 9 })]],
  ["a part of them", [sent("out", ALICE, 0, 80), sent("back", BOB, 0, 80)]],
])("what was lost on a relay stays lost where the other flow has %s", (_, streams) => {
  const { quality } = callOf(
    relayed(sent("out", ALICE, 0, 80, { lost: 1000 }), sent("back", BOB, 0, 80, { lost: 1000 })),
    flow("alice:50001 bob:50003", { at: 4, lasts: 80, streams }),
  );
  expect(quality).toMatchObject({ quality: "poor", lossOutPercent: 25, lossBackPercent: 25 });
});

it("a forged call of a thousand flows of one stream is not held flow against flow", () => {
  let asked = 0;
  const one = relayed(sent("out", ALICE, 0, 80, { lost: 2000 }));
  const counted = (item: CallStream): CallStream =>
    Object.defineProperty({ ...item }, "startSeconds", { get: () => ((asked += 1), item.startSeconds) });
  const media = Array.from({ length: 1000 }, () => ({ ...one, streams: one.streams.map(counted) }));
  expect(withoutMovedAway(media)).toBe(media);
  expect(asked).toBeLessThan(10_000);
});
