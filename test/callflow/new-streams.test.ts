import { describe, expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import type { CallStream } from "../../src/callflow/call-flow.ts";
import { flow, HOUR, stream } from "./flows.ts";

function both(ssrc: number, from: number, to: number): CallStream[] {
  const times = { startSeconds: HOUR + from, endSeconds: HOUR + to };
  return [stream(ssrc, times), stream(ssrc + 1, { ...times, way: "back" })];
}

describe("two calls at the same ports within five minutes", () => {
  const [first, second] = [both(0x5aa50001, 4, 24), both(0x6bb60001, 47, 64)];

  it.each([
    ["other streams both ways after a silence", [...first, ...second], true],
    ["other streams at once, as of a transfer", [...first, ...both(0x6bb60001, 25, 64)], false],
    ["other streams one way", [...first, ...second.slice(0, 1)], false],
    [
      "one way alone before the silence",
      [...first.slice(0, 1), ...both(0x7cc70001, 4, 24).slice(0, 1), ...second],
      false,
    ],
    ["a stream that went on all the time", [...first, ...second, stream(0x7cc70001)], false],
  ])("%s", (_what, streams, isTold) => {
    const [call] = assembleCalls([flow("alice:50012 bob:50014", { streams })], { hasExpressRoute: true });
    const told = "after 23 s of silence other streams at the same ports: maybe two calls";
    expect(call?.reason.includes(told)).toBe(isTold);
  });
});
