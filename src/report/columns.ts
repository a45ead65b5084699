import type { FlowRow } from "../classify/row.ts";

/** How a column's values look in JSON; `list` is several texts or numbers joined by `;` in one text. */
export type ColumnType = "integer" | "number" | "string" | "boolean" | "time" | "list" | "times";

export interface Column<Row> {
  readonly name: keyof Row & string;
  readonly type: ColumnType;
  readonly description: string;
}

/** One column of a table of such rows. */
export function columnOf<Row>(name: keyof Row & string, type: ColumnType, description: string): Column<Row> {
  return { name, type, description };
}

const column = columnOf<FlowRow>;

/** The flow columns in their order (new ones are only ever added at the end): one table for CSV headers, JSON keys and their description. */
export const FLOW_COLUMNS: readonly Column<FlowRow>[] = [
  column("schema_version", "integer", "Version of these columns: 1."),
  column("capture", "string", "Base name(s) of the capture(s) in which the flow was seen, joined by ;"),
  column("capture_status", "string", "ok, truncated (the file ends in mid-packet) or damaged"),
  column("flow_id", "string", "community_id, @, start in microseconds since 1970"),
  column("community_id", "string", "Community ID version 1, seed 0"),
  column("start", "time", "First packet, ISO 8601 UTC"),
  column("end", "time", "Last packet, ISO 8601 UTC"),
  column("duration_s", "number", "Seconds from first to last packet"),
  column("ip_version", "integer", "4 or 6"),
  column("transport", "string", "tcp or udp"),
  column("client_ip", "string", "Address of the side that opened the flow"),
  column("client_port", "integer", "Its port"),
  column("client_zone", "string", "internal, on-premises-server, remote, microsoft, partner or internet"),
  column("nat_ip", "string", "Our side's public address behind source NAT, where seen"),
  column("nat_port", "integer", "Its port"),
  column("server_ip", "string", "Address of the other side"),
  column("server_port", "integer", "Its port"),
  column("server_zone", "string", "As client_zone"),
  column("packets_out", "integer", "Packets that leave our network"),
  column("bytes_out", "integer", "Their IP bytes"),
  column("packets_back", "integer", "Packets that return to our network"),
  column("bytes_back", "integer", "Their IP bytes"),
  column("application", "string", "What the flow carries"),
  column("traffic_type", "string", "media, signaling, broadcast, dependency, data or other"),
  column("modality", "string", "audio, video, sharing or data"),
  column("host", "string", "Name of the server"),
  column("host_source", "string", "sni, certificate, http, dns or quic"),
  column("ja4", "string", "JA4 of the client hello"),
  column("service_area", "string", "Exchange, Skype, SharePoint or Common, of the chosen endpoint set"),
  column("endpoint_ids", "list", "Every matching endpoint set id, ascending, joined by ;"),
  column("category", "string", "Optimize, Allow or Default"),
  column("required", "boolean", "Whether the chosen set is required"),
  column("er_eligible", "boolean", "Whether the flow may take ExpressRoute; says nothing of where it went"),
  column("matched_prefix", "string", "Longest matching prefix"),
  column("match_basis", "string", "ip, host or ip+host"),
  column("match_conflict", "string", "What disagrees about the match"),
  column("endpoints_version", "string", "Version of the endpoint list that judged"),
  column("path_out", "string", "local, internet, expressroute, other, mixed, unknown or none"),
  column("path_out_name", "string", "Name of the site's path"),
  column("path_out_basis", "list", "Kinds of evidence that decided, joined by ;"),
  column("path_back", "string", "As path_out, for the way back"),
  column("path_back_name", "string", "Name of the site's path"),
  column("path_back_basis", "list", "Kinds of evidence that decided, joined by ;"),
  column("symmetry", "string", "symmetric, asymmetric, suspect, one-way or unknown"),
  column("path_changes", "times", "Moments at which a direction changed its path, joined by ;"),
  column("expected_path", "string", "local, internet, expressroute, either or unknown"),
  column("verdict", "string", "Observed held against expected"),
  column("reason", "string", "Why, in words"),
  column("call_id", "string", "flow_id of the call's first media flow"),
  column("scenario", "string", "Id of the documented call flow"),
  column("codec", "string", "Encoding name of the worst stream"),
  column("jitter_ms", "number", "Mean interarrival jitter of the worst stream (RFC 3550), ms"),
  column("loss_pct", "number", "Unique loss of the worst stream, percent"),
  column("rtt_ms", "number", "Round trip time, ms"),
  column("mos", "number", "G.711-equivalent estimate of the mean opinion score"),
  column("quality", "string", "good or poor by Microsoft's targets"),
  column("dscp_out", "integer", "Most frequent DSCP value, 0 to 63"),
  column("dscp_back", "integer", "Most frequent DSCP value, 0 to 63"),
  column("retransmissions", "integer", "TCP segments sent again, both directions"),
  column("vlan", "string", "First seen tag, or S-tag|C-tag"),
  column("wireshark_filter", "string", "Display filter that selects the flow"),
  column("asymmetric_s", "number", "For how many seconds the directions lay on different paths"),
  column("join_basis", "string", "What joined half-flows or legs of different captures"),
  column("interface_out", "string", "Most frequent capture interface"),
  column("interface_back", "string", "Most frequent capture interface"),
  column("vlan_out", "string", "Most frequent tags"),
  column("vlan_back", "string", "Most frequent tags"),
  column("next_hop_out", "string", "Most frequent destination MAC of what goes out"),
  column("next_hop_back", "string", "Most frequent source MAC of what comes back"),
  column("first_packet_out", "integer", "Number of the first packet in its capture, from 1"),
  column("first_packet_back", "integer", "Number of the first packet in its capture, from 1"),
  column("tcp_state", "string", "Zeek's conn_state"),
  column("tunnel", "string", "Tunnel that the flow was found in"),
  column("jitter_out_ms", "number", "Jitter of the direction's worst stream, ms"),
  column("jitter_back_ms", "number", "Jitter of the direction's worst stream, ms"),
  column("loss_out_pct", "number", "Loss of the direction's worst stream, percent"),
  column("loss_back_pct", "number", "Loss of the direction's worst stream, percent"),
];
