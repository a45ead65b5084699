import { prefixText } from "../address/prefix.ts";
import type { EndpointMatch } from "../endpoints/match.ts";
import { causeOf } from "../path/cause.ts";
import { type ExpectedDecision, type RouteAnswer, decideExpected } from "../path/expected.ts";
import type { Moment } from "../path/moment.ts";
import { decideVerdict } from "../path/verdict.ts";
import type { DnsNames } from "../protocols/dns-names.ts";
import { hostRole } from "../protocols/host-roles.ts";
import type { Recognition } from "../protocols/recognition.ts";
import { trafficTypeOf } from "../protocols/traffic-type.ts";
import { expectedFromRoutes, unreadRoute } from "../routes/expected.ts";
import type { ExpectedPath, HostSource, TrafficType, Zone } from "../words.ts";
import { acceptedOf } from "./accepted-communities.ts";
import type { CallMark } from "./call-mark.ts";
import { carriedBy } from "./carried.ts";
import type { FlowConclusion, FlowDecision, FlowSight } from "./flow-decision.ts";
import { type FlowMeasures, measureFlow } from "./flow-measures.ts";
import { FlowSeer, type SeerSurroundings } from "./flow-seer.ts";
import { isInside } from "./inside-zone.ts";
import { type Conclusions, JudgedFlow } from "./judged-flow.ts";
import type { LegGroup } from "./leg-group.ts";
import type { Leg } from "./leg.ts";
import { NatSources } from "./nat-sources.ts";
import type { FlowRow } from "./row.ts";
import { RowMaker, type RowSurroundings } from "./row-maker.ts";

/** What judging needs besides the flow. */
export interface JudgeSurroundings extends RowSurroundings, SeerSurroundings {
  readonly names: DnsNames;
}

/** Judges flows: what was seen of them held against endpoints, expected path and call; and the row of it all. */
export class Judge implements Conclusions {
  readonly #s: JudgeSurroundings;
  readonly #rows: RowMaker;
  readonly #seer: FlowSeer;
  /** Public addresses of ours by the paths that they were seen on. */
  readonly natSources: NatSources = new NatSources();

  constructor(surroundings: JudgeSurroundings) {
    this.#s = surroundings;
    this.#seer = new FlowSeer(surroundings);
    this.#rows = new RowMaker(surroundings);
  }

  judge(group: LegGroup): JudgedFlow {
    return new JudgedFlow(group, this, this.see(group));
  }

  /** As `judge`, but a flow of which nothing shows where it went is looked at when somebody asks. */
  judgeLater(group: LegGroup): JudgedFlow {
    return this.#seer.mayProve(group) ? this.judge(group) : new JudgedFlow(group, this, undefined);
  }

  see(group: LegGroup): FlowSight {
    return this.#seer.see(group);
  }

  decide(seen: FlowSight): FlowDecision {
    const { leg, out, back, symmetry } = seen;
    const carried = carriedBy(seen);
    const { host, hostSource } = this.#host(leg, carried);
    const match = this.#match(leg, host);
    const office365 = match.sets.length > 0;
    const { expected, verdict } = this.#hold(seen, match, undefined);
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
    const traffic = this.#trafficType(leg, carried, host, match);
    return decisionOf(seen, { carried, host, hostSource, match, expected, verdict, traffic, cause });
  }

  /** The same flow, now that its call is known: expected path, verdict and what the row says of them. */
  decideInCall(decision: FlowDecision, mark: CallMark): FlowDecision {
    const { carried, host, hostSource, match, traffic, cause } = decision;
    const { expected, verdict } = this.#hold(decision, match, mark);
    return decisionOf(decision, { carried, host, hostSource, match, expected, verdict, traffic, cause });
  }

  /** Holds what was seen against what is expected, also by the call that the flow is part of. */
  #hold(
    seen: FlowSight,
    match: EndpointMatch,
    mark: CallMark | undefined,
  ): Pick<FlowConclusion, "expected" | "verdict"> {
    const office365 = match.sets.length > 0;
    const expected = this.#expected(seen, match, office365, mark?.expected);
    const verdict = decideVerdict({
      symmetry: seen.symmetry.symmetry,
      office365,
      concerned: mark?.concerned === true || isConcerned(seen.leg),
      out: seen.out.path,
      back: seen.back.path,
      expected: expected.expected,
    });
    return { expected, verdict };
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

  #host(leg: Leg, carried: Recognition): { host: string | undefined; hostSource: HostSource | undefined } {
    if (carried.host !== undefined) return { host: carried.host, hostSource: carried.hostSource };
    if (carried.application === "dns") return { host: undefined, hostSource: undefined };
    const { seconds, nanoseconds } = leg.start;
    const host = this.#s.names.lookup(leg.client.words, leg.server.words, seconds, nanoseconds);
    return { host, hostSource: host === undefined ? undefined : "dns" };
  }

  #match(leg: Leg, host: string | undefined): EndpointMatch {
    const serverIsFar = leg.server === leg.far;
    return leg.list.match({
      words: leg.far.reached,
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
      unread: routes === undefined ? unreadRoute(site, ...leg.far.reached) : undefined,
      scenario,
      accepted: acceptedOf(site, leg.list, match, leg.far.reachedVersion, leg.far.reached),
      office365,
      eligible: match.erEligible,
    });
  }

  #routes(leg: Leg, start: Moment, end: Moment): RouteAnswer | undefined {
    const [w0, w1, w2, w3] = leg.far.reached;
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
    const lacks = found.hasVersion ? undefined : leg.far.reachedVersion;
    return { path: changed ? "either" : found.path, prefix: decided ? prefixText(prefix) : undefined, lacks };
  }

  #trafficType(leg: Leg, carried: Recognition, host: string | undefined, match: EndpointMatch): TrafficType {
    return trafficTypeOf({
      application: carried.application,
      transport: leg.transport,
      role: host === undefined ? undefined : hostRole(host, leg.server.port),
      clientPort: leg.client.port,
      serverPort: leg.server.port,
      serviceArea: match.serviceArea,
      toDeclaredServer: leg.server.zone === "on-premises-server",
      carriesMedia: carried.carriesMedia ?? false,
      purpose: carried.purpose,
    }).trafficType;
  }
}

/** Field by field: a spread of so many looks each of them up by name, for every flow. */
function decisionOf(seen: FlowSight, concluded: FlowConclusion): FlowDecision {
  return {
    legs: seen.legs,
    leg: seen.leg,
    outLegs: seen.outLegs,
    backLegs: seen.backLegs,
    start: seen.start,
    end: seen.end,
    out: seen.out,
    back: seen.back,
    symmetry: seen.symmetry,
    symptom: seen.symptom,
    joinBasis: seen.joinBasis,
    note: seen.note,
    carried: concluded.carried,
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
