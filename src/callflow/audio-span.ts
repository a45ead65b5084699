import type { OutBack } from "../words.ts";
import type { CallFlow } from "./call-flow.ts";

/** When audio of a flow went one way, in seconds; from Infinity to 0 where none did. */
export function audioSpan(
  { streams }: CallFlow,
  way: OutBack,
): { readonly start: number; readonly end: number } {
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const stream of streams) {
    if (stream.way !== way || stream.modality !== "audio") continue;
    start = Math.min(start, stream.startSeconds);
    end = Math.max(end, stream.endSeconds);
  }
  return { start, end };
}
