import * as layout from "../flows/layout.ts";
import { type Symptom, symptomOf } from "../flows/symptom.ts";
import { NO_ITEMS } from "../no-items.ts";
import { absenceEvidence } from "../path/absence.ts";
import { decideDirection, type DirectionFacts, undecided } from "../path/direction-path.ts";
import type { DirectionPath } from "../path/evidence.ts";
import type { Moment } from "../path/moment.ts";
import { decideSymmetry } from "../path/symmetry.ts";
import type { OutBack } from "../words.ts";
import { contextShares } from "./context-shares.ts";
import type { Coverage } from "./coverage.ts";
import { directionFacts } from "./direction-facts.ts";
import { isInside } from "./inside-zone.ts";
import type { FlowSight } from "./flow-decision.ts";
import { halvesDoubt } from "./join-basis.ts";
import type { Leg } from "./leg.ts";
import type { LegGroup } from "./leg-group.ts";
import { earliest, lastOf, latest } from "./leg-span.ts";
import { legsInTurn, packetsOf } from "./legs-in-turn.ts";
import type { Links } from "./links.ts";
import { untimedMove } from "./move-times.ts";
import { isPublic } from "./public-address.ts";
import type { SiteView } from "./site-view.ts";

/** What seeing needs besides the flow. */
export interface SeerSurroundings {
  readonly view: SiteView;
  readonly links: Links;
  readonly coverage: Coverage;
  /** Longest time in seconds that the directions of a moving flow may differ. */
  readonly convergeSeconds: number;
  /** True when times of the two captures tell which packet came first. */
  isOneClock(x: number, y: number): boolean;
}

/** Sees what packets show of a flow: the path of each direction, and whether the two agree. Expects nothing of it. */
export class FlowSeer {
  readonly #s: SeerSurroundings;
  readonly #proves: (context: number) => boolean;
  /** Made once, not for each flow. */
  readonly #areOfOneClock = (legs: readonly Leg[]): boolean => this.#isOneClock(legs);

  constructor(surroundings: SeerSurroundings) {
    this.#s = surroundings;
    this.#proves = (context) => surroundings.links.signature(context) !== 0;
  }

  /** True when evidence of a path may come of the flow: that tells it, and of addresses that others share. */
  mayProve(group: LegGroup): boolean {
    const { paths } = this.#s.view.site;
    if (paths.length === 0) return false;
    // Addresses, hops and absence prove something whatever the link was.
    const byFlow = paths.some(({ nat, hops, complete }) => complete || nat.length > 0 || hops.length > 0);
    return byFlow || group.mayProve(this.#proves);
  }

  see(group: LegGroup): FlowSight {
    const { legs, joinBasis, note } = group;
    const leg = legs[0];
    const out = this.#direction(legs, "out");
    const back = this.#direction(legs, "back");
    const outLegs = legsInTurn(legs, "out", this.#areOfOneClock);
    const backLegs = legsInTurn(legs, "back", this.#areOfOneClock);
    const end = latest(legs);
    const isTimed = out.untimed === undefined && back.untimed === undefined;
    const symptom = symptomIn(legs, isTimed);
    const moved = out.stretches.length > 1 || back.stretches.length > 1;
    const differ = moved || out.stretches[0]?.lane !== back.stretches[0]?.lane;
    const symmetry = decideSymmetry({
      out,
      back,
      packetsOut: packetsOf(outLegs, "out"),
      packetsBack: packetsOf(backLegs, "back"),
      end,
      lastOut: differ && !out.basis.includes("absence") ? lastOf(legs, "out") : undefined,
      lastBack: differ && !back.basis.includes("absence") ? lastOf(legs, "back") : undefined,
      symptom,
      isOneClock: () => this.#isOneClock(legs),
      showInOneCapture: () => capturesOf(legs, this.#s.links, this.#proves).size < 2,
      convergeSeconds: this.#s.convergeSeconds,
      doubt: legs.length === 1 ? halvesDoubt(leg, this.#s.links) : undefined,
    });
    const start = earliest(legs);
    return { legs, leg, outLegs, backLegs, start, end, out, back, symmetry, symptom, joinBasis, note };
  }

  #direction(legs: readonly [Leg, ...Leg[]], direction: OutBack): DirectionPath {
    const { links, coverage } = this.#s;
    const { site, markers } = this.#s.view;
    // Where nothing is declared nothing can be seen.
    if (site.paths.length === 0) {
      const leg = legs.find((item) => item.packetsOf(item[direction]) > 0) ?? legs[0];
      return undecided(leg.packetsOf(leg[direction]), areInside(legs), leg.firstOf(leg[direction]));
    }
    const facts = directionFacts(legs, direction, site, markers, links, this.#s.isOneClock);
    const decided = decideDirection(facts, this.#s.view.paths);
    const shown =
      decided.stretches.length > 1 ? this.#timed(decided, facts, lastOf(legs, direction)) : decided;
    if (!coverage.needed || staysInside(legs) || isTold(decided, legs)) return shown;
    const exists = facts.packets > 0 || legs.some((leg) => leg.provedByAcknowledgement(leg[direction]));
    if (!exists) return shown;
    const start = earliest(legs);
    const watched = coverage.watched(legs, direction, start.seconds, latest(legs).seconds);
    const absence = absenceEvidence(direction, watched, this.#s.view.site.expressRoute);
    return absence === undefined
      ? shown
      : decideDirection({ ...facts, weaker: [...facts.weaker, absence] }, this.#s.view.paths);
  }

  /** Whether times tell which of all the flow's packets came at the same time. */
  #isOneClock(legs: readonly Leg[]): boolean {
    const [first = -1, ...others] = capturesOf(legs, this.#s.links, () => true);
    return others.every((other) => this.#s.isOneClock(first, other));
  }

  /** Without its moments where they are those of clocks that were not compared. */
  #timed(decided: DirectionPath, facts: DirectionFacts, end: Moment): DirectionPath {
    const untimed = untimedMove(facts, end, this.#s.links, this.#s.isOneClock);
    return untimed === undefined ? decided : { ...decided, untimed, stretches: NO_ITEMS };
  }
}

/** Whether the flow takes no uplink that it could be missing on: both ends are inside, or the other one is private and may be. */
function staysInside(legs: readonly Leg[]): boolean {
  return areInside(legs) || legs.every(({ far }) => !isPublic(far.words));
}

function areInside(legs: readonly Leg[]): boolean {
  return legs.every((leg) => isInside(leg.a.zone) && isInside(leg.b.zone));
}

/** False where absence may tell more: a link inside the network says nothing of the uplink of what leaves it. */
function isTold({ path, contradiction }: DirectionPath, legs: readonly Leg[]): boolean {
  if (path === "local") return legs.some(({ far }) => isInside(far.zone) || !isPublic(far.words));
  return contradiction !== undefined || (path !== "unknown" && path !== "none");
}

/** Captures with packets of the flow, or where some context `counts`, those with packets in such. */
function capturesOf(
  legs: readonly Leg[],
  links: Links,
  counts: (context: number) => boolean,
): ReadonlySet<number> {
  const all = legs.flatMap((leg) => [...contextShares(leg, 0), ...contextShares(leg, 1)]);
  const some = all.filter(({ context }) => counts(context));
  const shares = some.length > 0 ? some : all;
  return new Set(shares.map(({ context }) => links.pointOf(context)?.capture ?? -1));
}

/** What is prohibited is reported again: devices limit that to a report a second or so. */
const QUIET_SECONDS = 3;

/** True where both directions went on after the last ICMP that called the flow prohibited, and wait for no answer. */
function wentOn(leg: Leg): boolean {
  if (leg.tcpWord(layout.UNANSWERED) !== 0) return false;
  const told = leg.detail?.reports.filter(({ kind }) => kind === "prohibited") ?? NO_ITEMS;
  if (told.length === 0 || leg.packetsOf(0) === 0 || leg.packetsOf(1) === 0) return false;
  const until = Math.min(leg.lastOf(0).seconds, leg.lastOf(1).seconds);
  return told.every(({ lastSeconds = Infinity }) => until > lastSeconds + QUIET_SECONDS);
}

/** `isTimed`: the order of its packets is known, so that what follows on what says something. */
function symptomIn(legs: readonly [Leg, ...Leg[]], isTimed: boolean): Symptom | undefined {
  const [inner] = legs;
  // Whoever hears answers inside is not waiting for them, whatever was captured farther out.
  const isAnswered = inner.packetsOf(0) > 0 && inner.packetsOf(1) > 0;
  for (const leg of legs) {
    if (leg.transport !== "tcp" && (leg.recognition.iceChecks ?? 0) > 0) continue;
    const symptom = symptomOf(leg.page, leg.at, leg.out);
    if (symptom === "silent-while-retransmitting" && !isTimed) continue;
    if (symptom === "icmp-prohibited" && isTimed && wentOn(leg)) continue;
    const isSilence =
      symptom === "syn-retransmitted" ||
      symptom === "syn-ack-retransmitted" ||
      symptom === "silent-while-retransmitting";
    if (symptom !== undefined && (leg === inner || !isSilence || !isAnswered)) return symptom;
  }
  return undefined;
}
