import type { Application, ServiceArea, TrafficType } from "../words.ts";
import type { HostRole } from "./host-roles.ts";
import type { Recognition } from "./recognition.ts";

/** What is known of a flow when its traffic type is decided. */
export interface TrafficFacts {
  readonly application: Application;
  readonly transport: "tcp" | "udp";
  /** Role of the server's name, `hostRole(host, serverPort)`. */
  readonly role: HostRole | undefined;
  readonly clientPort: number;
  readonly serverPort: number;
  /** Service area of the chosen endpoint set, undefined where nothing matches. */
  readonly serviceArea: ServiceArea | undefined;
  /** The server is one of the customer's own, declared with a role. */
  readonly toDeclaredServer: boolean;
  /** `Recognition.carriesMedia`. */
  readonly carriesMedia: boolean;
  /** `Recognition.purpose`. */
  readonly purpose?: Recognition["purpose"];
}

export interface TrafficDecision {
  readonly trafficType: TrafficType;
  /** Short, in words: the rule that decided. */
  readonly reason: string;
}

interface Rule extends TrafficDecision {
  readonly holds: (facts: TrafficFacts) => boolean;
}

/** Ports that Teams and Skype for Business Online clients use for media by default (facts: ports.json). */
const MEDIA_SOURCE_PORTS = { first: 50000, last: 50059 } as const;

/** Ports on Microsoft's side that carry one modality each, 3479 audio, 3480 video, 3481 sharing; 3478 carries more. */
const MEDIA_SERVER_PORTS = { first: 3479, last: 3481 } as const;

/** SIP over TLS: clients and federation 5061, Front End and Mediation Servers' own ports (facts: ports.json). */
const SIP_TLS_PORTS: ReadonlySet<number> = new Set([5061, 5062, 5067, 5070, 5081, 5082]);

const application =
  (...names: readonly Application[]) =>
  (facts: TrafficFacts): boolean =>
    names.includes(facts.application);

const role =
  (...names: readonly HostRole[]) =>
  (facts: TrafficFacts): boolean =>
    facts.role !== undefined && names.includes(facts.role);

/** The first that holds decides. What was seen goes before what a name says, a name before ports and ranges. */
const RULES: readonly Rule[] = [
  { trafficType: "media", reason: "media seen inside", holds: (facts) => facts.carriesMedia },
  {
    trafficType: "media",
    reason: "media, its control or its connectivity checks",
    holds: application("rtp", "rtcp", "pseudo-tls", "ms-turn", "turn", "stun"),
  },
  { trafficType: "signaling", reason: "call signaling", holds: application("sip", "teams-udp-signaling") },
  {
    trafficType: "signaling",
    reason: "SIP over TLS to a declared server",
    holds: (facts) =>
      facts.toDeclaredServer && facts.application === "tls" && SIP_TLS_PORTS.has(facts.serverPort),
  },
  { trafficType: "dependency", reason: "name resolution", holds: application("dns") },
  {
    trafficType: "dependency",
    reason: "certificate status",
    holds: (facts) => facts.purpose === "certificate-status" || facts.role === "crl-ocsp",
  },
  { trafficType: "media", reason: "name of a media relay", holds: role("media-relay") },
  {
    trafficType: "signaling",
    reason: "name of a signaling or federation host",
    holds: role("signaling", "federation", "dns-discovery"),
  },
  {
    trafficType: "broadcast",
    reason: "name of a broadcast host",
    holds: role("broadcast-portal", "broadcast-stream"),
  },
  {
    trafficType: "dependency",
    reason: "name of a sign-in, telemetry, configuration or portal host",
    holds: role("auth", "telemetry", "config", "portal"),
  },
  { trafficType: "data", reason: "name of a content host", holds: role("content") },
  {
    trafficType: "data",
    reason: "name of a content delivery host of Office 365",
    holds: (facts) => facts.role === "cdn" && facts.serviceArea !== undefined,
  },
  {
    // Four of four relay connections of a Teams client came from these ports, none of its other connections did.
    trafficType: "media",
    reason: "TCP 443 of Skype and Teams from a media source port, without a name",
    holds: (facts) =>
      facts.serviceArea === "Skype" &&
      facts.transport === "tcp" &&
      facts.serverPort === 443 &&
      facts.role === undefined &&
      facts.clientPort >= MEDIA_SOURCE_PORTS.first &&
      facts.clientPort <= MEDIA_SOURCE_PORTS.last,
  },
  {
    trafficType: "media",
    reason: "DTLS to Skype and Teams",
    holds: (facts) => facts.application === "dtls" && facts.serviceArea === "Skype",
  },
  {
    trafficType: "media",
    reason: "UDP port of one modality of Skype and Teams",
    holds: (facts) =>
      facts.serviceArea === "Skype" &&
      facts.transport === "udp" &&
      facts.serverPort >= MEDIA_SERVER_PORTS.first &&
      facts.serverPort <= MEDIA_SERVER_PORTS.last,
  },
  {
    trafficType: "signaling",
    reason: "web traffic of Skype and Teams",
    holds: (facts) =>
      facts.serviceArea === "Skype" &&
      (facts.transport === "tcp" || facts.application === "quic" || facts.application === "tls"),
  },
  {
    trafficType: "data",
    reason: "Office 365 other than Skype and Teams",
    holds: (facts) => facts.serviceArea !== undefined && facts.serviceArea !== "Skype",
  },
];

const OTHER: TrafficDecision = { trafficType: "other", reason: "nothing says what it is for" };

/** Traffic type of a flow: the first rule that holds; `other` when none does. */
export function trafficTypeOf(facts: TrafficFacts): TrafficDecision {
  return RULES.find((rule) => rule.holds(facts)) ?? OTHER;
}
