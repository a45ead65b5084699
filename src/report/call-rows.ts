import type { Call, CallLeg, CallQualitySummary, CallVerdict } from "../callflow/call.ts";
import { larger } from "../callflow/quality.ts";
import { endText } from "../address/address.ts";
import { rounded } from "../rounded.ts";
import type { Instant } from "../classify/row.ts";
import type { Modality } from "../words.ts";
import { takenPath } from "./call-leg-rows.ts";
import { callInstant } from "./call-times.ts";
import { type Column, columnOf } from "./columns.ts";

/** One call as it is reported. Undefined: not known. */
export interface CallRow {
  readonly schema_version: 1;
  readonly call_id: string;
  readonly start: Instant | undefined;
  readonly end: Instant | undefined;
  readonly duration_s: number | undefined;
  readonly users: readonly string[];
  readonly scenario: readonly string[];
  readonly route: Call["route"];
  readonly verdict: CallVerdict;
  readonly signaling: readonly string[];
  readonly signaling_documented: readonly string[];
  readonly media: readonly string[];
  readonly media_documented: readonly string[];
  readonly relays: readonly string[];
  readonly reflexive: readonly string[];
  readonly modality: readonly Modality[];
  readonly transport: readonly string[];
  readonly tcp_fallback: boolean;
  readonly retransmissions: number;
  readonly conference: string;
  readonly pstn: string;
  readonly quality: "good" | "poor" | undefined;
  readonly jitter_out_ms: number | undefined;
  readonly jitter_back_ms: number | undefined;
  readonly loss_out_pct: number | undefined;
  readonly loss_back_pct: number | undefined;
  readonly burst_loss_pct: number | undefined;
  readonly rtt_ms: number | undefined;
  readonly mos: number | undefined;
  readonly quality_expressroute: string | undefined;
  readonly quality_internet: string | undefined;
  readonly flows: number;
  readonly reason: string;
  readonly open: string | undefined;
}

const column = columnOf<CallRow>;

/** Columns of `calls`, in their order. */
export const CALL_COLUMNS: readonly Column<CallRow>[] = [
  column("schema_version", "integer", "Version of these columns: 1."),
  column("call_id", "string", "flow_id of the call's first media flow, as on the rows of classify"),
  column("start", "time", "First packet of media, ISO 8601 UTC"),
  column("end", "time", "Last packet of media, ISO 8601 UTC"),
  column("duration_s", "number", "Seconds of media"),
  column("users", "list", "Addresses of those who take part, as far as seen"),
  column("scenario", "list", "Rows of the article that fit, in its order"),
  column("route", "string", "direct, relayed, server or broadcast"),
  column("verdict", "string", "as-documented, deviates, unproven or not-office365"),
  column("signaling", "list", "Legs of signaling and the path each took: leg=path, or leg=out/back"),
  column("signaling_documented", "list", "The same legs and their documented paths"),
  column("media", "list", "Legs of media and the path each took"),
  column("media_documented", "list", "The same legs and their documented paths"),
  column("relays", "list", "Servers that media passed or ended at: whose address:port"),
  column("reflexive", "list", "Addresses under which the users were seen from outside"),
  column("modality", "list", "audio, video, sharing, data"),
  column("transport", "list", "udp, tcp"),
  column("tcp_fallback", "boolean", "Media went over TCP"),
  column("retransmissions", "integer", "TCP segments of media sent again"),
  column("conference", "string", "certain, likely, possible or no"),
  column("pstn", "string", "Whether a telephone takes part: certain, possible or no"),
  column("quality", "string", "good or poor by Microsoft's targets (15 s windows and round trip)"),
  column("jitter_out_ms", "number", "Jitter of the worst stream that leaves our network, ms"),
  column("jitter_back_ms", "number", "Jitter of the worst stream that returns, ms"),
  column("loss_out_pct", "number", "Loss of the worst stream that leaves our network, percent"),
  column("loss_back_pct", "number", "Loss of the worst stream that returns, percent"),
  column("burst_loss_pct", "number", "Worst loss of any 200 ms, percent; reported, not judged"),
  column("rtt_ms", "number", "Longest round trip of a media flow, ms"),
  column("mos", "number", "Lowest G.711-equivalent estimate of the mean opinion score"),
  column("quality_expressroute", "string", "Quality of the media over ExpressRoute, where both were seen"),
  column("quality_internet", "string", "Quality of the media over the Internet, where both were seen"),
  column("flows", "integer", "Flows of the call"),
  column("reason", "string", "Why, in words"),
  column("open", "string", "What would decide between the rows that fit, or why none does"),
];

export function callRow(call: Call): CallRow {
  const { quality } = call;
  const of = (part: CallLeg["part"], text: (leg: CallLeg) => string): string[] => [
    ...new Set(call.legs.filter((leg) => leg.part === part).map((leg) => `${leg.kind}=${text(leg)}`)),
  ];
  return {
    schema_version: 1,
    call_id: call.id,
    start: callInstant(call.startUs),
    end: callInstant(call.endUs),
    duration_s: call.startUs === 0 ? undefined : (call.endUs - call.startUs) / 1e6,
    users: call.users.map((user) => user.address),
    scenario: call.scenarios.map((scenario) => scenario.id),
    route: call.route,
    verdict: call.verdict,
    signaling: of("signaling", takenPath),
    signaling_documented: of("signaling", (leg) => leg.documented),
    media: of("media", takenPath),
    media_documented: of("media", (leg) => leg.documented),
    relays: call.relays.map((relay) => `${relay.whose} ${endText(relay.address, relay.port)}`),
    reflexive: call.reflexive,
    modality: call.modalities,
    transport: call.transports,
    tcp_fallback: call.tcpFallback,
    retransmissions: call.retransmissions,
    conference: call.conference.certainty,
    pstn: call.pstn.certainty,
    quality: quality.quality,
    jitter_out_ms: quality.jitterOutMs,
    jitter_back_ms: quality.jitterBackMs,
    loss_out_pct: quality.lossOutPercent,
    loss_back_pct: quality.lossBackPercent,
    burst_loss_pct: rounded(quality.burstLossPercent, 3),
    rtt_ms: quality.rttMs,
    mos: quality.mos,
    quality_expressroute: qualityText(call.qualityByPath.expressroute),
    quality_internet: qualityText(call.qualityByPath.internet),
    flows: call.legs.length,
    reason: call.reason,
    open: call.open === "" ? undefined : call.open,
  };
}

function qualityText(quality: CallQualitySummary | undefined): string | undefined {
  if (quality === undefined) return undefined;
  const loss = larger(quality.lossOutPercent, quality.lossBackPercent);
  const jitter = larger(quality.jitterOutMs, quality.jitterBackMs);
  const parts = [
    quality.quality,
    loss === undefined ? undefined : `loss ${loss} %`,
    jitter === undefined ? undefined : `jitter ${jitter} ms`,
    quality.rttMs === undefined ? undefined : `rtt ${quality.rttMs} ms`,
    quality.mos === undefined ? undefined : `mos ${quality.mos}`,
  ];
  return parts.filter((part) => part !== undefined).join(", ") || "not measured";
}
