import type { Call, CallLeg, CallQualitySummary, CallVerdict, LegVerdict } from "../callflow/call.ts";
import { endText, reportedOf } from "../callflow/relays.ts";
import type { Instant } from "../classify/row.ts";
import type { Application, ExpectedPath, Modality, Path, Symmetry, Zone } from "../words.ts";
import type { Column, ColumnType } from "./columns.ts";

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

/** One leg of a call as it is reported. */
export interface CallLegRow {
  readonly schema_version: 1;
  readonly call_id: string;
  readonly part: CallLeg["part"];
  readonly leg: string;
  readonly whose: string | undefined;
  readonly flow_id: string;
  readonly capture: string;
  readonly start: Instant | undefined;
  readonly end: Instant | undefined;
  readonly transport: "tcp" | "udp";
  readonly application: Application;
  readonly modality: Modality | undefined;
  readonly client_ip: string;
  readonly client_port: number;
  readonly client_zone: Zone;
  readonly server_ip: string;
  readonly server_port: number;
  readonly server_zone: Zone;
  readonly host: string | undefined;
  readonly reflexive: readonly string[];
  readonly relayed: readonly string[];
  readonly path_out: Path;
  readonly path_out_name: string | undefined;
  readonly path_back: Path;
  readonly path_back_name: string | undefined;
  readonly symmetry: Symmetry;
  readonly documented_path: ExpectedPath;
  readonly documented_by: string;
  readonly verdict: LegVerdict;
  readonly how: string | undefined;
  readonly ssrc: readonly string[];
  readonly codec: string | undefined;
  readonly quality: "good" | "poor" | undefined;
  readonly jitter_out_ms: number | undefined;
  readonly jitter_back_ms: number | undefined;
  readonly loss_out_pct: number | undefined;
  readonly loss_back_pct: number | undefined;
  readonly burst_loss_pct: number | undefined;
  readonly rtt_ms: number | undefined;
  readonly mos: number | undefined;
  readonly retransmissions: number | undefined;
  readonly packets_out: number;
  readonly packets_back: number;
}

function callColumn(name: keyof CallRow & string, type: ColumnType, description: string): Column<CallRow> {
  return { name, type, description };
}

function legColumn(
  name: keyof CallLegRow & string,
  type: ColumnType,
  description: string,
): Column<CallLegRow> {
  return { name, type, description };
}

/** Columns of `calls`, in their order. */
export const CALL_COLUMNS: readonly Column<CallRow>[] = [
  callColumn("schema_version", "integer", "Version of these columns: 1."),
  callColumn("call_id", "string", "flow_id of the call's first media flow, as on the rows of classify"),
  callColumn("start", "time", "First packet of media, ISO 8601 UTC"),
  callColumn("end", "time", "Last packet of media, ISO 8601 UTC"),
  callColumn("duration_s", "number", "Seconds of media"),
  callColumn("users", "list", "Addresses of those who take part, as far as seen"),
  callColumn("scenario", "list", "Rows of the article that fit, in its order"),
  callColumn("route", "string", "direct, relayed, server or broadcast"),
  callColumn("verdict", "string", "as-documented, deviates, unproven or not-office365"),
  callColumn("signaling", "list", "Legs of signaling and the path each took: leg=path, or leg=out/back"),
  callColumn("signaling_documented", "list", "The same legs and their documented paths"),
  callColumn("media", "list", "Legs of media and the path each took"),
  callColumn("media_documented", "list", "The same legs and their documented paths"),
  callColumn("relays", "list", "Servers that media passed or ended at: whose address:port"),
  callColumn("reflexive", "list", "Addresses under which the users were seen from outside"),
  callColumn("modality", "list", "audio, video, sharing, data"),
  callColumn("transport", "list", "udp, tcp"),
  callColumn("tcp_fallback", "boolean", "Media went over TCP"),
  callColumn("retransmissions", "integer", "TCP segments of media sent again"),
  callColumn("conference", "string", "certain, likely, possible or no"),
  callColumn("pstn", "string", "Whether a telephone takes part: certain, possible or no"),
  callColumn("quality", "string", "good or poor by Microsoft's targets (15 s windows and round trip)"),
  callColumn("jitter_out_ms", "number", "Jitter of the worst stream that leaves our network, ms"),
  callColumn("jitter_back_ms", "number", "Jitter of the worst stream that returns, ms"),
  callColumn("loss_out_pct", "number", "Loss of the worst stream that leaves our network, percent"),
  callColumn("loss_back_pct", "number", "Loss of the worst stream that returns, percent"),
  callColumn("burst_loss_pct", "number", "Worst loss of any 200 ms, percent; reported, not judged"),
  callColumn("rtt_ms", "number", "Longest round trip of a media flow, ms"),
  callColumn("mos", "number", "Lowest G.711-equivalent estimate of the mean opinion score"),
  callColumn(
    "quality_expressroute",
    "string",
    "Quality of the media over ExpressRoute, where both were seen",
  ),
  callColumn("quality_internet", "string", "Quality of the media over the Internet, where both were seen"),
  callColumn("flows", "integer", "Flows of the call"),
  callColumn("reason", "string", "Why, in words"),
  callColumn("open", "string", "What would decide between the rows that fit, or why none does"),
];

/** Columns of `calls --legs`, in their order. */
export const CALL_LEG_COLUMNS: readonly Column<CallLegRow>[] = [
  legColumn("schema_version", "integer", "Version of these columns: 1."),
  legColumn("call_id", "string", "flow_id of the call's first media flow"),
  legColumn("part", "string", "media, checks (connectivity checks and allocations) or signaling"),
  legColumn("leg", "string", "Between which places: inside, outside, edge, online, ..."),
  legColumn("whose", "string", "Whose leg it is in the scenario"),
  legColumn("flow_id", "string", "As on the rows of classify"),
  legColumn("capture", "string", "Base name(s) of the capture(s)"),
  legColumn("start", "time", "First packet, ISO 8601 UTC"),
  legColumn("end", "time", "Last packet, ISO 8601 UTC"),
  legColumn("transport", "string", "tcp or udp"),
  legColumn("application", "string", "What the flow carries"),
  legColumn("modality", "string", "audio, video, sharing or data"),
  legColumn("client_ip", "string", "Address of the side that opened the flow"),
  legColumn("client_port", "integer", "Its port"),
  legColumn("client_zone", "string", "Where it lives"),
  legColumn("server_ip", "string", "Address of the other side"),
  legColumn("server_port", "integer", "Its port"),
  legColumn("server_zone", "string", "Where it lives"),
  legColumn("host", "string", "Name of the server"),
  legColumn("reflexive", "list", "Our side as seen from outside, address:port"),
  legColumn("relayed", "list", "Addresses that a relay granted, address:port"),
  legColumn("path_out", "string", "As in classify"),
  legColumn("path_out_name", "string", "Name of the site's path"),
  legColumn("path_back", "string", "As in classify"),
  legColumn("path_back_name", "string", "Name of the site's path"),
  legColumn("symmetry", "string", "As in classify"),
  legColumn("documented_path", "string", "local, internet, expressroute, either or unknown"),
  legColumn("documented_by", "string", "Scenario, principle or assumption"),
  legColumn("verdict", "string", "as-documented, deviates or unproven"),
  legColumn("how", "string", "How it deviates, or what is missing"),
  legColumn("ssrc", "list", "SSRCs of its streams, hexadecimal, with the direction"),
  legColumn("codec", "string", "Encoding name of the worst stream"),
  legColumn("quality", "string", "good or poor by Microsoft's targets"),
  legColumn("jitter_out_ms", "number", "Jitter of the direction's worst stream, ms"),
  legColumn("jitter_back_ms", "number", "Jitter of the direction's worst stream, ms"),
  legColumn("loss_out_pct", "number", "Loss of the direction's worst stream, percent"),
  legColumn("loss_back_pct", "number", "Loss of the direction's worst stream, percent"),
  legColumn("burst_loss_pct", "number", "Worst loss of any 200 ms, percent; reported, not judged"),
  legColumn("rtt_ms", "number", "Round trip time, ms"),
  legColumn("mos", "number", "G.711-equivalent estimate of the mean opinion score"),
  legColumn("retransmissions", "integer", "TCP segments sent again"),
  legColumn("packets_out", "integer", "Packets that leave our network"),
  legColumn("packets_back", "integer", "Packets that return to our network"),
];

export function callRow(call: Call): CallRow {
  const { quality } = call;
  const of = (part: CallLeg["part"], text: (leg: CallLeg) => string): string[] => [
    ...new Set(call.legs.filter((leg) => leg.part === part).map((leg) => `${leg.kind}=${text(leg)}`)),
  ];
  return {
    schema_version: 1,
    call_id: call.id,
    start: instant(call.startUs),
    end: instant(call.endUs),
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
    burst_loss_pct: rounded(quality.burstLossPercent),
    rtt_ms: quality.rttMs,
    mos: quality.mos,
    quality_expressroute: qualityText(call.qualityByPath.expressroute),
    quality_internet: qualityText(call.qualityByPath.internet),
    flows: call.legs.length,
    reason: call.reason,
    open: call.open === "" ? undefined : call.open,
  };
}

export function callLegRows(call: Call): CallLegRow[] {
  return call.legs.map((leg) => {
    const { flow } = leg;
    const nat = flow.nat === undefined ? [] : [endText(flow.nat.address, flow.nat.port)];
    return {
      schema_version: 1,
      call_id: call.id,
      part: leg.part,
      leg: leg.kind,
      whose: leg.whose === "" ? undefined : leg.whose,
      flow_id: flow.flowId,
      capture: flow.capture,
      start: instant(flow.startUs),
      end: instant(flow.endUs),
      transport: flow.transport,
      application: flow.application,
      modality: flow.modality,
      client_ip: flow.client.address,
      client_port: flow.client.port,
      client_zone: flow.client.zone,
      server_ip: flow.server.address,
      server_port: flow.server.port,
      server_zone: flow.server.zone,
      host: flow.host,
      reflexive: [...new Set([...nat, ...reportedOf(flow, "mapped")])],
      relayed: reportedOf(flow, "relayed"),
      path_out: flow.pathOut,
      path_out_name: flow.pathOutName,
      path_back: flow.pathBack,
      path_back_name: flow.pathBackName,
      symmetry: flow.symmetry,
      documented_path: leg.documented,
      documented_by: leg.documentedBy,
      verdict: leg.verdict,
      how: leg.how === "" ? undefined : leg.how,
      ssrc: flow.streams.map((stream) => `${stream.way} 0x${stream.ssrc.toString(16).padStart(8, "0")}`),
      codec: flow.quality.codec,
      quality: flow.quality.quality,
      jitter_out_ms: flow.quality.jitterOutMs,
      jitter_back_ms: flow.quality.jitterBackMs,
      loss_out_pct: flow.quality.lossOutPercent,
      loss_back_pct: flow.quality.lossBackPercent,
      burst_loss_pct: rounded(
        flow.streams.reduce<number | undefined>(
          (most, { burstLossPercent: burst }) =>
            burst !== undefined && (most === undefined || burst > most) ? burst : most,
          undefined,
        ),
      ),
      rtt_ms: flow.quality.rttMs,
      mos: flow.quality.mos,
      retransmissions: flow.retransmissions,
      packets_out: flow.packetsOut,
      packets_back: flow.packetsBack,
    };
  });
}

/** One word where both directions agree. */
export function takenPath(leg: CallLeg): string {
  const { pathOut, pathBack } = leg.flow;
  return pathOut === pathBack ? pathOut : `${pathOut}/${pathBack}`;
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

function larger(x: number | undefined, y: number | undefined): number | undefined {
  if (x === undefined || y === undefined) return x ?? y;
  return Math.max(x, y);
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 1000) / 1000;
}

function instant(us: number): Instant | undefined {
  if (us === 0) return undefined;
  const seconds = Math.floor(us / 1e6);
  return { seconds, nanoseconds: Math.round(us - seconds * 1e6) * 1000, fine: false };
}
