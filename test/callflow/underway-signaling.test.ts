import { expect, it } from "vitest";
import { assembleCalls } from "../../src/callflow/assemble.ts";
import { flow, type Making } from "./flows.ts";

/** Calls of Alice from 4 to 64 s and from 200 to 260 s, beside a connection; which of them are shown with it. */
function shownWith(making: Making): boolean[] {
  const signaling = flow("alice:50100 signaling:443", {
    application: "tls",
    transport: "tcp",
    trafficType: "signaling",
    ...making,
  });
  const calls = assembleCalls(
    [
      flow("alice:50010 online:3479", { at: 4, lasts: 60 }),
      signaling,
      flow("alice:50012 online:3479", { at: 200, lasts: 60 }),
    ],
    { hasExpressRoute: true },
  );
  expect(calls).toHaveLength(2);
  return calls.map(({ legs }) => legs.some((leg) => leg.flow === signaling));
}

it("a connection from before the capture is signaling of the call that goes on at its first packet", () => {
  expect(shownWith({ at: 6, lasts: 20, isUnderway: true })).toEqual([true, false]);
  expect(shownWith({ at: 6, lasts: 200, isUnderway: true })).toEqual([true, true]);
});

it("one that was opened while the call went on, or first seen after it, is not", () => {
  expect(shownWith({ at: 6, lasts: 20 })).toEqual([false, false]);
  expect(shownWith({ at: 70, lasts: 20, isUnderway: true })).toEqual([false, false]);
});
