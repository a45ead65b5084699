import { prefixText } from "../address/prefix.ts";
import type { EndpointHistory } from "../endpoints/history.ts";
import type { EndpointMatch } from "../endpoints/match.ts";
import { connState } from "../flows/conn-state.ts";
import * as layout from "../flows/layout.ts";
import { symptomOf } from "../flows/symptom.ts";
import { absenceEvidence } from "../path/absence.ts";
import { type Cause, causeOf } from "../path/cause.ts";
import { decideDirection } from "../path/direction-path.ts";
import type { DirectionPath } from "../path/evidence.ts";
import { type ExpectedDecision, decideExpected } from "../path/expected.ts";
import { type Moment, type SymmetryDecision, type Symptom, decideSymmetry } from "../path/symmetry.ts";
import { decideVerdict } from "../path/verdict.ts";
import type { DnsNames } from "../protocols/dns-names.ts";
import { hostRole } from "../protocols/host-roles.ts";
import { CLIENT_TARGETS, EDGE_TARGETS, type Quality, judgeQuality } from "../protocols/stream-quality.ts";
import type { Recognition } from "../protocols/recognition.ts";
import { trafficTypeOf } from "../protocols/traffic-type.ts";
import { TUNNEL_NAMES } from "../wire/packet.ts";
import type { CaptureStatus, HostSource, OutBack, TrafficType, Verdict, ExpectedPath } from "../words.ts";
import { contextShares, directionFacts, isInside, mappedAddresses } from "./direction-facts.ts";
import type { CallMark } from "./call-mark.ts";
import { acceptedCommunity } from "./accepted-communities.ts";
import type { Coverage } from "./coverage.ts";
import { joinBasisOf } from "./join-basis.ts";
import type { ContextShare, Leg } from "./leg.ts";
import type { Links } from "./links.ts";
import { reasonOf } from "./reason.ts";
import { NatSources } from "./nat-sources.ts";
import type { SiteView } from "./site-view.ts";
import type { FlowRow, Instant } from "./row.ts";
import { wiresharkFilter } from "./wireshark-filter.ts";

/** What judging needs besides the flow. */
export interface JudgeSurroundings {
  readonly view: SiteView;
  readonly links: Links;
  readonly history: EndpointHistory;
  readonly names: DnsNames;
  readonly coverage: Coverage;
  /** Longest time in seconds that the directions of a moving flow may differ. */
  readonly convergeSeconds: number;
  captureStatus(capture: number): CaptureStatus;
  /** True when times of the two captures can be subtracted from each other. */
  comparableClocks(x: number, y: number): boolean;
}

/** A flow with everything that was concluded of it. */
export interface JudgedFlow {
  readonly row: FlowRow;
  readonly legs: readonly Leg[];
  readonly out: DirectionPath;
  readonly back: DirectionPath;
  readonly symmetry: SymmetryDecision;
  readonly symptom: Symptom | undefined;
  /** A source address of it that was seen on the other path before. */
  readonly sharedSource: string | undefined;
  readonly expected: ExpectedDecision;
  readonly match: EndpointMatch;
  readonly cause: Cause | undefined;
}

/** Judges flows: endpoints, paths, symmetry, expected path, verdict, and the row of it all. */
export class Judge {
  readonly #s: JudgeSurroundings;
  /** Public addresses of ours by the paths that they were seen on. */
  readonly natSources: NatSources = new NatSources();

  constructor(surroundings: JudgeSurroundings) {
    this.#s = surroundings;
  }

  /** `legs`: the record with the inside addresses first; more than one where source NAT lay between captures. */
  judge(legs: readonly [Leg, ...Leg[]], joinBasis: string | undefined): JudgedFlow {
    const leg = legs[0];
    const { host, hostSource } = this.#host(leg);
    const match = this.#match(leg, host);
    const out = this.#direction(legs, "out");
    const back = this.#direction(legs, "back");
    const widest = (direction: "out" | "back"): Leg => {
      let best: Leg = leg;
      for (const other of legs) {
        if (other.packetsOf(other[direction]) > best.packetsOf(best[direction])) best = other;
      }
      return best;
    };
    const outLeg = widest("out");
    const backLeg = widest("back");
    const start = earliest(legs);
    const end = latest(legs);
    const symptom = this.#symptom(legs);
    const sharedSource = this.natSources.observe(legs, out);
    const symmetry = decideSymmetry({
      out,
      back,
      packetsOut: outLeg.packetsOf(outLeg.out),
      packetsBack: backLeg.packetsOf(backLeg.back),
      startOut: outLeg.firstOf(outLeg.out),
      startBack: backLeg.firstOf(backLeg.back),
      end,
      symptom,
      convergeSeconds: this.#s.convergeSeconds,
    });
    const office365 = match.sets.length > 0;
    const expected = this.#expected(leg, match, office365, undefined);
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
          })
        : undefined;
    const traffic = this.#trafficType(leg, host, match);
    const quality = this.#quality(legs);
    const row = this.#row({
      legs,
      leg,
      outLeg,
      backLeg,
      start,
      end,
      host,
      hostSource,
      match,
      out,
      back,
      symmetry,
      symptom,
      sharedSource,
      expected,
      verdict,
      traffic,
      quality,
      cause,
      joinBasis: joinBasis ?? joinBasisOf(leg, this.#s.links),
    });
    return { row, legs, out, back, symmetry, symptom, sharedSource, expected, match, cause };
  }

  /** The same flow, now that its call is known: expected path, verdict and what the row says of them. */
  inCall(judged: JudgedFlow, mark: CallMark): JudgedFlow {
    const leg = judged.legs[0];
    if (leg === undefined) return judged;
    const office365 = judged.match.sets.length > 0;
    const expected = this.#expected(leg, judged.match, office365, mark.expected);
    const verdict = decideVerdict({
      symmetry: judged.symmetry.symmetry,
      office365,
      concerned: mark.concerned || isConcerned(leg),
      out: judged.out.path,
      back: judged.back.path,
      expected: expected.expected,
    });
    const row: FlowRow = {
      ...judged.row,
      expected_path: expected.expected,
      verdict,
      reason: reasonOf({
        ...judged,
        expected,
        verdict,
        recognition: recognitionOf(judged.legs, leg),
        cloud: leg.list.cloud,
      }),
      call_id: mark.callId,
      scenario: mark.scenario,
    };
    return { ...judged, expected, row };
  }

  #direction(legs: readonly [Leg, ...Leg[]], direction: OutBack): DirectionPath {
    const { links, coverage } = this.#s;
    const { site, markers } = this.#s.view;
    const facts = directionFacts(legs, direction, site, markers, links);
    const decided = decideDirection(facts, this.#s.view.paths);
    if (!coverage.needed || (decided.path !== "unknown" && decided.path !== "none")) return decided;
    const exists = facts.packets > 0 || legs.some((leg) => leg.provedByAcknowledgement(leg[direction]));
    if (!exists) return decided;
    const start = earliest(legs);
    const absence = absenceEvidence(direction, coverage.watched(start.seconds, latest(legs).seconds));
    return absence === undefined
      ? decided
      : decideDirection(
          { ...facts, weaker: [...facts.weaker, absence], start: facts.packets > 0 ? facts.start : start },
          this.#s.view.paths,
        );
  }

  #host(leg: Leg): { host: string | undefined; hostSource: HostSource | undefined } {
    const { recognition } = leg;
    if (recognition.host !== undefined) return { host: recognition.host, hostSource: recognition.hostSource };
    if (recognition.application === "dns") return { host: undefined, hostSource: undefined };
    const host = this.#s.names.lookup(...leg.client.words, ...leg.server.words, leg.start.seconds);
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
    leg: Leg,
    match: EndpointMatch,
    office365: boolean,
    scenario: ExpectedPath | undefined,
  ): ExpectedDecision {
    const { site } = this.#s.view;
    const routes = this.#routes(leg);
    return decideExpected({
      local: isInside(leg.a.zone) && isInside(leg.b.zone),
      openedByMicrosoft: !leg.ends.openedByUs && leg.far.zone === "microsoft",
      remoteClient: leg.near.zone === "remote",
      siteHasExpressRoute: site.expressRoute,
      routes,
      scenario,
      community: acceptedCommunity(site, leg.list.cloud, match.serviceArea, leg.ipVersion, leg.far.words),
      office365,
      eligible: match.erEligible,
    });
  }

  #routes(leg: Leg): { path: "expressroute" | "internet"; prefix: string | undefined } | undefined {
    const tables = this.#s.view.site.paths
      .filter((path) => path.kind === "expressroute")
      .flatMap((path) => path.routes);
    if (tables.length === 0) return undefined;
    for (const table of tables) {
      const route = table.lookup(...leg.far.words);
      if (route !== undefined) return { path: "expressroute", prefix: prefixText(route.prefix) };
    }
    return { path: "internet", prefix: undefined };
  }

  #symptom(legs: readonly Leg[]): Symptom | undefined {
    for (const leg of legs) {
      if (leg.protocol !== 6 && (leg.recognition.iceChecks ?? 0) > 0) continue;
      const symptom = symptomOf(leg.page, leg.at, leg.out);
      if (symptom !== undefined) return symptom;
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

  #quality(legs: readonly Leg[]): { quality: Quality; rttMs: number | undefined; leg: Leg } {
    const leg = legs.find((item) => (item.recognition.streams?.length ?? 0) > 0) ?? legs[0];
    if (leg === undefined) throw new RangeError("a flow has at least one leg");
    const captures = new Set(
      [0, 1].flatMap((d) =>
        contextShares(leg, d as 0 | 1).map((share) => this.#s.links.pointOf(share.context)?.capture),
      ),
    );
    const handshakeUs = leg.word(layout.HANDSHAKE_US);
    // Times of two clocks that were not compared do not measure a round trip.
    const [first = -1, ...others] = [...captures].map((capture) => capture ?? -1);
    const rttMs = others.some((other) => !this.#s.comparableClocks(first, other))
      ? undefined
      : (leg.recognition.rttMs ?? (handshakeUs === 0 ? undefined : handshakeUs / 1000));
    const targets = leg.near.zone === "on-premises-server" ? EDGE_TARGETS : CLIENT_TARGETS;
    return { quality: judgeQuality(leg.recognition.streams ?? [], rttMs, targets), rttMs, leg };
  }

  #row(j: {
    legs: readonly [Leg, ...Leg[]];
    leg: Leg;
    outLeg: Leg;
    backLeg: Leg;
    start: Moment;
    end: Moment;
    host: string | undefined;
    hostSource: HostSource | undefined;
    match: EndpointMatch;
    out: DirectionPath;
    back: DirectionPath;
    symmetry: SymmetryDecision;
    symptom: Symptom | undefined;
    sharedSource: string | undefined;
    expected: ExpectedDecision;
    verdict: Verdict;
    traffic: TrafficType;
    quality: { quality: Quality; rttMs: number | undefined; leg: Leg };
    joinBasis: string | undefined;
    cause: Cause | undefined;
  }): FlowRow {
    const { leg, outLeg, backLeg, match } = j;
    const { links } = this.#s;
    const timed = leg.timed;
    const id = leg.communityId;
    const outShares = j.legs.flatMap((item) => contextShares(item, item.out));
    const backShares = j.legs.flatMap((item) => contextShares(item, item.back));
    const fine = [...outShares, ...backShares].some(
      (share) => links.pointOf(share.context)?.fineClock === true,
    );
    const nat = this.#nat(j.legs);
    const recognition = recognitionOf(j.legs, leg);
    const captures = this.#captures([...outShares, ...backShares]);
    const { quality } = j.quality;
    const outQuality = quality.directions[j.quality.leg.out];
    const backQuality = quality.directions[j.quality.leg.back];
    return {
      schema_version: 1,
      capture: captures.map((capture) => capture.name).join(";"),
      capture_status: worst(captures.map((capture) => this.#s.captureStatus(capture.index))),
      flow_id: `${id}@${timed ? microseconds(j.start) : "0"}`,
      community_id: id,
      start: timed ? instant(j.start, fine) : undefined,
      end: timed ? instant(j.end, fine) : undefined,
      duration_s: timed ? span(j.start, j.end) : undefined,
      ip_version: leg.ipVersion,
      transport: leg.transport,
      client_ip: leg.client.text,
      client_port: leg.client.port,
      client_zone: leg.client.zone,
      nat_ip: nat?.text,
      nat_port: nat?.port,
      server_ip: leg.server.text,
      server_port: leg.server.port,
      server_zone: leg.server.zone,
      packets_out: outLeg.packetsOf(outLeg.out),
      bytes_out: outLeg.bytesOf(outLeg.out),
      packets_back: backLeg.packetsOf(backLeg.back),
      bytes_back: backLeg.bytesOf(backLeg.back),
      application: recognition.application,
      traffic_type: j.traffic,
      modality: recognition.modality,
      host: j.host,
      host_source: j.hostSource,
      ja4: recognition.ja4,
      service_area: match.serviceArea,
      endpoint_ids: match.sets,
      category: match.category,
      required: match.required,
      er_eligible: match.erEligible,
      matched_prefix: match.matchedPrefix,
      match_basis: match.basis,
      match_conflict: match.conflict,
      endpoints_version: match.version,
      path_out: j.out.path,
      path_out_name: nameText(j.out),
      path_out_basis: j.out.basis,
      path_back: j.back.path,
      path_back_name: nameText(j.back),
      path_back_basis: j.back.basis,
      symmetry: j.symmetry.symmetry,
      path_changes: timed ? j.symmetry.changes.map((moment) => instant(moment, fine)) : [],
      expected_path: j.expected.expected,
      verdict: j.verdict,
      reason: reasonOf({ ...j, recognition, cloud: leg.list.cloud }),
      call_id: undefined,
      scenario: undefined,
      codec: quality.codec ?? recognition.codec,
      jitter_ms: rounded(quality.jitterMs, 3),
      loss_pct: rounded(quality.lossPercent, 3),
      rtt_ms: rounded(j.quality.rttMs, 3),
      mos: rounded(quality.mos, 2),
      quality: quality.quality,
      dscp_out: outLeg.dscpOf(outLeg.out),
      dscp_back: backLeg.dscpOf(backLeg.back),
      retransmissions:
        leg.protocol === 6 ? Math.max(...j.legs.map((item) => item.word(layout.RETRANSMISSIONS))) : undefined,
      vlan: this.#firstVlan(j.legs),
      wireshark_filter: wiresharkFilter(j.legs, j.start, j.end),
      asymmetric_s: j.symmetry.differSeconds,
      join_basis: j.joinBasis,
      interface_out: mostFrequent(outShares, (context) => interfaceText(links, context)),
      interface_back: mostFrequent(backShares, (context) => interfaceText(links, context)),
      vlan_out: mostFrequent(outShares, (context) => links.contexts.vlanText(context, "|")),
      vlan_back: mostFrequent(backShares, (context) => links.contexts.vlanText(context, "|")),
      next_hop_out: mostFrequent(outShares, (context) => links.describe(context).destinationMac),
      next_hop_back: mostFrequent(backShares, (context) => links.describe(context).sourceMac),
      first_packet_out: outLeg.firstPacketOf(outLeg.out) || undefined,
      first_packet_back: backLeg.firstPacketOf(backLeg.back) || undefined,
      tcp_state: leg.protocol === 6 ? connState(leg.tcpState, leg.ends.client) : undefined,
      tunnel: TUNNEL_NAMES[leg.meta >>> layout.META_TUNNEL_SHIFT] || undefined,
      jitter_out_ms: rounded(outQuality?.jitterMs, 3),
      jitter_back_ms: rounded(backQuality?.jitterMs, 3),
      loss_out_pct: rounded(outQuality?.lossPercent, 3),
      loss_back_pct: rounded(backQuality?.lossPercent, 3),
    };
  }

  /** Our side's address behind source NAT: that of an outer leg, else what the far end reported. */
  #nat(legs: readonly Leg[]): { text: string; port: number } | undefined {
    const inner = legs[0];
    const outer = legs[1];
    if (inner === undefined) return undefined;
    if (outer !== undefined) return { text: outer.near.text, port: outer.near.port };
    if (!inner.ends.openedByUs) return undefined;
    return mappedAddresses(inner).find((item) => item.text !== inner.near.text);
  }

  #captures(shares: readonly ContextShare[]): { index: number; name: string }[] {
    const byIndex = new Map<number, string>();
    for (const share of shares) {
      const point = this.#s.links.pointOf(share.context);
      if (point !== undefined) byIndex.set(point.capture, point.captureName);
    }
    return [...byIndex].map(([index, name]) => ({ index, name })).sort((x, y) => x.index - y.index);
  }

  #firstVlan(legs: readonly Leg[]): string | undefined {
    const leg = legs[0];
    if (leg === undefined) return undefined;
    const shares = [
      ...contextShares(leg, leg.firstDirection),
      ...contextShares(leg, leg.firstDirection === 0 ? 1 : 0),
    ];
    return shares
      .map((share) => this.#s.links.contexts.vlanText(share.context, "|"))
      .find((text) => text !== "");
  }
}

/** A server of ours or a partner takes part. */
function isConcerned(leg: Leg): boolean {
  return [leg.near, leg.far].some((side) => side.zone === "on-premises-server" || side.zone === "partner");
}

function recognitionOf(legs: readonly Leg[], leg: Leg): Recognition {
  return (
    legs.map((item) => item.recognition).find((item) => item.application !== "unknown") ?? leg.recognition
  );
}

function interfaceText(links: Links, context: number): string {
  const point = links.pointOf(context);
  return point?.interfaceName ?? point?.interfaceDescription ?? "";
}

/** The value that most packets of a direction had, the first one of equals; undefined for an empty text. */
function mostFrequent(
  shares: readonly ContextShare[],
  valueOf: (context: number) => string,
): string | undefined {
  const [only] = shares;
  if (only === undefined) return undefined;
  if (shares.length === 1) return valueOf(only.context) || undefined;
  const counts = new Map<string, number>();
  for (const share of shares) {
    const value = valueOf(share.context);
    counts.set(value, (counts.get(value) ?? 0) + share.packets + share.copies);
  }
  let best: string | undefined;
  for (const [value, count] of counts)
    if (best === undefined || count > (counts.get(best) ?? 0)) best = value;
  return best === "" ? undefined : best;
}

function worst(states: readonly CaptureStatus[]): CaptureStatus {
  if (states.includes("damaged")) return "damaged";
  return states.includes("truncated") ? "truncated" : "ok";
}

function nameText(path: DirectionPath): string | undefined {
  return path.names.length === 0 ? undefined : path.names.join(";");
}

function instant(moment: Moment, fine: boolean): Instant {
  return { seconds: moment.seconds, nanoseconds: moment.nanoseconds, fine };
}

function microseconds(moment: Moment): string {
  return (BigInt(moment.seconds) * 1_000_000n + BigInt(Math.floor(moment.nanoseconds / 1000))).toString();
}

/** Seconds between two moments, without the noise of binary fractions. */
function span(from: Moment, to: Moment): number {
  const nanoseconds =
    BigInt(to.seconds - from.seconds) * 1_000_000_000n + BigInt(to.nanoseconds - from.nanoseconds);
  return Number(nanoseconds) / 1e9;
}

function before(x: Moment, y: Moment): boolean {
  return x.seconds < y.seconds || (x.seconds === y.seconds && x.nanoseconds < y.nanoseconds);
}

function earliest(legs: readonly [Leg, ...Leg[]]): Moment {
  return legs.map((leg) => leg.start).reduce((x, y) => (before(y, x) ? y : x));
}

function latest(legs: readonly [Leg, ...Leg[]]): Moment {
  return legs.map((leg) => leg.end).reduce((x, y) => (before(x, y) ? y : x));
}

function rounded(value: number | undefined, digits: number): number | undefined {
  if (value === undefined) return undefined;
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
