import type { DirectionFacts } from "../path/direction-path.ts";
import { type Moment, secondsBetween } from "../path/moment.ts";
import type { Links } from "./links.ts";

/** Two captures that have a direction's packets at the same time, by clocks that nobody compared. */
export type UntimedMove = readonly [string, string];

/** Changes this near each other are one, so that clocks may differ by as much. */
const ONE_MOMENT_SECONDS = 1;
/** Packets that would be expected in a silence which clocks do not explain. */
const SILENT_PACKETS = 8;

/** A stretch of time in which a direction's packets came from captures of one clock. */
interface Turn {
  readonly capture: number;
  readonly from: Moment;
}

/**
 * Captures whose packets of a direction take turns. By clocks that were not compared that may be nothing but the clocks'
 * offset, and then nobody knows when the direction moved. It is believed where each turn lasts so long that packets of
 * the other capture would have come in it. Undefined where the moments hold.
 */
export function untimedMove(
  facts: DirectionFacts,
  end: Moment,
  links: Links,
  isOneClock: (capture: number, other: number) => boolean,
): UntimedMove | undefined {
  const turns = turnsOf(facts, links, isOneClock);
  if (turns.length < 3) return undefined;
  const usual = secondsBetween(facts.start, end) / Math.max(facts.packets, 1);
  for (const [i, first] of turns.entries()) {
    const last = turns.findLastIndex(({ capture }) => isOneClock(capture, first.capture));
    const [left, again] = [turns[i + 1], turns[last]];
    if (last <= i || left === undefined || again === undefined) continue;
    if (secondsBetween(left.from, again.from) <= ONE_MOMENT_SECONDS) continue;
    const isShort = turns.slice(i, last + 1).some(({ from }, j) => {
      const until = turns[i + j + 1]?.from ?? end;
      return secondsBetween(from, until) < SILENT_PACKETS * usual;
    });
    if (isShort) return [nameOf(first.capture, links), nameOf(left.capture, links)];
  }
  return undefined;
}

function turnsOf(
  { runs }: DirectionFacts,
  links: Links,
  isOneClock: (capture: number, other: number) => boolean,
): Turn[] {
  const turns: Turn[] = [];
  for (const { context, seconds, nanoseconds } of runs) {
    const capture = links.signature(context) === 0 ? undefined : links.pointOf(context)?.capture;
    if (capture === undefined) continue;
    const before = turns.at(-1);
    if (before === undefined || !isOneClock(before.capture, capture))
      turns.push({ capture, from: { seconds, nanoseconds } });
  }
  return turns;
}

function nameOf(capture: number, links: Links): string {
  return links.points.find((point) => point.capture === capture)?.captureName ?? "";
}
