import type { Modality } from "../words.ts";
import { ja4 } from "./ja4.ts";
import type { MediaFlow } from "./media-flow.ts";
import { dscpModality } from "./modality-hint.ts";
import { isRepair } from "./payload-types.ts";
import type { StreamReport } from "./recognition.ts";
import type { RtpStream } from "./rtp-stream.ts";

/** Accepted streams, also inside TURN, have to be at least this share of what is neither STUN, DTLS nor RTCP. */
const MEDIA_SHARE = 0.5;
/** A run as long and as steady as this is RTP, whatever else the ports were used for before or after (T.38 fax). */
const LONG_RUN = 50;
const STEADY_SHARE = 0.98;
/** Share of a tuple's datagrams that has to be RTCP for it to be RTCP alone. */
const RTCP_SHARE = 0.8;

/** Streams by the flow rule; none when too much of the flow is something else. */
export function acceptedStreams(media: MediaFlow): RtpStream[] {
  const streams = media.streams.accepted(media.hasSetUp);
  const { retiredPackets, retiredCopies } = media.streams;
  const packets = streams.reduce((sum, stream) => sum + stream.candidates, retiredPackets);
  const copies = streams.reduce((sum, stream) => sum + stream.copies, retiredCopies);
  if (packets >= MEDIA_SHARE * (media.others + media.rtpCandidates - copies)) return streams;
  return streams.filter((stream) => stream.candidates >= LONG_RUN && stream.goodShare >= STEADY_SHARE);
}

/** JA4 of the DTLS hello, once all of it was seen. */
export function dtlsJa4({ dtlsHello }: MediaFlow): string | undefined {
  return dtlsHello?.complete === true ? ja4(dtlsHello, "d") : undefined;
}

/** Reports of accepted streams. `hint`: modality by ports, the weakest rungs of the ladder. Call once. */
export function streamReports(
  { stun }: MediaFlow,
  streams: readonly RtpStream[],
  hint: Modality | undefined,
): StreamReport[] {
  const reports: StreamReport[] = [];
  for (const stream of streams)
    reports.push(
      stream.report({
        microsoft: stun.microsoft,
        hint: hint ?? dscpModality(stream.dscp) ?? stun.serviceModality,
      }),
    );
  return reports.some(isRepairStream)
    ? reports.map((report, i) => withoutGuess(report, streams[i], reports))
    : reports;
}

/** The stream with the most packets, the first of equals: what the flow is said to carry. */
export function mainStream(streams: readonly StreamReport[]): StreamReport | undefined {
  return streams.reduce<StreamReport | undefined>(
    (most, stream) => (most === undefined || stream.packets > most.packets ? stream : most),
    undefined,
  );
}

function isRepairStream({ codec }: StreamReport): boolean {
  return codec !== undefined && isRepair(codec);
}

/** A stream is not taken for repair by its number alone: there has to be video that it repairs. */
function withoutGuess(
  report: StreamReport,
  stream: RtpStream | undefined,
  reports: readonly StreamReport[],
): StreamReport {
  if (!isRepairStream(report) || stream?.isSignaled === true) return report;
  const isRepaired = reports.some(
    (other) =>
      other.direction === report.direction && other.clockRate === report.clockRate && !isRepairStream(other),
  );
  return isRepaired ? report : { ...report, codec: undefined };
}

/** True when the tuple's datagrams are RTCP and nothing else worth naming. */
export function isRtcpAlone({ rtcp, rtcpSure, rtpCandidates, others }: MediaFlow): boolean {
  const enough = rtcpSure >= 1 || rtcp >= 2;
  return enough && rtcp >= RTCP_SHARE * (rtcp + rtpCandidates + others);
}

/**
 * Round trip in ms by STUN and readable RTCP. Each is the way from the capture point to the side that answered, and
 * back; the longer of the two is taken, since the shorter is mostly the own side's time to think.
 */
export function roundTripMs({ stun, rtcpRoundTrips }: MediaFlow): number | undefined {
  const there = least(stun.best[0], rtcpRoundTrips?.[0]);
  const here = least(stun.best[1], rtcpRoundTrips?.[1]);
  if (there === undefined || here === undefined) return there ?? here;
  return Math.max(there, here);
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
