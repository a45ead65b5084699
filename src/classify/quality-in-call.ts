import type { CallFlow } from "../callflow/call-flow.ts";
import { qualityOfStreams, withoutMovedAway } from "../callflow/moved-away.ts";
import type { CallMark } from "./call-mark.ts";

/** Gives flows of a call that lack what another one carried meanwhile their quality without that loss, as `calls` has it. */
export function noteQualityInCall(marks: Map<string, CallMark>, media: readonly CallFlow[]): void {
  const measured = withoutMovedAway(media);
  if (measured === media) return;
  for (const [index, flow] of measured.entries()) {
    const mark = marks.get(flow.flowId);
    if (flow === media[index] || mark === undefined) continue;
    marks.set(flow.flowId, { ...mark, quality: qualityOfStreams(flow) });
  }
}
