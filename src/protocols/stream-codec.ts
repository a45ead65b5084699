import type { Modality } from "../words.ts";
import { likelyMeaning, spelledCodec } from "./payload-types.ts";
import type { JitterMeter } from "./rtp-jitter.ts";
import type { StreamPayloads } from "./rtp-payloads.ts";
import { streamModality } from "./stream-modality.ts";

/** What the flow around a stream adds to what its packets say. */
export interface StreamSurroundings {
  /** True when something else on the flow is Microsoft's (MS-TURN, MS-ICE2). */
  readonly microsoft: boolean;
  /** The flow's own hint at a modality (ports, DSCP, TURN service quality), weaker than the payload type. */
  readonly hint: Modality | undefined;
}

/** What most packets of a stream are. */
export interface StreamCodec {
  readonly payloadType: number;
  readonly codec: string | undefined;
  /** Hz. */
  readonly clockRate: number | undefined;
  readonly modality: Modality | undefined;
}

/**
 * Codec of a stream that is over: as signaled, else what its payload type means by the clock that was measured. `meanSize`: payload
 * bytes of a packet. Decides the clock of `jitter` with what there is.
 */
export function streamCodec(
  payloads: StreamPayloads,
  jitter: JitterMeter,
  meanSize: number,
  around: StreamSurroundings,
): StreamCodec {
  const payloadType = payloads.main;
  const inside = payloads.insideOf(payloadType);
  const outside = payloads.signaledOf(payloadType);
  jitter.finish(likelyMeaning(payloadType, undefined, around.microsoft, meanSize)?.clockRate);
  const measured = jitter.measuredClock(payloadType);
  const own = likelyMeaning(payloadType, measured, around.microsoft, meanSize);
  const within =
    inside && likelyMeaning(inside.payloadType, measured ?? outside?.clockRate, around.microsoft);
  const signaled = inside?.signaled ?? (within === undefined ? outside : undefined);
  const meaning = within ?? own;
  const clockRate = jitter.clockOf(payloadType) || meaning?.clockRate;
  const kind = inside?.kind ?? payloads.kindOf(payloadType) ?? meaning?.kind;
  return {
    payloadType,
    codec: signaled === undefined ? meaning?.codec : spelledCodec(signaled.encodingName),
    clockRate,
    modality: signaled?.modality ?? streamModality(kind, clockRate, around.hint, meanSize),
  };
}
