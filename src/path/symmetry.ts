import type { OutBack, Symmetry } from "../words.ts";
import { NO_ITEMS } from "../no-items.ts";
import type { DirectionPath, Stretch } from "./evidence.ts";
import { movesOf, sameLane } from "./lanes.ts";

/** A moment in time. */
export interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
}

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

const NO_CHANGES: readonly Moment[] = NO_ITEMS;

/** Symmetry class of a flow (docs/evidence.md, Symmetry). */
export function decideSymmetry(facts: SymmetryFacts): SymmetryDecision {
  const { out, back } = facts;
  const changes = changesOf(out.stretches, back.stretches);
  const known = out.stretches.length > 0 && back.stretches.length > 0;
  if (facts.doubt !== undefined && known)
    return { symmetry: "unknown", changes, differSeconds: undefined, doubt: facts.doubt };
  if (known && comparable(out, back)) {
    const differ = differingSeconds(facts);
    const moved = out.stretches.length > 1 || back.stretches.length > 1;
    const endAlike = sameLane(out.stretches.at(-1), back.stretches.at(-1));
    const apart = moved ? !endAlike || differ >= facts.convergeSeconds : !endAlike;
    const unseen = apart && moved && !endAlike ? unseenAfterMove(facts) : undefined;
    if (unseen !== undefined) {
      const doubt = `the way ${unseen} was not seen for long after the other moved, so they are not compared`;
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
 * The direction of which nothing shows whether it followed when the other moved: it was seen on another path than that for less than
 * the time to converge, and then not at all for longer than that. A tap that lost it, and answers that nobody sent, look alike.
 */
function unseenAfterMove(facts: SymmetryFacts): OutBack | undefined {
  const { out, back, end } = facts;
  const lastOut = earlier(facts.lastOut ?? end, out.unshownFrom);
  const lastBack = earlier(facts.lastBack ?? end, back.unshownFrom);
  const isOut = secondsBetween(lastOut, lastBack) > 0;
  const until = isOut ? lastOut : lastBack;
  const seen = differingSeconds({ ...facts, end: until });
  if (seen >= facts.convergeSeconds || secondsBetween(until, end) <= seen) return undefined;
  return isOut ? "out" : "back";
}

function earlier(one: Moment, other: Moment | undefined): Moment {
  return other !== undefined && secondsBetween(other, one) > 0 ? other : one;
}

/** A local link on the way says nothing of the uplink, so `local` one way and an uplink the other are no pair. */
function comparable(out: DirectionPath, back: DirectionPath): boolean {
  if (out.path === "none" || back.path === "none" || out.path === "unknown" || back.path === "unknown")
    return false;
  return (out.path === "local") === (back.path === "local");
}

function timeOf(moment: Moment): number {
  return moment.seconds + moment.nanoseconds / 1e9;
}

/** Seconds between two moments; exact to the nanosecond for spans below 100 days. */
export function secondsBetween(from: Moment, to: Moment): number {
  return to.seconds - from.seconds + (to.nanoseconds - from.nanoseconds) / 1e9;
}

function differingSeconds(facts: SymmetryFacts): number {
  const { out, back, end } = facts;
  const isOneEach = out.stretches.length === 1 && back.stretches.length === 1;
  if (isOneEach && sameLane(out.stretches[0], back.stretches[0])) return 0;
  // Of a direction's packets before the first that showed a path nothing is known.
  const bothFrom = Math.max(...[out, back].map(({ stretches: [first] }) => (first ? timeOf(first) : 0)));
  const edges = [...out.stretches, ...back.stretches, end].sort((x, y) => secondsBetween(y, x));
  let total = 0;
  for (let i = 0; i + 1 < edges.length; i++) {
    const from = edges[i];
    const to = edges[i + 1];
    if (from === undefined || to === undefined) continue;
    const begin = Math.max(timeOf(from), bothFrom);
    if (timeOf(to) <= begin || secondsBetween(to, end) < 0) continue;
    if (sameLane(at(out.stretches, from), at(back.stretches, from))) continue;
    total += timeOf(from) < bothFrom ? timeOf(to) - bothFrom : secondsBetween(from, to);
  }
  return Math.round(total * 1e6) / 1e6;
}

/** The stretch that holds at a moment; the first one before its beginning. */
function at(stretches: readonly Stretch[], moment: Moment): Stretch | undefined {
  let current = stretches[0];
  for (const stretch of stretches) if (secondsBetween(stretch, moment) >= 0) current = stretch;
  return current;
}

function changesOf(out: readonly Stretch[], back: readonly Stretch[]): readonly Moment[] {
  if (out.length < 2 && back.length < 2) return NO_CHANGES;
  const all = [...movesOf(out), ...movesOf(back)].sort((x, y) => secondsBetween(y, x));
  const merged: Moment[] = [];
  for (const moment of all) {
    const last = merged.at(-1);
    if (last === undefined || secondsBetween(last, moment) > 1) {
      merged.push({ seconds: moment.seconds, nanoseconds: moment.nanoseconds });
    }
  }
  return merged;
}
