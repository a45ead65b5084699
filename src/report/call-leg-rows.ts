import type { Call, CallLeg, LegVerdict } from "../callflow/call.ts";
import { worstBurst } from "../callflow/quality.ts";
import { endText } from "../address/address.ts";
import { reportedOf } from "../callflow/relays.ts";
import { rounded } from "../rounded.ts";
import type { Instant } from "../classify/row.ts";
import type { Application, ExpectedPath, Modality, Path, Symmetry, Zone } from "../words.ts";
import { callInstant } from "./call-times.ts";
import { type Column, columnOf } from "./columns.ts";

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

const column = columnOf<CallLegRow>;

/** Columns of `calls --legs`, in their order. */
export const CALL_LEG_COLUMNS: readonly Column<CallLegRow>[] = [
  column("schema_version", "integer", "Version of these columns: 1."),
  column("call_id", "string", "flow_id of the call's first media flow"),
  column("part", "string", "media, checks (connectivity checks and allocations) or signaling"),
  column("leg", "string", "Between which places: inside, outside, edge, online, ..."),
  column("whose", "string", "Whose leg it is in the scenario"),
  column("flow_id", "string", "As on the rows of classify"),
  column("capture", "string", "Base name(s) of the capture(s)"),
  column("start", "time", "First packet, ISO 8601 UTC"),
  column("end", "time", "Last packet, ISO 8601 UTC"),
  column("transport", "string", "tcp or udp"),
  column("application", "string", "What the flow carries"),
  column("modality", "string", "audio, video, sharing or data"),
  column("client_ip", "string", "Address of the side that opened the flow"),
  column("client_port", "integer", "Its port"),
  column("client_zone", "string", "Where it lives"),
  column("server_ip", "string", "Address of the other side"),
  column("server_port", "integer", "Its port"),
  column("server_zone", "string", "Where it lives"),
  column("host", "string", "Name of the server"),
  column("reflexive", "list", "Our side as seen from outside, address:port"),
  column("relayed", "list", "Addresses that a relay granted, address:port"),
  column("path_out", "string", "As in classify; of a flow that moved, where it went while the call lasted"),
  column("path_out_name", "string", "Name of the site's path"),
  column("path_back", "string", "The same of the way back"),
  column("path_back_name", "string", "Name of the site's path"),
  column("symmetry", "string", "As in classify; of a flow that moved, while the call lasted"),
  column("documented_path", "string", "local, internet, expressroute, either or unknown"),
  column("documented_by", "string", "Scenario, principle or assumption"),
  column("verdict", "string", "as-documented, deviates or unproven"),
  column("how", "string", "How it deviates, or what is missing"),
  column("ssrc", "list", "SSRCs of its streams, hexadecimal, with the direction"),
  column("codec", "string", "Encoding name of the worst stream"),
  column("quality", "string", "good or poor by Microsoft's targets"),
  column("jitter_out_ms", "number", "Jitter of the direction's worst stream, ms"),
  column("jitter_back_ms", "number", "Jitter of the direction's worst stream, ms"),
  column("loss_out_pct", "number", "Loss of the direction's worst stream, percent"),
  column("loss_back_pct", "number", "Loss of the direction's worst stream, percent"),
  column("burst_loss_pct", "number", "Worst loss of any 200 ms, percent; reported, not judged"),
  column("rtt_ms", "number", "Round trip time, ms"),
  column("mos", "number", "G.711-equivalent estimate of the mean opinion score"),
  column("retransmissions", "integer", "TCP segments sent again"),
  column("packets_out", "integer", "Packets that leave our network"),
  column("packets_back", "integer", "Packets that return to our network"),
];

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
      start: callInstant(flow.startUs),
      end: callInstant(flow.endUs),
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
      path_out: leg.taken.pathOut,
      path_out_name: flow.pathOutName,
      path_back: leg.taken.pathBack,
      path_back_name: flow.pathBackName,
      symmetry: leg.taken.symmetry,
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
      burst_loss_pct: rounded(worstBurst(flow), 3),
      rtt_ms: flow.quality.rttMs,
      mos: flow.quality.mos,
      retransmissions: flow.retransmissions,
      packets_out: flow.packetsOut,
      packets_back: flow.packetsBack,
    };
  });
}

/** Where it went while the call lasted; one word where both directions agree. */
export function takenPath({ taken: { pathOut, pathBack } }: CallLeg): string {
  return pathOut === pathBack ? pathOut : `${pathOut}/${pathBack}`;
}
