import type { CallFlow, CallStream } from "./call-flow.ts";
import { CALL_GAP_US } from "./join-media.ts";

/** Most streams of a flow that are looked at. */
const MOST_STREAMS = 64;

/**
 * The longest silence of a flow, in seconds, after which both directions went on with other SSRCs only: at the same ports
 * this may have been another call. Who was on hold sends the same stream on. undefined without one.
 */
export function silenceBeforeNewStreams({ streams }: CallFlow): number | undefined {
  if (streams.length < 4 || streams.length > MOST_STREAMS) return undefined;
  const sorted = streams.toSorted((x, y) => x.startSeconds - y.startSeconds);
  let longest: number | undefined;
  let end = Number.POSITIVE_INFINITY;
  sorted.forEach((stream, at) => {
    const silence = stream.startSeconds - end;
    if (silence > CALL_GAP_US / 1e6 && silence > (longest ?? 0)) {
      const [before, after] = [sorted.slice(0, at), sorted.slice(at)];
      const known = new Set(before.map(({ ssrc }) => ssrc));
      if (hasBothWays(before) && hasBothWays(after) && !after.some(({ ssrc }) => known.has(ssrc)))
        longest = silence;
    }
    end = at === 0 ? stream.endSeconds : Math.max(end, stream.endSeconds);
  });
  return longest;
}

function hasBothWays(streams: readonly CallStream[]): boolean {
  return streams.some(({ way }) => way === "out") && streams.some(({ way }) => way === "back");
}
