import type { RtpStream } from "./rtp-stream.ts";

/** A stream that was silent for as long is over, as far as anybody knows yet; ms. */
const OVER_MS = 5000;

/** What a row may say of a stream: of these, the largest of each has to stay. */
const FIGURES: readonly ((stream: RtpStream) => number)[] = [
  (stream) => -stream.firstPacket,
  (stream) => stream.candidates,
  (stream) => stream.worth.lossShare,
  (stream) => stream.worth.jitterMs,
  (stream) => stream.worth.windowLoss,
  (stream) => stream.worth.windowJitterMs,
  // Loss and jitter together, about as MOS weighs them: a percent is as bad as some ten milliseconds.
  (stream) => 1000 * stream.worth.lossShare + stream.worth.jitterMs,
];

/**
 * Index of the stream that can make room for another without a row that says less: it is over, and others were longer and
 * worse. Of several, the one that ended first. -1: there is none. All have to have taken in their runs.
 */
export function leastMissed(streams: readonly RtpStream[], nowMs: number): number {
  const kept = new Set(FIGURES.map((figure) => largest(streams, figure)));
  let found = -1;
  let earliestMs = nowMs - OVER_MS;
  for (const [i, stream] of streams.entries()) {
    if (kept.has(i) || stream.lastTimeMs >= earliestMs) continue;
    found = i;
    earliestMs = stream.lastTimeMs;
  }
  return found;
}

/** Index of the stream with the largest value; the first of several. */
function largest(streams: readonly RtpStream[], figure: (stream: RtpStream) => number): number {
  let found = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (const [i, stream] of streams.entries()) {
    const value = figure(stream);
    if (value <= most) continue;
    found = i;
    most = value;
  }
  return found;
}
