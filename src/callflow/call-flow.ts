import type { HostRole } from "../protocols/host-roles.ts";
import type { Recognition, ReportedAddress, SipDialog, StreamReport } from "../protocols/recognition.ts";
import type { Stretch } from "../path/evidence.ts";
import type { ServerRole } from "../site/site.ts";
import type {
  Application,
  ExpectedPath,
  Modality,
  OutBack,
  Path,
  ServiceArea,
  Symmetry,
  TrafficType,
  Zone,
} from "../words.ts";

/** One end of a flow, with what the site says of it. */
export interface CallEnd {
  readonly address: string;
  readonly port: number;
  readonly zone: Zone;
  /** Set for declared servers. */
  readonly role: ServerRole | undefined;
  /** Set for addresses of a declared partner. */
  readonly partner: { readonly name: string; readonly hosting: "online" | "on-premises" } | undefined;
  /** Declared under users.on-premises. */
  readonly homedOnPremises: boolean;
  /** An address of a declared NAT pool: many users stand behind it. */
  readonly translated: boolean;
}

/** An RTP stream, its direction seen from the customer's network. */
export interface CallStream extends Omit<StreamReport, "direction"> {
  readonly way: OutBack;
}

/** An address that STUN or TURN told; one told on the way back was told to the customer's side. */
export interface CallReport extends Omit<ReportedAddress, "direction"> {
  readonly way: OutBack;
}

/** Measurements of a flow; undefined where nothing could be measured. */
export interface CallQuality {
  readonly codec: string | undefined;
  readonly jitterOutMs: number | undefined;
  readonly jitterBackMs: number | undefined;
  readonly lossOutPercent: number | undefined;
  readonly lossBackPercent: number | undefined;
  readonly rttMs: number | undefined;
  /** G.711-equivalent estimate. */
  readonly mos: number | undefined;
  readonly quality: "good" | "poor" | undefined;
}

/** What calls are assembled from: one judged flow. */
export interface CallFlow {
  readonly flowId: string;
  /** Base names of the captures that show it, joined by `;`. */
  readonly capture: string;
  /** First and last packet, microseconds since 1970; 0 for flows without a time. */
  readonly startUs: number;
  readonly endUs: number;
  readonly transport: "tcp" | "udp";
  /** True of TCP whose opening was not captured: it was there before the capture, or before its first packet at least. */
  readonly isUnderway: boolean;
  readonly client: CallEnd;
  readonly server: CallEnd;
  /** True when the customer's side is the client. */
  readonly nearIsClient: boolean;
  /** Our side's public address behind source NAT, where it was seen. */
  readonly nat: { readonly address: string; readonly port: number } | undefined;
  readonly application: Application;
  readonly trafficType: TrafficType;
  readonly modality: Modality | undefined;
  readonly host: string | undefined;
  readonly hostRole: HostRole | undefined;
  readonly serviceArea: ServiceArea | undefined;
  /** The far end matches the endpoint list. */
  readonly office365: boolean;
  /** The chosen endpoint set may be routed over ExpressRoute. */
  readonly eligible: boolean | undefined;
  readonly pathOut: Path;
  readonly pathOutName: string | undefined;
  readonly pathBack: Path;
  readonly pathBackName: string | undefined;
  readonly symmetry: Symmetry;
  /** The path of each direction over time; undefined where neither moved, or one too often for each time to be known. */
  readonly course: { readonly out: readonly Stretch[]; readonly back: readonly Stretch[] } | undefined;
  /** Expected without regard to a scenario. */
  readonly expected: ExpectedPath;
  readonly streams: readonly CallStream[];
  /** When fax (T.38) was there. */
  readonly fax?: Recognition["fax"];
  readonly reported: readonly CallReport[];
  readonly dialogs: readonly SipDialog[];
  /** Media was seen inside TURN or a TCP framing. */
  readonly carriesMedia: boolean;
  /** STUN or TURN that only Microsoft's software sends. */
  readonly microsoftIce: boolean;
  readonly quality: CallQuality;
  /** TCP segments sent again; undefined for UDP. */
  readonly retransmissions: number | undefined;
  readonly packetsOut: number;
  readonly packetsBack: number;
  readonly bytesOut: number;
  readonly bytesBack: number;
}

/** The end on the customer's side. */
export function nearOf(flow: CallFlow): CallEnd {
  return flow.nearIsClient ? flow.client : flow.server;
}

export function farOf(flow: CallFlow): CallEnd {
  return flow.nearIsClient ? flow.server : flow.client;
}

/** Both ends of a flow, each with the other one. */
export function endsOf({ client, server }: CallFlow): readonly (readonly [end: CallEnd, other: CallEnd])[] {
  return [
    [client, server],
    [server, client],
  ];
}

/** True for a flow in which media itself was seen, not only its control or its connectivity checks. */
export function bearsMedia(flow: CallFlow): boolean {
  if (flow.trafficType !== "media") return false;
  return (
    flow.streams.length > 0 ||
    flow.carriesMedia ||
    flow.application === "rtp" ||
    flow.application === "rtcp" ||
    isRelayedUnread(flow)
  );
}

/** Packets of the busier direction, in all and a second. To allocate takes a client of Teams at most 20, and a second. */
const LEAST_RELAYED = 100;
const LEAST_RELAYED_PER_SECOND = 10;

/**
 * Media that cannot be read in the TLS of a relay, or behind pseudo-TLS. Clients hold such connections ready beside UDP;
 * nothing else that goes there takes as many packets for as long.
 */
function isRelayedUnread(flow: CallFlow): boolean {
  const { application } = flow;
  if (application !== "pseudo-tls" && !(application === "tls" && flow.hostRole === "media-relay"))
    return false;
  const packets = Math.max(flow.packetsOut, flow.packetsBack);
  return packets >= LEAST_RELAYED && packets * 1e6 >= LEAST_RELAYED_PER_SECOND * (flow.endUs - flow.startUs);
}

/** A stream is received: so many times more bytes come back than go out. The hosts serve web interfaces, too. */
const STREAM_RATIO = 10;

/** True for the one-way stream of a broadcast. */
export function isBroadcastStream(flow: CallFlow): boolean {
  return (
    flow.trafficType === "broadcast" &&
    flow.hostRole === "broadcast-stream" &&
    flow.bytesBack > STREAM_RATIO * flow.bytesOut
  );
}

/** True for a flow of which a call is made; the others of a call come with such. */
export function makesCall(flow: CallFlow): boolean {
  return bearsMedia(flow) || isBroadcastStream(flow);
}
