import { connState } from "../flows/conn-state.ts";
import * as layout from "../flows/layout.ts";
import type { DirectionPath } from "../path/evidence.ts";
import type { Moment } from "../path/symmetry.ts";
import { CLIENT_TARGETS, EDGE_TARGETS, type Quality, judgeQuality } from "../protocols/stream-quality.ts";
import { TUNNEL_NAMES } from "../wire/packet.ts";
import type { CaptureStatus } from "../words.ts";
import type { CallMark } from "./call-mark.ts";
import { contextShares, mappedAddresses } from "./direction-facts.ts";
import { joinBasisOf } from "./join-basis.ts";
import { type FlowDecision, microseconds, recognitionOf } from "./flow-decision.ts";
import type { ContextShare, Leg } from "./leg.ts";
import type { Links } from "./links.ts";
import { reasonOf } from "./reason.ts";
import type { FlowRow, Instant } from "./row.ts";
import { wiresharkFilter } from "./wireshark-filter.ts";

/** What rows need besides the flow. */
export interface RowSurroundings {
  readonly links: Links;
  captureStatus(capture: number): CaptureStatus;
  /** True when times of the two captures can be subtracted from each other. */
  comparableClocks(x: number, y: number): boolean;
}

/** Makes the row of a judged flow; apart from judging, because most flows of a filtered report need none. */
export class RowMaker {
  readonly #s: RowSurroundings;

  constructor(surroundings: RowSurroundings) {
    this.#s = surroundings;
  }

  row(j: FlowDecision, mark: CallMark | undefined): FlowRow {
    const { leg, outLeg, backLeg, match } = j;
    const measured = this.#quality(j.legs);
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
    const { quality } = measured;
    const outQuality = quality.directions[measured.leg.out];
    const backQuality = quality.directions[measured.leg.back];
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
      call_id: mark?.callId,
      scenario: mark?.scenario,
      codec: quality.codec ?? recognition.codec,
      jitter_ms: rounded(quality.jitterMs, 3),
      loss_pct: rounded(quality.lossPercent, 3),
      rtt_ms: rounded(measured.rttMs, 3),
      mos: rounded(quality.mos, 2),
      quality: quality.quality,
      dscp_out: outLeg.dscpOf(outLeg.out),
      dscp_back: backLeg.dscpOf(backLeg.back),
      retransmissions:
        leg.protocol === 6 ? Math.max(...j.legs.map((item) => item.word(layout.RETRANSMISSIONS))) : undefined,
      vlan: this.#firstVlan(j.legs),
      wireshark_filter: wiresharkFilter(j.legs, j.start, j.end),
      asymmetric_s: j.symmetry.differSeconds,
      join_basis: j.joinBasis ?? joinBasisOf(leg, links),
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

/** Seconds between two moments, without the noise of binary fractions. */
function span(from: Moment, to: Moment): number {
  const nanoseconds =
    BigInt(to.seconds - from.seconds) * 1_000_000_000n + BigInt(to.nanoseconds - from.nanoseconds);
  return Number(nanoseconds) / 1e9;
}

function rounded(value: number | undefined, digits: number): number | undefined {
  if (value === undefined) return undefined;
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
