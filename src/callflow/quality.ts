import { isRepair } from "../protocols/payload-types.ts";
import type { CallQualitySummary } from "./call.ts";
import type { CallFlow } from "./call-flow.ts";

type Way = "expressroute" | "internet";

/** The worst of what was measured on some media flows. */
export function summarise(media: readonly CallFlow[]): CallQualitySummary {
  const worst = (valueOf: (flow: CallFlow) => number | undefined): number | undefined =>
    media.reduce<number | undefined>((most, flow) => larger(most, valueOf(flow)), undefined);
  const verdicts = new Set(media.map((flow) => flow.quality.quality));
  return {
    quality: verdicts.has("poor") ? "poor" : verdicts.has("good") ? "good" : undefined,
    jitterOutMs: worst((flow) => flow.quality.jitterOutMs),
    jitterBackMs: worst((flow) => flow.quality.jitterBackMs),
    lossOutPercent: worst((flow) => flow.quality.lossOutPercent),
    lossBackPercent: worst((flow) => flow.quality.lossBackPercent),
    burstLossPercent: worst(worstBurst),
    rttMs: worst((flow) => flow.quality.rttMs),
    mos: media.reduce<number | undefined>(
      (least, flow) =>
        flow.quality.mos !== undefined && (least === undefined || flow.quality.mos < least)
          ? flow.quality.mos
          : least,
      undefined,
    ),
  };
}

/** The same for flows over ExpressRoute and over the Internet, where both were seen: for comparing the two. */
export function qualityByPath(
  media: readonly CallFlow[],
): Readonly<Partial<Record<Way, CallQualitySummary>>> {
  const over = (way: Way): CallFlow[] =>
    media.filter(
      (flow) =>
        (flow.pathOut === way || flow.pathBack === way) &&
        (flow.pathOut === way || flow.pathOut === "unknown" || flow.pathOut === "none") &&
        (flow.pathBack === way || flow.pathBack === "unknown" || flow.pathBack === "none"),
    );
  const [expressroute, internet] = [over("expressroute"), over("internet")];
  if (expressroute.length === 0 || internet.length === 0) return {};
  return { expressroute: summarise(expressroute), internet: summarise(internet) };
}

/** The worst loss of any 200 ms on any stream of a flow, percent; of repair it says nothing. */
export function worstBurst(flow: CallFlow): number | undefined {
  return flow.streams.reduce<number | undefined>(
    (most, stream) => (isRepair(stream.codec ?? "") ? most : larger(most, stream.burstLossPercent)),
    undefined,
  );
}

/** The larger of two values that may not be known. */
export function larger(x: number | undefined, y: number | undefined): number | undefined {
  if (x === undefined || y === undefined) return x ?? y;
  return y > x ? y : x;
}
