import type { Symmetry } from "../words.ts";
import { changesOf } from "./changes.ts";
import type { DirectionPath } from "./evidence.ts";
import { sameLane } from "./lanes.ts";
import { type Moment, secondsBetween } from "./moment.ts";
import { apartSeconds, heldSpans, shownSpans } from "./shown-apart.ts";

export { type Moment, secondsBetween } from "./moment.ts";

/** What the way back's failure looks like, when it does (symmetry `suspect`). */
export type Symptom =
  | "syn-retransmitted"
  | "syn-ack-retransmitted"
  | "silent-while-retransmitting"
  | "reset-of-syn-ack"
  | "reset-by-another-hop"
  | "icmp-prohibited";

export interface SymmetryFacts {
  readonly out: DirectionPath;
  readonly back: DirectionPath;
  readonly packetsOut: number;
  readonly packetsBack: number;
  readonly end: Moment;
  /** When a packet of that direction was seen last; left out where that is not known. */
  readonly lastOut?: Moment | undefined;
  readonly lastBack?: Moment | undefined;
  /** Whether times tell which packets of the two directions came at the same time. */
  isOneClock(): boolean;
  /** Whether all that shows a path lies in one capture. */
  showInOneCapture(): boolean;
  readonly symptom: Symptom | undefined;
  /** Longest time in seconds that the directions may differ while a flow moves. */
  readonly convergeSeconds: number;
  /** Why the directions may be of two flows; then they are not compared. */
  readonly doubt?: string | undefined;
}

export interface SymmetryDecision {
  readonly symmetry: Symmetry;
  /** Moments at which a direction changed its path; both directions within one second are one. */
  readonly changes: readonly Moment[];
  /** For how long the directions lay on different paths, seconds; undefined when they never did or it is not known. */
  readonly differSeconds: number | undefined;
  /** Why the directions were not compared although both have a path. */
  readonly doubt?: string | undefined;
}

/** A request and its answer follow each other; what goes on for longer would be seen beside the other direction. */
const ALONE_SECONDS = 1;
const NEVER_TOGETHER = "the directions were seen at different times, so they are not compared";

/** Symmetry class of a flow (docs/evidence.md, Symmetry). */
export function decideSymmetry(facts: SymmetryFacts): SymmetryDecision {
  const { out, back } = facts;
  const changes = changesOf(out.stretches, back.stretches, facts.showInOneCapture);
  const known = out.stretches.length > 0 && back.stretches.length > 0;
  if (facts.doubt !== undefined && known)
    return { symmetry: "unknown", changes, differSeconds: undefined, doubt: facts.doubt };
  if (known && comparable(out, back)) {
    const moved = out.stretches.length > 1 || back.stretches.length > 1;
    const endAlike = sameLane(out.stretches.at(-1), back.stretches.at(-1));
    const differ =
      !moved && endAlike
        ? 0
        : apartSeconds(heldSpans(out.stretches, facts.end), heldSpans(back.stretches, facts.end));
    const apart = moved ? !endAlike || differ >= facts.convergeSeconds : !endAlike;
    const doubt = apart ? doubtOf(facts, moved, differ) : undefined;
    if (doubt !== undefined) {
      const symmetry = facts.symptom === undefined ? "unknown" : "suspect";
      return { symmetry, changes, differSeconds: undefined, doubt };
    }
    if (apart) return { symmetry: "asymmetric", changes, differSeconds: differ };
    const differSeconds = moved && differ > 0 ? differ : undefined;
    return { symmetry: facts.symptom === undefined ? "symmetric" : "suspect", changes, differSeconds };
  }
  if (facts.symptom !== undefined) return { symmetry: "suspect", changes, differSeconds: undefined };
  const oneWay = (facts.packetsOut === 0) !== (facts.packetsBack === 0);
  return { symmetry: oneWay ? "one-way" : "unknown", changes, differSeconds: undefined };
}

/**
 * Why directions whose paths differ may have agreed all the same: what was seen of one says nothing of the times that the other was
 * seen at. Packets that a tap lost, packets that only a point inside saw, and answers that nobody sent look alike.
 */
function doubtOf(facts: SymmetryFacts, moved: boolean, differ: number): string | undefined {
  if (!moved) return facts.isOneClock() && seenApart(facts) ? NEVER_TOGETHER : undefined;
  const { out, back, end } = facts;
  const shown = {
    out: shownSpans(out.stretches, facts.lastOut ?? end),
    back: shownSpans(back.stretches, facts.lastBack ?? end),
  };
  const sure = apartSeconds(shown.out, shown.back);
  if (sure >= facts.convergeSeconds || differ - sure <= sure) return undefined;
  const outShown = apartSeconds(shown.out, heldSpans(back.stretches, end));
  const backShown = apartSeconds(heldSpans(out.stretches, end), shown.back);
  const way = outShown < backShown ? "out" : "back";
  return `the way ${way} was seen on no path for long after the other moved, so they are not compared`;
}

/** True where one direction was seen for a while, and the other one not before it was seen no more; or long after that. */
function seenApart({ out, back, end, convergeSeconds }: SymmetryFacts): boolean {
  const [[one], [other]] = [shownSpans(out.stretches, end), shownSpans(back.stretches, end)];
  if (one === undefined || other === undefined) return false;
  const [first, then] = secondsBetween(one.to, other.stretch) > 0 ? [one, other] : [other, one];
  const silence = secondsBetween(first.to, then.stretch);
  if (silence <= 0) return false;
  const lengths = [first, then].map(({ stretch, to }) => secondsBetween(stretch, to));
  return silence >= convergeSeconds || Math.min(...lengths) > ALONE_SECONDS;
}

/** A local link on the way says nothing of the uplink, so `local` one way and an uplink the other are no pair. */
function comparable(out: DirectionPath, back: DirectionPath): boolean {
  if (out.path === "none" || back.path === "none" || out.path === "unknown" || back.path === "unknown")
    return false;
  return (out.path === "local") === (back.path === "local");
}
