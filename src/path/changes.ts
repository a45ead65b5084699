import { NO_ITEMS } from "../no-items.ts";
import type { Stretch } from "./evidence.ts";
import { movesOf } from "./lanes.ts";
import { compareMoments, type Moment, secondsBetween } from "./moment.ts";

/** Changes of both directions this near each other are one, and so far may clocks of several captures be off. */
const ONE_MOMENT_SECONDS = 1;
/**
 * Changes of one direction this near each other are one: where a way is longer than the other, the last packets on it arrive
 * between the first ones on that, though the sender changed once.
 */
const OUT_OF_TURN_SECONDS = 0.25;

const NO_CHANGES: readonly Moment[] = NO_ITEMS;

/** Moments at which a direction changed its path. */
export function changesOf(
  out: readonly Stretch[],
  back: readonly Stretch[],
  isOneCapture: () => boolean,
): readonly Moment[] {
  if (out.length < 2 && back.length < 2) return NO_CHANGES;
  const [outMoves, backMoves] = [movesOf(out), movesOf(back)];
  return isOneCapture() ? paired(settled(outMoves), settled(backMoves)) : merged(outMoves, backMoves);
}

/** By clocks of several captures neither the order of changes within a second is known nor their number. */
function merged(out: readonly Moment[], back: readonly Moment[]): Moment[] {
  const found: Moment[] = [];
  for (const moment of inOrder(out, back)) {
    const last = found.at(-1);
    if (last === undefined || secondsBetween(last, moment) > ONE_MOMENT_SECONDS) found.push(bare(moment));
  }
  return found;
}

/** Changes of one direction without those that packets out of turn make. */
function settled(moves: readonly Moment[]): Moment[] {
  const found: Moment[] = [];
  for (const moment of moves) {
    const last = found.at(-1);
    if (last === undefined || secondsBetween(last, moment) > OUT_OF_TURN_SECONDS) found.push(moment);
  }
  return found;
}

/** Changes of both directions, of which one of each within a second are one: a route that flaps takes both along each time. */
function paired(out: readonly Moment[], back: readonly Moment[]): Moment[] {
  const found: Moment[] = [];
  let [i, j] = [0, 0];
  for (;;) {
    const [one, other] = [out[i], back[j]];
    if (one === undefined && other === undefined) return found;
    const apart = one === undefined || other === undefined ? Infinity : secondsBetween(one, other);
    const isTogether = Math.abs(apart) <= ONE_MOMENT_SECONDS;
    const isOut = other === undefined || (one !== undefined && apart >= 0);
    const first = isOut ? one : other;
    if (first !== undefined) found.push(bare(first));
    if (isOut || isTogether) i += 1;
    if (!isOut || isTogether) j += 1;
  }
}

function inOrder(out: readonly Moment[], back: readonly Moment[]): Moment[] {
  return [...out, ...back].sort(compareMoments);
}

function bare({ seconds, nanoseconds }: Moment): Moment {
  return { seconds, nanoseconds };
}
