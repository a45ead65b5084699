import type { Application, Direction, HostSource, Modality } from "../words.ts";
import type { Packet } from "../wire/packet.ts";
import type { KeySink } from "./identity-key.ts";

/** How sure a recognition is: an AEAD tag or exact bytes; a flow rule and a second sign; a flow rule; a port. */
export type Confidence = "certain" | "high" | "medium" | "low";

/** An address and port that a peer reported about somebody (STUN mapped, relayed, alternate server ...). */
export interface ReportedAddress {
  readonly kind: "mapped" | "relayed" | "peer" | "alternate" | "other";
  /** Direction of the packet that carried it. */
  readonly direction: Direction;
  /** Text form. */
  readonly address: string;
  readonly port: number;
  /** How many packets said so, and the first one's number. */
  packets: number;
  readonly firstPacket: number;
  /**
   * Of a mapped address, where packets of the direction told more than one: when it was told first, and each time that
   * it was told after another one. To the microsecond.
   */
  readonly since?: readonly { readonly seconds: number; readonly nanoseconds: number }[] | undefined;
}

/** One RTP stream: what one SSRC sent in one direction of a flow. Lengths of time are milliseconds. */
export interface StreamReport {
  readonly direction: Direction;
  readonly ssrc: number;
  readonly payloadType: number;
  /** Encoding name of the payload type table, or undefined. */
  readonly codec: string | undefined;
  /** RTP clock in Hz, or undefined when neither signaled, inferred nor static. */
  readonly clockRate: number | undefined;
  readonly modality: Modality | undefined;
  /** Received packets (duplicates not counted), expected by extended sequence numbers, unique loss, out of order. */
  readonly packets: number;
  readonly expected: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly firstPacket: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** RFC 3550, section 6.4.1; undefined when the clock is unknown. */
  readonly meanJitterMs: number | undefined;
  readonly maxJitterMs: number | undefined;
  readonly maxDeltaMs: number | undefined;
  /** Mean jitter by the sender's absolute send time, where packets carry it: what the network alone added. */
  readonly networkJitterMs?: number | undefined;
  /** Worst loss in any 200 ms window, and worst loss and mean jitter of any 15 s window, percent and ms. */
  readonly burstLossPercent: number | undefined;
  readonly worstWindowLossPercent: number | undefined;
  readonly worstWindowJitterMs: number | undefined;
}

/** One transport address that a media description offers. */
export interface SdpAddress {
  /**
   * `connection` is the c= line with the m= line's port, `rtcp` the port that RTCP has of its own (RFC 3605); the others
   * are ICE candidate types (RFC 8839).
   */
  readonly kind: "connection" | "rtcp" | "host" | "srflx" | "prflx" | "relay";
  readonly transport: "udp" | "tcp";
  /** Text form of an IP address; offers of names are left out. */
  readonly address: string;
  readonly port: number;
}

/** One m= section of a session description (RFC 8866) with what joins it to flows. Keys are never kept. */
export interface SdpMedia {
  /** Direction of the packet that carried it: its sender receives media at `addresses`. */
  readonly direction: Direction;
  /** The m= line's word: `audio`, `video`, `applicationsharing`, ... */
  readonly media: string;
  readonly modality: Modality | undefined;
  readonly addresses: readonly SdpAddress[];
  readonly payloadTypes: readonly {
    readonly payloadType: number;
    readonly codec: string;
    readonly clockRate: number | undefined;
  }[];
  readonly iceUfrag: string | undefined;
  /** Lowest and highest SSRC of each a=x-ssrc-range, or one number twice for each a=ssrc. */
  readonly ssrcRanges: readonly (readonly [number, number])[];
  readonly firstPacket: number;
}

/** One SIP dialog (or transaction outside one), by Call-ID. A trunk's flow carries many. */
export interface SipDialog {
  readonly callId: string;
  /** URIs of From and To without display name; of their parameters those that name a telephone or a conference. */
  readonly from: string;
  readonly to: string;
  /** Method of its first request, or of the CSeq when only answers were seen. */
  readonly method: string;
  /** Status code of the last final answer to that method, of one that accepted it once there was one; undefined without any. */
  readonly status: number | undefined;
  /** Its first message asks within a dialog that had begun before (RFC 3261, section 12.2): its media goes on already. */
  readonly isUnderway: boolean;
  readonly userAgent: string | undefined;
  /** Ms-Conversation-ID (joins the legs of one conversation), or undefined. */
  readonly conversationId: string | undefined;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** When its BYE was sent, if nothing but more of that and its answers came after; undefined while it may go on. */
  readonly byeSeconds: number | undefined;
  /** Number of that packet. */
  readonly byePacket?: number | undefined;
  readonly firstPacket: number;
  readonly media: readonly SdpMedia[];
}

/** What the payloads of one flow said. */
export interface Recognition {
  readonly application: Application;
  readonly confidence: Confidence;
  /** Short id of the rule that decided, for `explain`: "tls-client-hello", "rtp-flow-rule", ... */
  readonly rule: string;
  /** Number of the packet that settled it. */
  readonly firstPacket: number;
  readonly modality?: Modality | undefined;
  /** Lower-case host name of the server, already checked to hold host-name characters only. */
  readonly host?: string | undefined;
  readonly hostSource?: HostSource | undefined;
  /** In words: a name that was refused, an ECH public name, an IP literal instead of a name. */
  readonly hostNote?: string | undefined;
  readonly ja4?: string | undefined;
  readonly codec?: string | undefined;
  /** The direction that requested: ClientHello, STUN request, DNS query, SIP request. */
  readonly initiator?: Direction | undefined;
  readonly reported?: readonly ReportedAddress[] | undefined;
  readonly streams?: readonly StreamReport[] | undefined;
  /** Round trip in ms, best of STUN pairs and readable RTCP; the handshake's comes from the flow table. */
  readonly rttMs?: number | undefined;
  /** True when relayed or unwrapped media was seen inside (TURN ChannelData, Send/Data, FF10, framed TCP). */
  readonly carriesMedia?: boolean | undefined;
  readonly usesTurn?: boolean | undefined;
  /** STUN or TURN was seen that only Microsoft's software sends. */
  readonly microsoftStun?: boolean | undefined;
  /** ICE: connectivity checks seen, and whether a pair on this tuple was nominated (USE-CANDIDATE). */
  readonly iceChecks?: number | undefined;
  readonly nominated?: boolean | undefined;
  /** What source NAT leaves alone, as text: "tls:<random>", "tls-server:<random>", "stun:<transaction>", "quic:<dcid>", "dns:<id>:<name>"; "quic-later:<dcid>" where no handshake shows that it is QUIC. */
  readonly identities?: readonly string[] | undefined;
  /** Both directions are of one connection: a STUN answer is one of a request, or QUIC is sent to an id that the other end chose. */
  readonly directionsFit?: boolean | undefined;
  /** SIP dialog facts, when readable. */
  readonly sip?:
    | { readonly callId: string; readonly from: string; readonly to: string; readonly method: string }
    | undefined;
  /** What the request itself says it is for: the status of a certificate, a revocation list, an issuer's certificate. */
  readonly purpose?: "certificate-status" | undefined;
  /** Every SIP dialog that the flow carried, in the order of appearance, bounded. */
  readonly dialogs?: readonly SipDialog[] | undefined;
  /** When what looks like fax (T.38) came to where SDP offers it, beside streams or alone; seconds since 1970. */
  readonly fax?: { readonly startSeconds: number; readonly endSeconds: number } | undefined;
  /** Anything else worth telling a reader of `explain`. */
  readonly notes?: readonly string[] | undefined;
}

/**
 * Watches the payloads of one flow. The flow table shows it packets with a payload while `wantsMore` is true.
 * It keeps bounded state, copies what it keeps, and never throws, whatever the bytes.
 */
export interface Inspector {
  readonly wantsMore: boolean;
  /** True when what was seen so far may be media of a call; asked while the flow goes on. */
  readonly mediaSoFar?: boolean;
  /** `direction` is that of the flow record; times are the capture's. */
  inspect(
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): void;
  /**
   * After `inspect`: the number of a run (rtp-runs.ts) that may take the next packets of the direction instead of it, or
   * 0. Good until the next `inspect` or `result`.
   */
  run?(direction: Direction): number;
  /**
   * Shows the keys of all identities and streams that `result` would list, perhaps of more: a reader who looks for equal
   * ones needs no more of most flows.
   */
  identityKeys?(sink: KeySink): void;
  /** What is known so far; called once, when the flow ends. Gives back what flows share. */
  result(): Recognition;
  /** Gives back what flows share (memory for bytes, runs) when nobody asked for the result. */
  discard?(): void;
}
