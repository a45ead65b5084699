import fc from "fast-check";
import type { FlowRow, Instant } from "../../src/classify/row.ts";

/** A row of `classify` with everything that it must have; the rest is not known. */
export const PLAIN_ROW: FlowRow = {
  schema_version: 1,
  capture: "er-tap.pcap",
  capture_status: "ok",
  flow_id: "1:LQU9qZlK+B5F3KDmev6m5PMibrg=@1772528400000000",
  community_id: "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
  start: { seconds: 1_772_528_400, nanoseconds: 0, fine: false },
  end: { seconds: 1_772_528_460, nanoseconds: 500_000_000, fine: false },
  duration_s: 60.5,
  ip_version: 4,
  transport: "tcp",
  client_ip: "10.20.30.41",
  client_port: 51301,
  client_zone: "internal",
  nat_ip: undefined,
  nat_port: undefined,
  server_ip: "52.112.0.10",
  server_port: 443,
  server_zone: "microsoft",
  packets_out: 12,
  bytes_out: 2_400,
  packets_back: 14,
  bytes_back: 9_000,
  application: "tls",
  traffic_type: "signaling",
  modality: undefined,
  host: "teams.microsoft.com",
  host_source: "sni",
  ja4: undefined,
  service_area: "Skype",
  endpoint_ids: [11, 12],
  category: "Optimize",
  required: true,
  er_eligible: true,
  matched_prefix: "52.112.0.0/14",
  match_basis: "ip+host",
  match_conflict: undefined,
  endpoints_version: "2026022800",
  path_out: "expressroute",
  path_out_name: "er-london",
  path_out_basis: ["vlan"],
  path_back: "expressroute",
  path_back_name: "er-london",
  path_back_basis: ["vlan"],
  symmetry: "symmetric",
  path_changes: [],
  expected_path: "expressroute",
  verdict: "ok",
  reason: "as expected",
  call_id: undefined,
  scenario: undefined,
  codec: undefined,
  jitter_ms: undefined,
  loss_pct: undefined,
  rtt_ms: 21.5,
  mos: undefined,
  quality: undefined,
  dscp_out: 0,
  dscp_back: 0,
  retransmissions: 0,
  vlan: "100",
  wireshark_filter: "ip.addr==10.20.30.41 && tcp.port==51301",
  asymmetric_s: undefined,
  join_basis: undefined,
  interface_out: undefined,
  interface_back: undefined,
  vlan_out: "100",
  vlan_back: "100",
  next_hop_out: "00:00:5e:00:53:01",
  next_hop_back: "00:00:5e:00:53:01",
  first_packet_out: 1,
  first_packet_back: 2,
  tcp_state: "SF",
  tunnel: undefined,
  jitter_out_ms: undefined,
  jitter_back_ms: undefined,
  loss_out_pct: undefined,
  loss_back_pct: undefined,
};

/** A plain row with changes. */
export function rowWith(changes: Partial<FlowRow>): FlowRow {
  return { ...PLAIN_ROW, ...changes };
}

/** Text that a hostile capture or a careless file could hold, and that a form can carry: no empty text, no lone surrogate. */
const hostileText = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1 }),
    fc.constantFrom(
      "=cmd|'/C calc'!A0",
      "</script><script>alert(1)</script>",
      'a "b", c\nd\te',
      "\u202eevil",
      "x;y",
      "x;=y;+z",
      'x;"@y',
      "-1+2",
    ),
  )
  // The apostrophe of a defused cell cannot be told from one that was there before a formula.
  .filter((text) => text.split(";").every((part) => !/^"*'/.test(part)));
const moment: fc.Arbitrary<Instant> = fc
  .record({ seconds: fc.integer({ min: 0, max: 0xffff_ffff }), micros: fc.integer({ min: 0, max: 999_999 }) })
  .map(({ seconds, micros }) => ({ seconds, nanoseconds: micros * 1000, fine: false }));

/** Rows with hostile texts, with and without what may be unknown. */
export const anyRow: fc.Arbitrary<FlowRow> = fc
  .record({
    host: fc.option(hostileText, { nil: undefined }),
    reason: hostileText,
    start: fc.option(moment, { nil: undefined }),
    path_changes: fc.array(moment, { maxLength: 3 }),
    endpoint_ids: fc.array(fc.nat({ max: 300 }), { maxLength: 3 }),
    path_out_basis: fc.subarray(["vlan", "next-hop", "absence"]),
    er_eligible: fc.option(fc.boolean(), { nil: undefined }),
    loss_pct: fc.option(
      fc.integer({ min: 0, max: 100_000 }).map((value) => value / 1000),
      { nil: undefined },
    ),
    bytes_out: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    verdict: fc.constantFrom("ok" as const, "asymmetric" as const, "unproven" as const),
  })
  .map(rowWith);
