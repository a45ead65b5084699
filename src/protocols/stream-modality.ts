import type { Modality } from "../words.ts";
import { kindModality, type PayloadKind } from "./payload-types.ts";

/** Payload bytes of a packet; audio's are smaller. */
const MEAN_SIZE_OF_VIDEO = 500;

/**
 * What a stream carries, by the ladder of what tells it, strongest first: payload type, the flow's hints as far as the clock
 * allows them, mean size of its payloads (NaN without one).
 */
export function streamModality(
  kind: PayloadKind | undefined,
  clockRate: number | undefined,
  hint: Modality | undefined,
  meanSize: number,
): Modality | undefined {
  // "data" on 127 may be application sharing: a hint that says so is better.
  if (kind === "data") return hint === "sharing" ? "sharing" : "data";
  if (kind !== undefined) {
    const modality = kindModality(kind);
    return modality === "video" && hint === "sharing" ? "sharing" : modality;
  }
  if (clockRate === 90000) return hint === "sharing" ? "sharing" : "video";
  if (clockRate !== undefined) return "audio";
  if (hint !== undefined) return hint;
  return meanSize > MEAN_SIZE_OF_VIDEO ? "video" : undefined;
}
