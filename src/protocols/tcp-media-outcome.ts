import type { Direction } from "../words.ts";
import type { MediaFlow } from "./media-flow.ts";
import { acceptedStreams, dtlsJa4, mainStream, roundTripMs, streamReports } from "./media-summary.ts";
import type { Recognition, StreamReport } from "./recognition.ts";
import type { Framing } from "./tcp-media-framing.ts";
import { TcpMediaStart } from "./tcp-media-start.ts";

/** What is known of the connection beside the media in it. */
export interface TcpMediaFacts {
  readonly start: TcpMediaStart;
  readonly framing: Framing;
  /** Of the pseudo-TLS hello. */
  readonly ja4: string | undefined;
  readonly random: string | undefined;
  readonly client: Direction | undefined;
  readonly firstPacket: number;
  /** Segments were read by themselves: packets inside of them may be missed, and no loss can be told. */
  readonly isCut: boolean;
}

/** What a TCP connection of framed media is; undefined while nothing but a guess of its framing is known. */
export function tcpMediaOutcome(media: MediaFlow, facts: TcpMediaFacts): Recognition | undefined {
  const { stun } = media;
  const { framing, random, isCut } = facts;
  const streams = streamReports(media, acceptedStreams(media), undefined);
  const main = mainStream(streams);
  const decision = decide(media, streams, facts);
  if (decision === undefined) return undefined;
  return {
    ...decision,
    modality: main?.modality,
    codec: main?.codec,
    ja4: facts.ja4 ?? dtlsJa4(media),
    initiator: facts.client ?? stun.initiator ?? media.dtlsInitiator,
    reported: stun.reported(),
    streams: isCut ? [] : streams,
    rttMs: roundTripMs(media),
    carriesMedia: streams.length > 0 || media.rtcp + media.rtcpInside > 1,
    usesTurn: stun.turn > 0 || (media.turnData > 0 && media.unwrapped > 0) || framing === "microsoft",
    microsoftStun: stun.microsoft || stun.msTurn > 0 || framing === "microsoft",
    iceChecks: stun.iceChecks,
    nominated: stun.nominated || (stun.nominationAsked && streams.length > 0),
    identities: [...(random === undefined ? [] : [`tls:${random}`]), ...stun.identities()],
    notes: notesOf(facts),
  };
}

function notesOf({ framing, isCut }: TcpMediaFacts): string[] {
  const notes = framing === "microsoft" ? ["framed as in MS-TURN 2.1.4"] : [];
  if (isCut) notes.push("the snap length cut segments: streams inside of them cannot be counted");
  return notes;
}

function decide(
  { stun, rtcp, turnData, unwrapped }: MediaFlow,
  streams: readonly StreamReport[],
  { start, firstPacket }: TcpMediaFacts,
): Pick<Recognition, "application" | "confidence" | "rule" | "firstPacket"> | undefined {
  const first = streams[0];
  if (first !== undefined)
    return {
      application: "rtp",
      confidence: "high",
      rule: "rtp-flow-rule+framing",
      firstPacket: first.firstPacket,
    };
  if (start === TcpMediaStart.pseudoTls)
    return { application: "pseudo-tls", confidence: "certain", rule: "pseudo-tls-hello", firstPacket };
  if (stun.msTurn > 0)
    return { application: "ms-turn", confidence: "certain", rule: "ms-turn-cookie", firstPacket };
  if (stun.turn > 0) return { application: "turn", confidence: "certain", rule: "turn-method", firstPacket };
  if (turnData > 1 && unwrapped > 1)
    return { application: "turn", confidence: "medium", rule: "channel-data", firstPacket };
  if (stun.messages > 0)
    return {
      application: "stun",
      confidence: stun.fingerprint ? "certain" : "high",
      rule: stun.fingerprint ? "stun-fingerprint" : "stun-cookie",
      firstPacket,
    };
  if (rtcp > 1) return { application: "rtcp", confidence: "medium", rule: "rtcp-framed", firstPacket };
  return undefined;
}
