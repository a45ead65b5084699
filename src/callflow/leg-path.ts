import type { Stretch } from "../path/evidence.ts";
import { sameLane } from "../path/lanes.ts";
import type { Path, Symmetry } from "../words.ts";
import type { CallFlow } from "./call-flow.ts";

/** Where a flow of a call went while the call lasted. */
export interface LegPath {
  readonly pathOut: Path;
  readonly pathBack: Path;
  readonly symmetry: Symmetry;
}

/**
 * The path of a flow between two moments, microseconds since 1970. Signaling can be hours older than a call, and go on
 * for hours after it: where it moved at another time, that says nothing of the call.
 */
export function pathDuring(
  flow: Pick<CallFlow, "pathOut" | "pathBack" | "symmetry" | "course">,
  fromUs: number,
  toUs: number,
): LegPath {
  const { pathOut, pathBack, symmetry, course } = flow;
  if (course === undefined) return { pathOut, pathBack, symmetry };
  const out = stretchesDuring(course.out, fromUs, toUs);
  const back = stretchesDuring(course.back, fromUs, toUs);
  const compared = symmetry === "symmetric" || symmetry === "asymmetric";
  const moved = out.length !== 1 || back.length !== 1;
  return {
    pathOut: onlyPath(out, pathOut),
    pathBack: onlyPath(back, pathBack),
    symmetry: moved || !compared ? symmetry : symmetryOf(out[0], back[0], fromUs),
  };
}

/** Of directions that did not move then. One that was shown before that alone may have been on another path already. */
function symmetryOf(out: Stretch | undefined, back: Stretch | undefined, fromUs: number): Symmetry {
  if (sameLane(out, back)) return "symmetric";
  return [out, back].every((stretch) => isShownSince(stretch, fromUs)) ? "asymmetric" : "unknown";
}

function isShownSince(stretch: Stretch | undefined, fromUs: number): boolean {
  return stretch?.until === undefined || microsecondsOf(stretch.until) >= fromUs;
}

/** The stretch that holds at the first moment (the first of all, before it began), and those that begin by the last. */
function stretchesDuring(stretches: readonly Stretch[], fromUs: number, toUs: number): readonly Stretch[] {
  const held = stretches.findLastIndex((stretch) => microsecondsOf(stretch) <= fromUs);
  const from = Math.max(0, held);
  return stretches.slice(from).filter((stretch, i) => i === 0 || microsecondsOf(stretch) <= toUs);
}

function microsecondsOf({ seconds, nanoseconds }: Pick<Stretch, "seconds" | "nanoseconds">): number {
  return seconds * 1e6 + nanoseconds / 1e3;
}

function onlyPath(stretches: readonly Stretch[], whole: Path): Path {
  const [first] = stretches;
  if (first === undefined) return whole;
  return stretches.every(({ says }) => says === first.says) ? first.says : "mixed";
}
