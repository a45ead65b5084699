import { mosEstimate } from "./mos.ts";
import { isRepair } from "./payload-types.ts";
import type { Direction } from "../words.ts";
import type { StreamReport } from "./recognition.ts";

/** Targets that media is held against; a value is good only when it is strictly below. */
export interface QualityTargets {
  readonly rttMs: number;
  /** Percent in any 15 s. */
  readonly lossPercent: number;
  /** Mean of any 15 s, ms. */
  readonly jitterMs: number;
}

/** Targets from a client to the Microsoft network edge. */
export const CLIENT_TARGETS: QualityTargets = { rttMs: 100, lossPercent: 1, jitterMs: 30 };

/** Targets from the customer's network edge to the Microsoft network edge. */
export const EDGE_TARGETS: QualityTargets = { rttMs: 60, lossPercent: 0.1, jitterMs: 15 };

/** Worst values of one direction; undefined where nothing could be measured. */
export interface DirectionQuality {
  readonly jitterMs: number | undefined;
  readonly lossPercent: number | undefined;
}

/** Quality of a flow: that of its worst stream, and the worst of each direction. */
export interface Quality {
  readonly codec: string | undefined;
  readonly jitterMs: number | undefined;
  readonly lossPercent: number | undefined;
  readonly mos: number | undefined;
  readonly quality: "good" | "poor" | undefined;
  /** Index 0 and 1: directions of the flow record. */
  readonly directions: readonly [DirectionQuality, DirectionQuality];
}

/** Above all estimates: a stream without one is the worst of none. */
const UNKNOWN_MOS = 5;
const NOT_MEASURED: DirectionQuality = { jitterMs: undefined, lossPercent: undefined };
const NO_STREAMS: Quality = {
  codec: undefined,
  jitterMs: undefined,
  lossPercent: undefined,
  mos: undefined,
  quality: undefined,
  directions: [NOT_MEASURED, NOT_MEASURED],
};

/**
 * Streams that say how well people hear and see; repair and data streams are left out where there are others. What is
 * sent again has the time stamp of the first time: its jitter is that of the losses.
 */
function judged(streams: readonly StreamReport[]): readonly StreamReport[] {
  const people = streams.filter(
    ({ modality, expected, codec }) => modality !== "data" && expected > 1 && !isRepair(codec ?? ""),
  );
  return people.length > 0 ? people : streams;
}

function lossPercent(stream: StreamReport): number | undefined {
  return stream.expected > 0 ? (100 * stream.lost) / stream.expected : undefined;
}

function larger(most: number | undefined, value: number | undefined): number | undefined {
  return value !== undefined && (most === undefined || value > most) ? value : most;
}

/** The worst jitter and the worst loss of a direction's streams. */
function directionQuality(streams: readonly StreamReport[], direction: Direction): DirectionQuality {
  let jitterMs: number | undefined;
  let loss: number | undefined;
  for (const stream of streams) {
    if (stream.direction !== direction) continue;
    jitterMs = larger(jitterMs, stream.meanJitterMs);
    loss = larger(loss, lossPercent(stream));
  }
  return { jitterMs, lossPercent: loss };
}

/** The first one of those with the lowest estimate. */
function worstOf(streams: readonly StreamReport[], rttMs: number | undefined): StreamReport | undefined {
  let worst: StreamReport | undefined;
  let least = 0;
  for (const stream of streams) {
    const mos = streamMos(stream, rttMs) ?? UNKNOWN_MOS;
    if (worst !== undefined && mos >= least) continue;
    worst = stream;
    least = mos;
  }
  return worst;
}

/** Estimate for one stream: delay is half the round trip and a jitter buffer of twice the jitter. */
function streamMos(stream: StreamReport, rttMs: number | undefined): number | undefined {
  const loss = lossPercent(stream);
  if (loss === undefined) return undefined;
  return mosEstimate((rttMs ?? 0) / 2 + 2 * (stream.meanJitterMs ?? 0), loss);
}

function misses(stream: StreamReport, targets: QualityTargets): boolean {
  return (
    (stream.worstWindowLossPercent ?? -1) >= targets.lossPercent ||
    (stream.worstWindowJitterMs ?? -1) >= targets.jitterMs
  );
}

/**
 * Judges the streams of a flow against targets: `poor` when any 15 s window of a stream misses its loss or jitter, or
 * the round trip is too long; `good` when windows were measured and none does; undefined when no window had enough
 * packets and the round trip alone says nothing bad. The worst stream is the one with the lowest estimate. Bursts of
 * 200 ms are reported with the stream and do not decide. `rttMs` undefined: not measured.
 */
export function judgeQuality(
  streams: readonly StreamReport[],
  rttMs: number | undefined,
  targets: QualityTargets,
): Quality {
  if (streams.length === 0) return NO_STREAMS;
  const people = judged(streams);
  const worstStream = worstOf(people, rttMs);
  const measured = people.some((stream) => stream.worstWindowLossPercent !== undefined);
  const poor =
    people.some((stream) => misses(stream, targets)) ||
    (people.length > 0 && rttMs !== undefined && rttMs >= targets.rttMs);
  return {
    codec: worstStream?.codec,
    jitterMs: worstStream?.meanJitterMs,
    lossPercent: worstStream === undefined ? undefined : lossPercent(worstStream),
    mos: worstStream === undefined ? undefined : streamMos(worstStream, rttMs),
    quality: poor ? "poor" : measured ? "good" : undefined,
    directions: [directionQuality(people, 0), directionQuality(people, 1)],
  };
}
