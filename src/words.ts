/** The words that every part of the program, its output and its users share. */

/** Where one direction of a flow went. */
export type Path = "local" | "internet" | "expressroute" | "other" | "mixed" | "unknown" | "none";

/** The kinds a declared path can have. */
export type PathKind = "expressroute" | "internet" | "local" | "other";

/** Direction seen from the customer's network, always: `out` leaves it, `back` returns to it. */
export type OutBack = "out" | "back";

/** Direction of a packet inside a flow record: 0 from the flow's A end to its B end, 1 the other way. */
export type Direction = 0 | 1;

/** The other direction of the same flow. */
export function opposite(direction: Direction): Direction {
  return direction === 0 ? 1 : 0;
}

export type Symmetry = "symmetric" | "asymmetric" | "suspect" | "one-way" | "unknown";

export type ExpectedPath = "local" | "internet" | "expressroute" | "either" | "unknown";

export type Verdict =
  | "asymmetric"
  | "not-office365"
  | "mixed"
  | "return-missing"
  | "internet-instead"
  | "expressroute-instead"
  | "ok"
  | "unproven";

/** Where an address lives. */
export type Zone = "internal" | "on-premises-server" | "remote" | "microsoft" | "partner" | "internet";

export type CaptureStatus = "ok" | "truncated" | "damaged";

/** What a flow carries, media first. */
export const APPLICATIONS = [
  "rtp",
  "rtcp",
  "pseudo-tls",
  "ms-turn",
  "turn",
  "stun",
  "sip",
  "tls",
  "dtls",
  "quic",
  "http",
  "dns",
  "teams-udp-signaling",
  "smtp",
  "unknown",
] as const;
export type Application = (typeof APPLICATIONS)[number];

export type TrafficType = "media" | "signaling" | "broadcast" | "dependency" | "data" | "other";

export type Modality = "audio" | "video" | "sharing" | "data";

export type HostSource = "sni" | "certificate" | "http" | "dns" | "quic";

export type ServiceArea = "Exchange" | "Skype" | "SharePoint" | "Common";

export type Category = "Optimize" | "Allow" | "Default";

/** Microsoft's clouds, each with an endpoint list of its own. */
export const CLOUDS = ["worldwide", "usgovdod", "usgovgcchigh", "china", "germany"] as const;
export type Cloud = (typeof CLOUDS)[number];

/** Kinds of evidence that can decide a path, strongest first (docs/evidence.md). */
export const EVIDENCE_KINDS = [
  "vlan",
  "next-hop",
  "interface",
  "erspan-session",
  "bgp-session",
  "file",
  "tunnel",
  "hop",
  "nat-pool",
  "mapped-address",
  "absence",
  "address",
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];
