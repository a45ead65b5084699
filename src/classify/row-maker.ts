import * as layout from "../flows/layout.ts";
import { isBefore, type Moment } from "../path/moment.ts";
import { interfaceName } from "../site/interface-names.ts";
import type { LinkContext } from "../site/markers.ts";
import { TUNNEL_NAMES } from "../wire/packet.ts";
import type { CaptureStatus } from "../words.ts";
import { NO_ITEMS } from "../no-items.ts";
import { rounded } from "../rounded.ts";
import type { CallMark } from "./call-mark.ts";
import { contextShares } from "./context-shares.ts";
import { joinBasisOf } from "./join-basis.ts";
import { type FlowDecision, microseconds } from "./flow-decision.ts";
import { captureNames, type FlowMeasures, type MeasureSurroundings } from "./flow-measures.ts";
import type { ContextShare, Leg } from "./leg.ts";
import { bytesOf, firstPacketOf, packetsOf } from "./legs-in-turn.ts";
import type { Links } from "./links.ts";
import { reasonOf } from "./reason.ts";
import type { FlowRow, Instant } from "./row.ts";
import { nameText, retransmissionsOf, tcpStateOf } from "./row-values.ts";
import { wiresharkFilter } from "./wireshark-filter.ts";

const FORTH_AND_BACK = [0, 1] as const;
const BACK_AND_FORTH = [1, 0] as const;
/** Whole seconds whose nanoseconds a number holds exactly (2^53 ns, 104 days). */
const EXACT_SECONDS = 9_000_000;

/** What rows need besides the flow. */
export interface RowSurroundings extends MeasureSurroundings {
  captureStatus(capture: number): CaptureStatus;
}

/** Makes the row of a judged flow; apart from judging, because most flows of a filtered report need none. */
export class RowMaker {
  readonly #s: RowSurroundings;

  constructor(surroundings: RowSurroundings) {
    this.#s = surroundings;
  }

  row(
    j: FlowDecision,
    measured: FlowMeasures,
    mark: CallMark | undefined,
    sharedSource: string | undefined,
  ): FlowRow {
    const { leg, outLegs, backLegs, match, carried } = j;
    const { nat, outShares, backShares, captures } = measured;
    const ofCall = mark?.quality;
    const quality = ofCall ?? measured.quality;
    const outLeg = outLegs[0];
    const backLeg = backLegs[0];
    const outPackets = packetsOf(outLegs, "out");
    const backPackets = packetsOf(backLegs, "back");
    const { links } = this.#s;
    const timed = leg.timed;
    const id = leg.communityId;
    const fine = isFine(outShares, links) || isFine(backShares, links);
    // Those of a call have the way out first, those of a flow its first end's.
    const directions = quality.directions;
    const outQuality = directions[ofCall === undefined ? leg.out : 0];
    const backQuality = directions[ofCall === undefined ? leg.back : 1];
    return {
      schema_version: 1,
      capture: captureNames(captures),
      capture_status: this.#worstStatus(captures),
      flow_id: `${id}@${timed ? microseconds(j.start) : 0}`,
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
      packets_out: outPackets,
      bytes_out: bytesOf(outLegs, "out"),
      packets_back: backPackets,
      bytes_back: bytesOf(backLegs, "back"),
      application: carried.application,
      traffic_type: j.traffic,
      modality: carried.modality,
      host: j.host,
      host_source: j.hostSource,
      ja4: carried.ja4,
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
      path_changes:
        timed && j.symmetry.changes.length > 0
          ? j.symmetry.changes.map((moment) => instant(moment, fine))
          : NO_ITEMS,
      expected_path: j.expected.expected,
      verdict: j.verdict,
      reason: reasonOf(j, sharedSource),
      call_id: mark?.callId,
      scenario: mark?.scenario,
      codec: quality.codec ?? carried.codec,
      jitter_ms: rounded(quality.jitterMs, 3),
      loss_pct: rounded(quality.lossPercent, 3),
      rtt_ms: rounded(measured.rttMs, 3),
      mos: rounded(quality.mos, 2),
      quality: quality.quality,
      dscp_out: outLeg.dscpOf(outLeg.out),
      dscp_back: backLeg.dscpOf(backLeg.back),
      retransmissions: retransmissionsOf(j.legs),
      vlan: this.#firstVlan(j.legs),
      wireshark_filter: wiresharkFilter(j.legs, j.start, j.end),
      asymmetric_s: j.symmetry.differSeconds,
      join_basis: j.joinBasis ?? joinBasisOf(leg, links),
      interface_out: mostFrequent(outShares, outPackets, (context) => interfaceText(links, context)),
      interface_back: mostFrequent(backShares, backPackets, (context) => interfaceText(links, context)),
      vlan_out: mostFrequent(outShares, outPackets, (context) => links.contexts.vlanText(context, "|")),
      vlan_back: mostFrequent(backShares, backPackets, (context) => links.contexts.vlanText(context, "|")),
      next_hop_out: mostFrequent(outShares, outPackets, (context) => links.describe(context).destinationMac),
      next_hop_back:
        mostFrequent(backShares, backPackets, (context) => otherSender(links.describe(context))) ??
        mostFrequent(backShares, backPackets, (context) => links.describe(context).sourceMac),
      first_packet_out: firstPacketOf(outLegs, "out"),
      first_packet_back: firstPacketOf(backLegs, "back"),
      tcp_state: tcpStateOf(j.legs),
      tunnel: TUNNEL_NAMES[leg.meta >>> layout.META_TUNNEL_SHIFT] || undefined,
      jitter_out_ms: rounded(outQuality.jitterMs, 3),
      jitter_back_ms: rounded(backQuality.jitterMs, 3),
      loss_out_pct: rounded(outQuality.lossPercent, 3),
      loss_back_pct: rounded(backQuality.lossPercent, 3),
    };
  }

  #worstStatus(captures: FlowMeasures["captures"]): CaptureStatus {
    let worst: CaptureStatus = "ok";
    for (const { index } of captures) {
      const status = this.#s.captureStatus(index);
      if (status === "damaged") return status;
      if (status === "truncated") worst = status;
    }
    return worst;
  }

  #firstVlan(legs: readonly Leg[]): string | undefined {
    const { contexts } = this.#s.links;
    for (const leg of legs) {
      let first: ContextShare | undefined;
      for (const direction of leg.firstDirection === 0 ? FORTH_AND_BACK : BACK_AND_FORTH) {
        const tagged = contextShares(leg, direction).find(
          (share) => contexts.vlanText(share.context, "|") !== "",
        );
        if (tagged !== undefined && (first === undefined || this.#isBefore(tagged, first))) first = tagged;
      }
      if (first !== undefined) return contexts.vlanText(first.context, "|");
    }
    return undefined;
  }

  /** Of two captures the packet numbers say nothing, and of one they say more than times do. */
  #isBefore(x: ContextShare, y: ContextShare): boolean {
    const { links } = this.#s;
    const capture = links.pointOf(x.context)?.capture;
    if (capture === links.pointOf(y.context)?.capture) return x.firstPacket < y.firstPacket;
    return isBefore(x, y);
  }
}

/** As the capture calls the interface; the kernel's index only where it has no name for it. */
function interfaceText(links: Links, context: number): string {
  const point = links.pointOf(context);
  return point?.interfaceName ?? point?.interfaceDescription ?? interfaceName(links.describe(context)) ?? "";
}

/** Who sent a frame, but for the host that captured it: a router that passes an answer on is not where that came from. */
function otherSender({ sourceMac, sentByHost }: LinkContext): string {
  return sentByHost === true ? "" : sourceMac;
}

/**
 * The value that most packets of a direction had, the first one of equals; undefined where more had none. What half of the
 * packets had counts, however many copies had none: a packet that is tagged on one of three links has that tag.
 */
function mostFrequent(
  shares: readonly ContextShare[],
  packets: number,
  valueOf: (context: number) => string,
): string | undefined {
  const only = shares[0];
  if (only === undefined) return undefined;
  if (shares.length === 1) return valueOf(only.context) || undefined;
  const counts = new Map<string, number>();
  for (const share of shares) {
    const value = valueOf(share.context);
    counts.set(value, (counts.get(value) ?? 0) + share.packets + share.copies);
  }
  const without = counts.get("") ?? 0;
  counts.delete("");
  let best: string | undefined;
  let most = 0;
  for (const [value, count] of counts) {
    if (count <= most) continue;
    best = value;
    most = count;
  }
  return most >= without || 2 * most >= packets ? best : undefined;
}

function isFine(shares: readonly ContextShare[], links: Links): boolean {
  for (const share of shares) if (links.pointOf(share.context)?.fineClock === true) return true;
  return false;
}

function instant(moment: Moment, fine: boolean): Instant {
  return { seconds: moment.seconds, nanoseconds: moment.nanoseconds, fine };
}

/** Seconds between two moments, without the noise of binary fractions. */
function span(from: Moment, to: Moment): number {
  const seconds = to.seconds - from.seconds;
  const nanoseconds = to.nanoseconds - from.nanoseconds;
  if (Math.abs(seconds) < EXACT_SECONDS) return (seconds * 1e9 + nanoseconds) / 1e9;
  return Number(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)) / 1e9;
}
