import type {
  Application,
  CaptureStatus,
  Category,
  ExpectedPath,
  HostSource,
  Modality,
  Path,
  ServiceArea,
  Symmetry,
  TrafficType,
  Verdict,
  Zone,
} from "../words.ts";

/** A moment, exact to the nanosecond. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
  /** True when the capture's clock is finer than microseconds. */
  readonly fine: boolean;
}

/**
 * One flow as it is reported, in the order of the report's columns. `FLOW_COLUMNS` describes each column with its unit.
 * Undefined: not known.
 */
export interface FlowRow {
  readonly schema_version: 1;
  readonly capture: string;
  readonly capture_status: CaptureStatus;
  readonly flow_id: string;
  readonly community_id: string;
  readonly start: Instant | undefined;
  readonly end: Instant | undefined;
  readonly duration_s: number | undefined;
  readonly ip_version: 4 | 6;
  readonly transport: "tcp" | "udp";
  readonly client_ip: string;
  readonly client_port: number;
  readonly client_zone: Zone;
  readonly nat_ip: string | undefined;
  readonly nat_port: number | undefined;
  readonly server_ip: string;
  readonly server_port: number;
  readonly server_zone: Zone;
  readonly packets_out: number;
  readonly bytes_out: number;
  readonly packets_back: number;
  readonly bytes_back: number;
  readonly application: Application;
  readonly traffic_type: TrafficType;
  readonly modality: Modality | undefined;
  readonly host: string | undefined;
  readonly host_source: HostSource | undefined;
  readonly ja4: string | undefined;
  readonly service_area: ServiceArea | undefined;
  readonly endpoint_ids: readonly number[];
  readonly category: Category | undefined;
  readonly required: boolean | undefined;
  readonly er_eligible: boolean | undefined;
  readonly matched_prefix: string | undefined;
  readonly match_basis: "ip" | "host" | "ip+host" | undefined;
  readonly match_conflict: string | undefined;
  readonly endpoints_version: string;
  readonly path_out: Path;
  readonly path_out_name: string | undefined;
  readonly path_out_basis: readonly string[];
  readonly path_back: Path;
  readonly path_back_name: string | undefined;
  readonly path_back_basis: readonly string[];
  readonly symmetry: Symmetry;
  readonly path_changes: readonly Instant[];
  readonly expected_path: ExpectedPath;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly call_id: string | undefined;
  readonly scenario: string | undefined;
  readonly codec: string | undefined;
  readonly jitter_ms: number | undefined;
  readonly loss_pct: number | undefined;
  readonly rtt_ms: number | undefined;
  readonly mos: number | undefined;
  readonly quality: "good" | "poor" | undefined;
  readonly dscp_out: number | undefined;
  readonly dscp_back: number | undefined;
  readonly retransmissions: number | undefined;
  readonly vlan: string | undefined;
  readonly wireshark_filter: string;
  readonly asymmetric_s: number | undefined;
  readonly join_basis: string | undefined;
  readonly interface_out: string | undefined;
  readonly interface_back: string | undefined;
  readonly vlan_out: string | undefined;
  readonly vlan_back: string | undefined;
  readonly next_hop_out: string | undefined;
  readonly next_hop_back: string | undefined;
  readonly first_packet_out: number | undefined;
  readonly first_packet_back: number | undefined;
  readonly tcp_state: string | undefined;
  readonly tunnel: string | undefined;
  readonly jitter_out_ms: number | undefined;
  readonly jitter_back_ms: number | undefined;
  readonly loss_out_pct: number | undefined;
  readonly loss_back_pct: number | undefined;
}
