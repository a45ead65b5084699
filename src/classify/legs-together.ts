import { secondsBetween } from "../path/symmetry.ts";
import type { OutBack } from "../words.ts";
import type { Leg } from "./leg.ts";

/** True for legs at the same time, which carry the same packets; not for one that follows where a flow moved. */
export function areTogether(x: Leg, y: Leg, direction: OutBack): boolean {
  const [dx, dy] = [x[direction], y[direction]];
  if (x.packetsOf(dx) === 0 || y.packetsOf(dy) === 0) return false;
  const spans = [secondsBetween(x.firstOf(dx), x.lastOf(dx)), secondsBetween(y.firstOf(dy), y.lastOf(dy))];
  const shorter = Math.min(...spans);
  const together = Math.min(
    secondsBetween(x.firstOf(dx), y.lastOf(dy)),
    secondsBetween(y.firstOf(dy), x.lastOf(dx)),
    ...spans,
  );
  return together >= (shorter < 1 ? -1 : shorter / 2);
}
