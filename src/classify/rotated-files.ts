import { dirname } from "node:path";
import type { CaptureInput } from "../capture/inputs.ts";

/** A capture and the time that it covers by its own clock, whole seconds; `last` is undefined where nobody looked. */
export interface TimedCapture {
  readonly input: Pick<CaptureInput, "name" | "path">;
  readonly first: number;
  readonly last: number | undefined;
}

/** The next file of a rotation begins with the next packet, which may be long in coming at night. Seconds. */
const LONGEST_PAUSE_SECONDS = 60;

/** What of a name tells the files of one tap apart. */
interface Name {
  /** Folder, and the name without its numbers. */
  readonly stem: string;
  readonly numbers: readonly bigint[];
}

const NO_NAME: Name = { stem: "", numbers: [] };

/**
 * Captures that one tap wrote one after the other, as pairs of places in the list: they have one folder, names that differ in
 * numbers alone, which grow, and the later one begins where the earlier one ends. Of several that fit, that with the fewest
 * different numbers (er2-1 follows er2-0, not er1-0), then the next; where that is not mutual, none.
 */
export function rotatedFiles(
  captures: readonly TimedCapture[],
): (readonly [earlier: number, later: number])[] {
  const names = captures.map(({ input }) => nameOf(input));
  const steps = captures.map((earlier, i) =>
    captures.map((later, j) => (i === j ? Infinity : stepOf(earlier, later, names[i], names[j]))),
  );
  const nextOf = captures.map((_, i) => least(captures.map((_later, j) => steps[i]?.[j] ?? Infinity)));
  const beforeOf = captures.map((_, j) => least(captures.map((_earlier, i) => steps[i]?.[j] ?? Infinity)));
  return nextOf.flatMap((later, earlier) =>
    later !== undefined && beforeOf[later] === earlier ? [[earlier, later] as const] : [],
  );
}

function nameOf({ name, path }: TimedCapture["input"]): Name {
  const stem = `${dirname(path)}/${name.replace(/\d+/g, "#")}`;
  return { stem, numbers: (name.match(/\d+/g) ?? []).map(BigInt) };
}

/** Smaller for what rather follows: by the numbers that grew, then the seconds between; Infinity for what does not. */
function stepOf(
  earlier: TimedCapture,
  later: TimedCapture,
  { stem, numbers }: Name = NO_NAME,
  name: Name = NO_NAME,
): number {
  const pause = later.first - (earlier.last ?? Number.NEGATIVE_INFINITY);
  if (earlier.first >= later.first || pause < 0 || pause > LONGEST_PAUSE_SECONDS) return Infinity;
  if (stem !== name.stem) return Infinity;
  const grown = numbers.map((number, i) => (name.numbers[i] ?? 0n) - number).filter((more) => more !== 0n);
  if (grown.length === 0 || grown.some((more) => more < 0n)) return Infinity;
  return grown.length * (LONGEST_PAUSE_SECONDS + 1) + pause;
}

/** The place of the smallest one; undefined where there is none, or several. */
function least(steps: readonly number[]): number | undefined {
  const smallest = Math.min(...steps);
  const place = steps.indexOf(smallest);
  return smallest < Infinity && !steps.includes(smallest, place + 1) ? place : undefined;
}
