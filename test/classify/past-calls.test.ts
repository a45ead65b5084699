import fc from "fast-check";
import { expect, it } from "vitest";
import { SIGNALING_US } from "../../src/callflow/group.ts";
import { PastCalls } from "../../src/classify/past-calls.ts";
import { flow, HOUR } from "../callflow/flows.ts";

const USER = "10.20.30.41";
const second = (at: number): number => (HOUR + at) * 1e6;

it("signaling that outlives its call is of the first call of its user that began after it", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(400), { maxLength: 40 }), fc.nat(400), fc.nat(100), (starts, at, lasts) => {
      const past = new PastCalls();
      starts.forEach((start, i) => {
        past.remember(USER, { id: `${i}`, scenarios: [], office365: true }, second(start), second(start + 1));
      });
      const wanted = starts
        .map((start, i) => ({ id: `${i}`, start: second(start) }))
        .filter(({ start }) => start >= second(at) && start <= second(at + lasts) + SIGNALING_US)
        .toSorted((x, y) => x.start - y.start)[0];
      const signaling = flow("alice:50100 signaling:443", { at, lasts, trafficType: "signaling" });
      expect(past.markOf(signaling, true)?.callId).toBe(wanted?.id);
    }),
  );
});

it("of the first calls alone, it is what it was when they were all", () => {
  const calls = fc.array(fc.tuple(fc.nat(200), fc.nat(50)), { maxLength: 12 });
  fc.assert(
    fc.property(calls, fc.nat(12), fc.nat(200), fc.boolean(), (all, count, at, isUnderway) => {
      const past = new PastCalls();
      const signaling = flow("alice:50100 signaling:443", {
        at,
        lasts: 20,
        trafficType: "signaling",
        isUnderway,
      });
      let wanted: string | undefined;
      all.forEach(([start, lasts], i) => {
        if (i === count) wanted = past.markOf(signaling, true)?.callId;
        const call = { id: `${i}`, scenarios: [], office365: true };
        past.remember(USER, call, second(start), second(start + lasts));
      });
      if (count >= all.length) wanted = past.markOf(signaling, true)?.callId;
      expect(past.markOf(signaling, true, count)?.callId).toBe(wanted);
    }),
  );
});

it("calls of one user are found at once, however many there were", () => {
  const past = new PastCalls();
  for (let i = 0; i < 100_000; i++)
    past.remember(USER, { id: `${i}`, scenarios: [], office365: true }, second(i), second(i + 1));
  const late = flow("alice:50100 signaling:443", { at: 99_999, lasts: 1, trafficType: "signaling" });
  let found = 0;
  for (let i = 0; i < 50_000; i++) if (past.markOf(late, true)?.callId === "99999") found += 1;
  expect(found).toBe(50_000);
  const early = flow("alice:50100 signaling:443", { at: 0, lasts: 1, trafficType: "signaling" });
  expect(past.markOf(early, true)).toBeUndefined();
});

it("a connection whose opening was not captured is of the call that goes on at its first packet", () => {
  const past = new PastCalls();
  past.remember(USER, { id: "before", scenarios: [], office365: true }, second(0), second(100));
  past.remember(USER, { id: "going", scenarios: [], office365: true }, second(200), second(300));
  const found = (at: number, isUnderway: boolean): string | undefined =>
    past.markOf(
      flow("alice:50100 signaling:443", { at, lasts: 500, trafficType: "signaling", isUnderway }),
      true,
    )?.callId;
  expect([found(210, true), found(210, false), found(310, true), found(110, true)]).toEqual([
    "going",
    undefined,
    undefined,
    "going",
  ]);
});
