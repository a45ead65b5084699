import { expect, it } from "vitest";
import { legReturns } from "../../src/classify/leg-returns.ts";

const INSIDE = 0;
const ER = 1;
const ISP = 2;
const run = (context: number, seconds: number, untilSeconds = 6) => ({
  context,
  seconds,
  nanoseconds: 0,
  firstPacket: 1,
  untilSeconds,
  untilNanoseconds: 0,
});
const share = (context: number) => ({
  context,
  packets: 5,
  copies: 0,
  firstPacket: 1,
  seconds: 0,
  nanoseconds: 0,
});
const facts = { seenTwice: [], shows: (context: number) => context !== INSIDE, isOneClock: () => true };
const isp = { runs: [run(ISP, 5)], shares: [share(ISP)], last: { seconds: 5, nanoseconds: 0 } };
const last = { seconds: 6, nanoseconds: 0 };

it("has a flow come back to the leg that goes on when another ended", () => {
  const er = { runs: [run(ER, 0)], shares: [share(ER)], last };
  expect(legReturns([er, isp], facts)).toEqual([run(ER, 5)]);
});

it("has it not where the last packet of that leg may be the other's own, seen inside a little later", () => {
  const er = { runs: [run(ER, 0), run(INSIDE, 6)], shares: [share(ER), share(INSIDE)], last };
  expect(legReturns([er, isp], facts)).toEqual([]);
});
