import type { DnsFlow } from "./dns-flow.ts";
import type { MediaFlow } from "./media-flow.ts";
import { isRtcpAlone } from "./media-summary.ts";
import type { Confidence, Recognition, StreamReport } from "./recognition.ts";
import type { SipFlow } from "./sip.ts";
import type { TeamsFlow } from "./teams-flow.ts";
import type { UdpDecision } from "./udp-recognition.ts";

/** Of datagrams at an address where SDP offers fax (T.38), which nothing in them tells. */
export const FAX_RULE = "sdp-t38";

/** What was seen of a flow when it is decided what it is. */
export interface FollowedUdp {
  readonly datagrams: number;
  readonly media: MediaFlow;
  readonly teams: TeamsFlow | undefined;
  readonly sip: SipFlow | undefined;
  readonly dns: DnsFlow | undefined;
  readonly dnsDatagrams: number;
  readonly quicDatagrams: number;
  /** One port is that of Teams' signaling and of TURN. */
  readonly isTeamsPort: boolean;
  /** Datagrams that look like fax and came where SDP offers it, and the number of the first. */
  readonly faxDatagrams: number;
  readonly faxPacket: number;
}

/** What a UDP flow carries: media first, then what sets it up, then what names itself. `quic`: what its reader found. */
export function decideUdp(
  flow: FollowedUdp,
  streams: readonly StreamReport[],
  quic: Recognition | undefined,
): UdpDecision {
  const { media } = flow;
  const first = streams[0];
  if (first !== undefined) {
    const second = media.stun.messages > 0 ? "+ice" : media.rtcp > 0 ? "+rtcp" : "";
    const confidence = second === "" ? "medium" : "high";
    return {
      application: "rtp",
      confidence,
      rule: `rtp-flow-rule${second}`,
      firstPacket: first.firstPacket,
    };
  }
  if (isRtcpAlone(media)) {
    const sure = media.rtcpSure > 0;
    const rule = media.rtcpEncrypted > 0 ? "srtcp-trailer" : "rtcp-compound";
    return {
      application: "rtcp",
      confidence: sure ? "high" : "medium",
      rule,
      firstPacket: media.rtcpFirstPacket,
    };
  }
  return flow.teams?.decide(flow.datagrams) ?? decideSetUp(flow) ?? decideRest(flow, quic);
}

function decideSetUp({ media, isTeamsPort }: FollowedUdp): UdpDecision | undefined {
  const { stun, turnData, multiplexed, unwrapped, turnDataFirstPacket } = media;
  if (stun.msTurn > 0)
    return {
      application: "ms-turn",
      confidence: "certain",
      rule: "ms-turn-cookie",
      firstPacket: stun.firstPacket,
    };
  if (multiplexed > 0 && unwrapped > 0)
    return {
      application: "ms-turn",
      confidence: "high",
      rule: "multiplexed-turn",
      firstPacket: turnDataFirstPacket,
    };
  if (stun.turn > 0)
    return {
      application: "turn",
      confidence: "certain",
      rule: "turn-method",
      firstPacket: stun.firstTurnPacket,
    };
  if (turnData > 1 && unwrapped > 1)
    return {
      application: "turn",
      confidence: "medium",
      rule: "channel-data",
      firstPacket: turnDataFirstPacket,
    };
  if (stun.messages === 0) return undefined;
  const classic: Confidence = isTeamsPort ? "medium" : "low";
  return {
    application: "stun",
    confidence: stun.fingerprint ? "certain" : stun.classicOnly ? classic : "high",
    rule: stun.fingerprint ? "stun-fingerprint" : stun.classicOnly ? "stun-classic" : "stun-cookie",
    firstPacket: stun.firstPacket,
  };
}

function decideRest(flow: FollowedUdp, quic: Recognition | undefined): UdpDecision {
  const { dtls, dtlsFirstPacket } = flow.media;
  if (flow.sip !== undefined) return named(flow.sip.result());
  if (dtls > 0)
    return {
      application: "dtls",
      confidence: "high",
      rule: "dtls-record-chain",
      firstPacket: dtlsFirstPacket,
    };
  if (quic !== undefined && flow.quicDatagrams * 2 >= flow.datagrams) return named(quic);
  if (flow.dns !== undefined && flow.dnsDatagrams * 2 >= flow.datagrams) return named(flow.dns.result());
  if (flow.faxDatagrams > 0 && flow.faxDatagrams * 2 >= flow.datagrams)
    return { application: "unknown", confidence: "medium", rule: FAX_RULE, firstPacket: flow.faxPacket };
  return { application: "unknown", confidence: "low", rule: "none", firstPacket: 0 };
}

function named(names: Recognition): UdpDecision {
  const { application, confidence, rule, firstPacket } = names;
  return { application, confidence, rule, firstPacket, names };
}
