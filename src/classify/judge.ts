import { prefixText } from "../address/prefix.ts";
import type { EndpointHistory } from "../endpoints/history.ts";
import type { EndpointMatch } from "../endpoints/match.ts";
import { symptomOf } from "../flows/symptom.ts";
import { absenceEvidence } from "../path/absence.ts";
import { causeOf } from "../path/cause.ts";
import { decideDirection, type DirectionFacts, undecided } from "../path/direction-path.ts";
import type { DirectionPath } from "../path/evidence.ts";
import { type ExpectedDecision, type ExpectedFacts, decideExpected } from "../path/expected.ts";
import { type Moment, type Symptom, decideSymmetry } from "../path/symmetry.ts";
import { decideVerdict } from "../path/verdict.ts";
import type { DnsNames } from "../protocols/dns-names.ts";
import { NO_ITEMS } from "../no-items.ts";
import { hostRole } from "../protocols/host-roles.ts";
import { trafficTypeOf } from "../protocols/traffic-type.ts";
import type { ExpectedPath, HostSource, OutBack, TrafficType, Zone } from "../words.ts";
import { acceptedOf } from "./accepted-communities.ts";
import type { CallMark } from "./call-mark.ts";
import type { Coverage } from "./coverage.ts";
import { directionFacts, isInside } from "./direction-facts.ts";
import type { FlowConclusion, FlowDecision, FlowSight } from "./flow-decision.ts";
import { type FlowMeasures, measureFlow } from "./flow-measures.ts";
import { type Conclusions, JudgedFlow } from "./judged-flow.ts";
import { halvesDoubt } from "./join-basis.ts";
import type { Leg } from "./leg.ts";
import type { LegGroup } from "./leg-group.ts";
import type { Links } from "./links.ts";
import { untimedMove } from "./move-times.ts";
import { expectedFromRoutes } from "../routes/expected.ts";
import { NatSources } from "./nat-sources.ts";
import type { FlowRow } from "./row.ts";
import { RowMaker, type RowSurroundings } from "./row-maker.ts";
import type { SiteView } from "./site-view.ts";

/** What judging needs besides the flow. */
export interface JudgeSurroundings extends RowSurroundings {
  readonly view: SiteView;
  readonly links: Links;
  readonly history: EndpointHistory;
  readonly names: DnsNames;
  readonly coverage: Coverage;
  /** Longest time in seconds that the directions of a moving flow may differ. */
  readonly convergeSeconds: number;
  /** True when times of the two captures tell which packet came first. */
  isOneClock(x: number, y: number): boolean;
}

/** Judges flows: endpoints, paths, symmetry, expected path, verdict, and the row of it all. */
export class Judge implements Conclusions {
  readonly #s: JudgeSurroundings;
  readonly #rows: RowMaker;
  readonly #proves: (context: number) => boolean;
  /** Public addresses of ours by the paths that they were seen on. */
  readonly natSources: NatSources = new NatSources();

  constructor(surroundings: JudgeSurroundings) {
    this.#s = surroundings;
    this.#proves = (context) => surroundings.links.signature(context) !== 0;
    this.#rows = new RowMaker(surroundings);
  }

  judge(group: LegGroup): JudgedFlow {
    return new JudgedFlow(group, this, this.see(group));
  }

  /** As `judge`, but a flow of which nothing shows where it went is looked at when somebody asks. */
  judgeLater(group: LegGroup): JudgedFlow {
    return this.#mayProve(group) ? this.judge(group) : new JudgedFlow(group, this, undefined);
  }

  /** True when evidence of a path may come of the flow: that tells it, and of addresses that others share. */
  #mayProve(group: LegGroup): boolean {
    const { paths } = this.#s.view.site;
    if (paths.length === 0) return false;
    // Addresses, hops and absence prove something whatever the link was.
    const byFlow = paths.some(({ nat, hops, complete }) => complete || nat.length > 0 || hops.length > 0);
    return byFlow || group.mayProve(this.#proves);
  }

  see(group: LegGroup): FlowSight {
    const { legs, joinBasis } = group;
    const leg = legs[0];
    const out = this.#direction(legs, "out");
    const back = this.#direction(legs, "back");
    const outLeg = widest(legs, "out");
    const backLeg = widest(legs, "back");
    const end = latest(legs);
    const isTimed = out.untimed === undefined && back.untimed === undefined;
    const symptom = this.#symptom(legs, isTimed);
    const symmetry = decideSymmetry({
      out,
      back,
      packetsOut: outLeg.packetsOf(outLeg.out),
      packetsBack: backLeg.packetsOf(backLeg.back),
      end,
      symptom,
      convergeSeconds: this.#s.convergeSeconds,
      doubt: legs.length === 1 ? halvesDoubt(leg, this.#s.links) : undefined,
    });
    const start = earliest(legs);
    return { legs, leg, outLeg, backLeg, start, end, out, back, symmetry, symptom, joinBasis };
  }

  decide(seen: FlowSight): FlowDecision {
    const { leg, out, back, symmetry } = seen;
    const { host, hostSource } = this.#host(leg);
    const match = this.#match(leg, host);
    const office365 = match.sets.length > 0;
    const expected = this.#expected(seen, match, office365, undefined);
    const verdict = decideVerdict({
      symmetry: symmetry.symmetry,
      office365,
      concerned: isConcerned(leg),
      out: out.path,
      back: back.path,
      expected: expected.expected,
    });
    const cause =
      symmetry.symmetry === "asymmetric"
        ? causeOf({
            out,
            back,
            openedByUs: leg.ends.openedByUs,
            openedByMicrosoft: !leg.ends.openedByUs && leg.far.zone === "microsoft",
            eligible: office365 ? match.erEligible : undefined,
          })
        : undefined;
    const traffic = this.#trafficType(leg, host, match);
    return decisionOf(seen, { host, hostSource, match, expected, verdict, traffic, cause });
  }

  /** The same flow, now that its call is known: expected path, verdict and what the row says of them. */
  decideInCall(decision: FlowDecision, mark: CallMark): FlowDecision {
    const { leg, match } = decision;
    const office365 = match.sets.length > 0;
    const expected = this.#expected(decision, match, office365, mark.expected);
    const verdict = decideVerdict({
      symmetry: decision.symmetry.symmetry,
      office365,
      concerned: mark.concerned || isConcerned(leg),
      out: decision.out.path,
      back: decision.back.path,
      expected: expected.expected,
    });
    const { host, hostSource, traffic, cause } = decision;
    return decisionOf(decision, { host, hostSource, match, expected, verdict, traffic, cause });
  }

  measure(decision: FlowDecision): FlowMeasures {
    return measureFlow(decision, this.#s);
  }

  /** Notes the paths of the flow's source: once a flow, in the order in which flows end. */
  noteSource(judged: JudgedFlow): void {
    if (judged.isSeen) judged.sharedSource = this.natSources.observe(judged.legs, judged.out);
  }

  row(
    decision: FlowDecision,
    measures: FlowMeasures,
    mark: CallMark | undefined,
    sharedSource: string | undefined,
  ): FlowRow {
    return this.#rows.row(decision, measures, mark, sharedSource);
  }

  #direction(legs: readonly [Leg, ...Leg[]], direction: OutBack): DirectionPath {
    const { links, coverage } = this.#s;
    const { site, markers } = this.#s.view;
    // Where nothing is declared nothing can be seen.
    if (site.paths.length === 0) {
      const leg = legs.find((item) => item.packetsOf(item[direction]) > 0) ?? legs[0];
      const inside = legs.every((item) => isInside(item.a.zone) && isInside(item.b.zone));
      return undecided(leg.packetsOf(leg[direction]), inside, leg.firstOf(leg[direction]));
    }
    const facts = directionFacts(legs, direction, site, markers, links, this.#s.isOneClock);
    const decided = decideDirection(facts, this.#s.view.paths);
    if (decided.stretches.length > 1) return this.#timed(decided, facts, lastOf(legs, direction));
    if (!coverage.needed || (decided.path !== "unknown" && decided.path !== "none")) return decided;
    if (decided.contradiction !== undefined) return decided;
    const exists = facts.packets > 0 || legs.some((leg) => leg.provedByAcknowledgement(leg[direction]));
    if (!exists) return decided;
    const start = earliest(legs);
    const watched = coverage.watched(legs, direction, start.seconds, latest(legs).seconds);
    const absence = absenceEvidence(direction, watched);
    return absence === undefined
      ? decided
      : decideDirection(
          { ...facts, weaker: [...facts.weaker, absence], start: facts.packets > 0 ? facts.start : start },
          this.#s.view.paths,
        );
  }

  /** Without its moments where they are those of clocks that were not compared. */
  #timed(decided: DirectionPath, facts: DirectionFacts, end: Moment): DirectionPath {
    const untimed = untimedMove(facts, end, this.#s.links, this.#s.isOneClock);
    return untimed === undefined ? decided : { ...decided, untimed, stretches: NO_ITEMS };
  }

  #host(leg: Leg): { host: string | undefined; hostSource: HostSource | undefined } {
    const { recognition } = leg;
    if (recognition.host !== undefined) return { host: recognition.host, hostSource: recognition.hostSource };
    if (recognition.application === "dns") return { host: undefined, hostSource: undefined };
    const c = leg.client.words;
    const s = leg.server.words;
    const { seconds, nanoseconds } = leg.start;
    const { names } = this.#s;
    const host = names.lookup(c[0], c[1], c[2], c[3], s[0], s[1], s[2], s[3], seconds, nanoseconds);
    return { host, hostSource: host === undefined ? undefined : "dns" };
  }

  #match(leg: Leg, host: string | undefined): EndpointMatch {
    const serverIsFar = leg.server === leg.far;
    return leg.list.match({
      words: leg.far.words,
      host: serverIsFar ? host : undefined,
      port: serverIsFar ? leg.far.port : undefined,
      transport: leg.transport,
    });
  }

  #expected(
    { leg, start, end }: FlowSight,
    match: EndpointMatch,
    office365: boolean,
    scenario: ExpectedPath | undefined,
  ): ExpectedDecision {
    const { site } = this.#s.view;
    const routes = this.#routes(leg, start, end);
    return decideExpected({
      local: isInside(leg.a.zone) && isInside(leg.b.zone),
      openedByMicrosoft: !leg.ends.openedByUs && leg.far.zone === "microsoft",
      remoteClient: leg.near.zone === "remote" || leg.client.zone === "remote",
      siteHasExpressRoute: site.expressRoute,
      routes,
      scenario,
      accepted: acceptedOf(site, leg.list.cloud, match, leg.ipVersion, leg.far.words),
      office365,
      eligible: match.erEligible,
    });
  }

  #routes(leg: Leg, start: Moment, end: Moment): ExpectedFacts["routes"] {
    const [w0, w1, w2, w3] = leg.far.words;
    const { site } = this.#s.view;
    const first = expectedFromRoutes(site, w0, w1, w2, w3, timeOf(start));
    const last = expectedFromRoutes(site, w0, w1, w2, w3, timeOf(end));
    const found = first ?? last;
    if (found === undefined) return undefined;
    const changed = last !== undefined && last.path !== found.path;
    const route = changed && found.path !== "expressroute" ? last.route : found.route;
    const prefix = route?.prefix;
    // A default route to the Internet is what takes over where ExpressRoute has none.
    const decided = prefix !== undefined && prefix.length > 0;
    const lacks = found.hasVersion ? undefined : leg.ipVersion;
    return { path: changed ? "either" : found.path, prefix: decided ? prefixText(prefix) : undefined, lacks };
  }

  /** `isTimed`: the order of its packets is known, so that what follows on what says something. */
  #symptom(legs: readonly [Leg, ...Leg[]], isTimed: boolean): Symptom | undefined {
    const [inner] = legs;
    // Whoever hears answers inside is not waiting for them, whatever was captured farther out.
    const isAnswered = inner.packetsOf(0) > 0 && inner.packetsOf(1) > 0;
    for (const leg of legs) {
      if (leg.protocol !== 6 && (leg.recognition.iceChecks ?? 0) > 0) continue;
      const symptom = symptomOf(leg.page, leg.at, leg.out);
      if (symptom === "silent-while-retransmitting" && !isTimed) continue;
      const isSilence =
        symptom === "syn-retransmitted" ||
        symptom === "syn-ack-retransmitted" ||
        symptom === "silent-while-retransmitting";
      if (symptom !== undefined && (leg === inner || !isSilence || !isAnswered)) return symptom;
    }
    return undefined;
  }

  #trafficType(leg: Leg, host: string | undefined, match: EndpointMatch): TrafficType {
    return trafficTypeOf({
      application: leg.recognition.application,
      transport: leg.transport,
      role: host === undefined ? undefined : hostRole(host, leg.server.port),
      clientPort: leg.client.port,
      serverPort: leg.server.port,
      serviceArea: match.serviceArea,
      toDeclaredServer: leg.server.zone === "on-premises-server",
      carriesMedia: leg.recognition.carriesMedia ?? false,
      purpose: leg.recognition.purpose,
    }).trafficType;
  }
}

/** The leg that saw most packets of a direction. */
function widest(legs: readonly [Leg, ...Leg[]], direction: OutBack): Leg {
  let best: Leg = legs[0];
  for (const other of legs) {
    if (other.packetsOf(other[direction]) > best.packetsOf(best[direction])) best = other;
  }
  return best;
}

/** Field by field: a spread of so many looks each of them up by name, for every flow. */
function decisionOf(seen: FlowSight, concluded: FlowConclusion): FlowDecision {
  return {
    legs: seen.legs,
    leg: seen.leg,
    outLeg: seen.outLeg,
    backLeg: seen.backLeg,
    start: seen.start,
    end: seen.end,
    out: seen.out,
    back: seen.back,
    symmetry: seen.symmetry,
    symptom: seen.symptom,
    joinBasis: seen.joinBasis,
    host: concluded.host,
    hostSource: concluded.hostSource,
    match: concluded.match,
    expected: concluded.expected,
    verdict: concluded.verdict,
    traffic: concluded.traffic,
    cause: concluded.cause,
  };
}

function timeOf({ seconds, nanoseconds }: Moment): number {
  return seconds + nanoseconds / 1e9;
}

/** A server of ours or a partner takes part. */
function isConcerned(leg: Leg): boolean {
  return isConcernedZone(leg.near.zone) || isConcernedZone(leg.far.zone);
}

function isConcernedZone(zone: Zone): boolean {
  return zone === "on-premises-server" || zone === "partner";
}

function lastOf(legs: readonly [Leg, ...Leg[]], direction: OutBack): Moment {
  return legs
    .filter((leg) => leg.packetsOf(leg[direction]) > 0)
    .map((leg) => leg.lastOf(leg[direction]))
    .reduce((x, y) => (before(x, y) ? y : x), legs[0].lastOf(legs[0][direction]));
}

function before(x: Moment, y: Moment): boolean {
  return x.seconds < y.seconds || (x.seconds === y.seconds && x.nanoseconds < y.nanoseconds);
}

function earliest(legs: readonly [Leg, ...Leg[]]): Moment {
  if (legs.length === 1) return legs[0].start;
  return legs.map((leg) => leg.start).reduce((x, y) => (before(y, x) ? y : x));
}

function latest(legs: readonly [Leg, ...Leg[]]): Moment {
  if (legs.length === 1) return legs[0].end;
  return legs.map((leg) => leg.end).reduce((x, y) => (before(x, y) ? y : x));
}
