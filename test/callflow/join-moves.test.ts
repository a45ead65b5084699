import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { CallFlow, CallStream } from "../../src/callflow/call-flow.ts";
import { flow, HOUR, stream } from "./flows.ts";

type Way = CallStream["way"];

/** Seconds into the tests' hour, and the first number of a stream of 50 packets a second. */
interface Stretch {
  readonly at: number;
  readonly lasts?: number;
  readonly first: number;
}

function sent(way: Way, ssrc: number, { at, lasts = 60, first }: Stretch): CallStream {
  const expected = lasts * 50;
  const [startSeconds, endSeconds] = [HOUR + at, HOUR + at + lasts];
  const lastSequence = (first + expected - 1) & 0xffff;
  return stream(ssrc, {
    way,
    expected,
    packets: expected,
    startSeconds,
    endSeconds,
    firstSequence: first,
    lastSequence,
  });
}

/** A user's media to and from a server, or a part of it. */
function leg(
  ends: string,
  own: number,
  heard: number | undefined,
  stretch: Stretch,
  way: Way = "out",
): CallFlow {
  const back = way === "out" ? "back" : "out";
  const streams = [sent(way, own, stretch)];
  if (heard !== undefined) streams.push(sent(back, heard, stretch));
  return flow(ends, { at: stretch.at, lasts: stretch.lasts ?? 60, streams });
}

function calls(...flows: CallFlow[]): number {
  return assembleCalls(flows, { hasExpressRoute: true }).length;
}

const OWN = 0x5aa50001;
const HEARD = 0x7bb70001;
const WIFI = "alice:50012 online:3479";
const WIRE = "bob:50020 online:3480";

describe("a user who moves to another address during a call", () => {
  it.each([
    ["goes on with the next number", { at: 64.02, first: 4000 }, HEARD, 1],
    ["lost two seconds, which had numbers", { at: 66, first: 4100 }, HEARD, 1],
    ["said nothing for 20 seconds", { at: 84, first: 4000 }, HEARD, 1],
    ["has two networks for three seconds", { at: 61, first: 3850 }, HEARD, 1],
    ["sends where nothing that comes back was captured", { at: 64.02, first: 4000 }, undefined, 1],
    ["is somebody with the same SSRC who begins anew", { at: 66, first: 1000 }, HEARD, 2],
    ["is somebody with the same SSRC who begins elsewhere", { at: 66, first: 30_000 }, HEARD, 2],
    ["comes a minute later", { at: 124, first: 7000 }, HEARD, 2],
    ["is there all the time", { at: 10, first: 1300 }, HEARD, 2],
    ["hears somebody else", { at: 64.02, first: 4000 }, 0x7bb79999, 2],
  ] as const)("%s", (_name, stretch, heard, expected) => {
    expect(calls(leg(WIFI, OWN, HEARD, { at: 4, first: 1000 }), leg(WIRE, OWN, heard, stretch))).toBe(
      expected,
    );
  });

  it("over the end of the numbers, and whatever the order of the flows", () => {
    const [before, after] = [
      leg(WIFI, OWN, HEARD, { at: 4, first: 63_000 }),
      leg(WIRE, OWN, HEARD, { at: 64.5, first: 480 }),
    ];
    expect(calls(before, after)).toBe(1);
    expect(calls(after, before)).toBe(1);
  });

  it("not by what a server sends to one user after another, and not by a small SSRC", () => {
    const [first, next] = [
      { at: 4, first: 1000 },
      { at: 64.02, first: 4000 },
    ] as const;
    const heard = (ends: string, stretch: Stretch): CallFlow => leg(ends, HEARD, undefined, stretch, "back");
    expect(calls(heard(WIFI, first), heard(WIRE, next))).toBe(2);
    expect(calls(leg(WIFI, 1001, HEARD, first), leg(WIRE, 1001, HEARD, next))).toBe(2);
  });

  it("not by a phone that begins each short call with the same SSRC and number", () => {
    const short = (at: number): Stretch => ({ at, lasts: 1.5, first: 1000 });
    expect(calls(leg(WIFI, OWN, HEARD, short(4)), leg(WIRE, OWN, HEARD, short(12)))).toBe(2);
  });

  it("not by a carrier's or a gateway's stream that goes on in the next call", () => {
    const [first, next] = [
      { at: 4, first: 1000 },
      { at: 67, first: 4140 },
    ] as const;
    const trunk = (port: number, stretch: Stretch): CallFlow =>
      leg(`stranger:${port} gateway:20000`, OWN, HEARD, stretch);
    expect(calls(trunk(30_000, first), trunk(30_002, next))).toBe(2);
  });

  it.each([
    ["with the next numbers", { at: 464, first: 4000 }, WIFI, HEARD, 1],
    ["with numbers that begin anew", { at: 464, first: 1000 }, WIFI, HEARD, 2],
    ["at other ports", { at: 464, first: 4000 }, "alice:50014 online:3479", HEARD, 2],
    ["with somebody else", { at: 464, first: 4000 }, WIFI, 0x7bb79999, 2],
    ["two hours later", { at: 7264, first: 4000 }, WIFI, HEARD, 2],
  ] as const)(
    "who was on hold for longer than the idle time-out goes on %s",
    (_name, stretch, ends, heard, expected) => {
      expect(calls(leg(WIFI, OWN, HEARD, { at: 4, first: 1000 }), leg(ends, OWN, heard, stretch))).toBe(
        expected,
      );
    },
  );

  const TRUNK = "gateway:20000 online:52000";
  const OTHER_WAY = "online:52000 gateway:20000";
  it.each([
    ["with the next numbers both ways", { at: 464, first: 4000 }, TRUNK, HEARD, 1],
    ["with those, opened by the other side", { at: 464, first: 4000 }, OTHER_WAY, HEARD, 1],
    ["with numbers that begin anew", { at: 464, first: 1000 }, TRUNK, HEARD, 2],
    ["at another port", { at: 464, first: 4000 }, "gateway:20002 online:52000", HEARD, 2],
    ["with somebody else", { at: 464, first: 4000 }, TRUNK, 0x7bb79999, 2],
    ["where nothing that comes back was captured", { at: 464, first: 4000 }, TRUNK, undefined, 2],
    ["two hours later", { at: 7264, first: 4000 }, TRUNK, HEARD, 2],
  ] as const)("a gateway's call that was on hold goes on %s", (_name, stretch, ends, heard, expected) => {
    const after = { ...leg(ends, OWN, heard, stretch), nearIsClient: ends !== OTHER_WAY };
    expect(calls(leg(TRUNK, OWN, HEARD, { at: 4, first: 1000 }), after)).toBe(expected);
  });

  it("not a gateway's next call, in which one side sends the same stream on", () => {
    const [first, next] = [
      { at: 4, first: 1000 },
      { at: 464, first: 4000 },
    ] as const;
    const again = leg(TRUNK, OWN, HEARD, next);
    const streams = [sent("out", OWN, next), sent("back", HEARD, { at: 464, first: 9000 })];
    expect(calls(leg(TRUNK, OWN, HEARD, first), { ...again, streams })).toBe(2);
  });
});
