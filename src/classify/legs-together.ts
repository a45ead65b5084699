import { secondsBetween } from "../path/moment.ts";
import type { StreamReport } from "../protocols/recognition.ts";
import type { OutBack } from "../words.ts";
import type { Leg } from "./leg.ts";

/** Copies of a packet come within this many seconds of each other at most (docs/evidence.md, Several captures). */
const COPIES_SECONDS = 1;

/** True for legs at the same time, which carry the same packets; not for one that follows where a flow moved. */
export function areTogether(x: Leg, y: Leg, direction: OutBack): boolean {
  const [dx, dy] = [x[direction], y[direction]];
  if (x.packetsOf(dx) === 0 || y.packetsOf(dy) === 0) return false;
  if (doFollow(x, y, direction)) return false;
  const spans = [secondsBetween(x.firstOf(dx), x.lastOf(dx)), secondsBetween(y.firstOf(dy), y.lastOf(dy))];
  const shorter = Math.min(...spans);
  const together = Math.min(
    secondsBetween(x.firstOf(dx), y.lastOf(dy)),
    secondsBetween(y.firstOf(dy), x.lastOf(dx)),
    ...spans,
  );
  return together >= shorter / 2 || areAlike(x, y, direction);
}

/** Few packets may have come and gone at one tap before they reach the next: then both have as many, and all as much later. */
function areAlike(x: Leg, y: Leg, direction: OutBack): boolean {
  const [dx, dy] = [x[direction], y[direction]];
  const [fewer, more] = [x.packetsOf(dx), y.packetsOf(dy)].toSorted((one, other) => one - other);
  const first = Math.abs(secondsBetween(x.firstOf(dx), y.firstOf(dy)));
  const last = Math.abs(secondsBetween(x.lastOf(dx), y.lastOf(dy)));
  return 2 * (fewer ?? 0) >= (more ?? 0) && Math.max(first, last) <= COPIES_SECONDS;
}

/** True where the streams of RTP that both have go on in one leg after what the other has of them, whatever the clocks say. */
export function doFollow(x: Leg, y: Leg, direction: OutBack): boolean {
  const theirs = streamsOf(y, direction);
  const pairs = streamsOf(x, direction).flatMap((one) =>
    theirs.filter((other) => one.ssrc === other.ssrc).map((other) => areApart(one, other)),
  );
  return pairs.length > 0 && pairs.every((isApart) => isApart);
}

/** The streams of RTP that a leg has in one direction. */
export function streamsOf(leg: Leg, direction: OutBack): readonly StreamReport[] {
  return (leg.recognition.streams ?? []).filter((stream) => stream.direction === leg[direction]);
}

/** Neither begins within the other: sequence numbers are of 16 bits. */
export function areApart(one: StreamReport, other: StreamReport): boolean {
  const ahead = (other.firstSequence - one.firstSequence) & 0xffff;
  return ahead >= one.expected && 0x10000 - ahead >= other.expected;
}
