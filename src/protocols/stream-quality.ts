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

/** Judges the streams of a flow. `rttMs` undefined: not measured. */
export function judgeQuality(
  streams: readonly StreamReport[],
  _rttMs: number | undefined,
  _targets: QualityTargets,
): Quality {
  const none: DirectionQuality = { jitterMs: undefined, lossPercent: undefined };
  const directions: Record<Direction, DirectionQuality> = { 0: none, 1: none };
  return {
    codec: streams[0]?.codec,
    jitterMs: undefined,
    lossPercent: undefined,
    mos: undefined,
    quality: undefined,
    directions: [directions[0], directions[1]],
  };
}
