import type { Symptom } from "../flows/symptom.ts";
import type { Symmetry } from "../words.ts";
import { changesOf } from "./changes.ts";
import type { DirectionPath, Stretch } from "./evidence.ts";
import { sameLane } from "./lanes.ts";
import { isBefore, type Moment, secondsBetween } from "./moment.ts";
import { apartSeconds, heldSpans, knownSpans, shownSpans, type Span } from "./shown-apart.ts";

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
/** A direction that has sent nothing for this long, and so many times as long as it mostly waits, may be seen elsewhere. */
const SILENT_SECONDS = 5;
const USUAL_INTERVALS = 4;
const UNSEEN = {
  moved: "was seen on no path for long after the other moved, so they are not compared",
  stayed: "was seen on no path for most of the time, so they are not compared",
} as const;
const MOVED_LAST = "a direction moved just before the end, so they are not compared";
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
    const sure = differ > 0 ? knownSeconds(facts) : 0;
    if (apart) {
      // By clocks that nobody compared they may have been seen one after the other: that they differ is known, for how long is not.
      const isKnown = sure > 0 || facts.isOneClock();
      return { symmetry: "asymmetric", changes, differSeconds: isKnown ? sure : undefined };
    }
    const differSeconds = moved && sure > 0 ? sure : undefined;
    return { symmetry: facts.symptom === undefined ? "symmetric" : "suspect", changes, differSeconds };
  }
  if (facts.symptom !== undefined) return { symmetry: "suspect", changes, differSeconds: undefined };
  const oneWay = (facts.packetsOut === 0) !== (facts.packetsBack === 0);
  return { symmetry: oneWay ? "one-way" : "unknown", changes, differSeconds: undefined };
}

/** For how long the directions are known to have differed: where one of them was not seen for long, it may have been anywhere. */
function knownSeconds({ out, back, packetsOut, packetsBack, end }: SymmetryFacts): number {
  const spans = ({ stretches }: DirectionPath, packets: number): Span[] => {
    const seconds = stretches[0] === undefined ? 0 : secondsBetween(stretches[0], end);
    const usual = USUAL_INTERVALS * (seconds / Math.max(1, packets));
    return knownSpans(stretches, end, Math.max(SILENT_SECONDS, usual));
  };
  return apartSeconds(spans(out, packetsOut), spans(back, packetsBack));
}

/**
 * Why directions whose paths differ may have agreed all the same: what was seen of one says nothing of the times that the other was
 * seen at. Packets that a tap lost, packets that only a point inside saw, and answers that nobody sent look alike.
 */
function doubtOf(facts: SymmetryFacts, moved: boolean, differ: number): string | undefined {
  const { out, back, end } = facts;
  const [lastOut, lastBack] = [facts.lastOut ?? end, facts.lastBack ?? end];
  const [shownOut, shownBack] = [shownSpans(out.stretches, lastOut), shownSpans(back.stretches, lastBack)];
  const sure = apartSeconds(shownOut, shownBack);
  if (sure >= facts.convergeSeconds) return undefined;
  // For how long the other one is held to have been elsewhere than the one that was shown.
  const byOut = apartSeconds(shownOut, heldSpans(back.stretches, moved ? end : lastBack));
  const byBack = apartSeconds(heldSpans(out.stretches, moved ? end : lastOut), shownBack);
  const endAlike = sameLane(out.stretches.at(-1), back.stretches.at(-1));
  const unsure = !moved
    ? byOut + byBack - 2 * sure
    : endAlike
      ? differ - sure
      : Math.max(...[shownOut, shownBack].map((spans) => secondsBetween(endOf(spans, end), end)));
  // Of a direction that did not move and was silent nothing was hidden.
  if (unsure > sure && !endAlike && [out, back].some(({ stretches }) => movedLast(stretches, end)))
    return MOVED_LAST;
  if (unsure > sure)
    return `the way ${byOut < byBack ? "out" : "back"} ${UNSEEN[moved ? "moved" : "stayed"]}`;
  const isApart = !moved && facts.isOneClock() && seenApart(shownOut, shownBack, facts.convergeSeconds);
  return isApart ? NEVER_TOGETHER : undefined;
}

/** True where the last move leaves no time for the other direction to be seen to follow. */
function movedLast(stretches: readonly Stretch[], end: Moment): boolean {
  const last = stretches.at(-1);
  return stretches.length > 1 && last !== undefined && secondsBetween(last, end) <= ALONE_SECONDS;
}

/** True where one direction was seen for a while, and the other one not before it was seen no more; or long after that. */
function seenApart(out: readonly Span[], back: readonly Span[], convergeSeconds: number): boolean {
  const [one, other] = [wholeOf(out), wholeOf(back)];
  if (one === undefined || other === undefined) return false;
  const [first, then] = isBefore(one.to, other.from) ? [one, other] : [other, one];
  const silence = secondsBetween(first.to, then.from);
  if (silence <= 0) return false;
  const lengths = [first, then].map(({ from, to }) => secondsBetween(from, to));
  return silence >= convergeSeconds || Math.min(...lengths) > ALONE_SECONDS;
}

function wholeOf(spans: readonly Span[]): Pick<Span, "from" | "to"> | undefined {
  const [first, last] = [spans[0], spans.at(-1)];
  return first === undefined || last === undefined ? undefined : { from: first.from, to: last.to };
}

function endOf(spans: readonly Span[], end: Moment): Moment {
  return spans.at(-1)?.to ?? end;
}

/** A local link on the way says nothing of the uplink, so `local` one way and an uplink the other are no pair. */
function comparable(out: DirectionPath, back: DirectionPath): boolean {
  if (out.path === "none" || back.path === "none" || out.path === "unknown" || back.path === "unknown")
    return false;
  return (out.path === "local") === (back.path === "local");
}
