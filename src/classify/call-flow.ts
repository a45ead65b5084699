import type { CallEnd, CallFlow } from "../callflow/call-flow.ts";
import { hostRole } from "../protocols/host-roles.ts";
import type { Markers } from "../site/markers.ts";
import { NO_PATH, type Site } from "../site/site.ts";
import type { JudgedFlow } from "./judged-flow.ts";
import type { End, Leg } from "./leg.ts";
import type { Instant } from "./row.ts";

/** What the assembling of calls wants to know of a judged flow. */
export function callFlowOf(judged: JudgedFlow, site: Site, markers: Markers): CallFlow {
  const { row, legs } = judged;
  const leg = mainLeg(legs);
  const first = legs[0] ?? leg;
  const { recognition } = leg;
  return {
    flowId: row.flow_id,
    capture: row.capture,
    startUs: microseconds(row.start),
    endUs: microseconds(row.end),
    transport: row.transport,
    client: endOf(first.client, site, markers),
    server: endOf(first.server, site, markers),
    nearIsClient: first.near === first.client,
    nat:
      row.nat_ip === undefined || row.nat_port === undefined
        ? undefined
        : { address: row.nat_ip, port: row.nat_port },
    application: row.application,
    trafficType: row.traffic_type,
    modality: row.modality,
    host: row.host,
    hostRole: row.host === undefined ? undefined : hostRole(row.host, row.server_port),
    serviceArea: row.service_area,
    office365: row.endpoint_ids.length > 0,
    eligible: row.er_eligible,
    pathOut: row.path_out,
    pathOutName: row.path_out_name,
    pathBack: row.path_back,
    pathBackName: row.path_back_name,
    symmetry: row.symmetry,
    expected: row.expected_path,
    streams: (recognition.streams ?? []).map(({ direction, ...stream }) => ({
      ...stream,
      way: direction === leg.out ? "out" : "back",
    })),
    reported: legs.flatMap((item) => item.recognition.reported ?? []),
    dialogs: recognition.dialogs ?? [],
    iceChecks: recognition.iceChecks ?? 0,
    nominated: recognition.nominated ?? false,
    usesTurn: recognition.usesTurn ?? false,
    carriesMedia: recognition.carriesMedia ?? false,
    microsoftIce: recognition.microsoftStun ?? false,
    quality: {
      codec: row.codec,
      jitterOutMs: row.jitter_out_ms,
      jitterBackMs: row.jitter_back_ms,
      lossOutPercent: row.loss_out_pct,
      lossBackPercent: row.loss_back_pct,
      rttMs: row.rtt_ms,
      mos: row.mos,
      quality: row.quality,
    },
    retransmissions: row.retransmissions,
    packetsOut: row.packets_out,
    packetsBack: row.packets_back,
    bytesOut: row.bytes_out,
    bytesBack: row.bytes_back,
  };
}

/** The leg whose payloads say most: that of the streams, else the first that was recognised. */
function mainLeg(legs: readonly Leg[]): Leg {
  const leg =
    legs.find((item) => (item.recognition.streams?.length ?? 0) > 0) ??
    legs.find((item) => item.recognition.application !== "unknown") ??
    legs[0];
  if (leg === undefined) throw new RangeError("a flow has at least one leg");
  return leg;
}

function endOf(end: End, site: Site, markers: Markers): CallEnd {
  const { partner } = end.site;
  return {
    address: end.text,
    port: end.port,
    zone: end.zone,
    role: end.site.role,
    partner: partner === undefined ? undefined : { name: partner.name, hosting: partner.hosting },
    homedOnPremises: end.zone === "internal" && site.homedOnPremises(...end.words),
    translated: end.site.role === undefined && markers.natPathOf(...end.words) !== NO_PATH,
  };
}

function microseconds(instant: Instant | undefined): number {
  return instant === undefined ? 0 : instant.seconds * 1_000_000 + Math.floor(instant.nanoseconds / 1000);
}
