import { CLIENT_TARGETS, EDGE_TARGETS, judgeQuality, type Quality } from "../protocols/stream-quality.ts";
import { rounded } from "../rounded.ts";
import { type CallFlow, type CallStream, farOf, nearOf } from "./call-flow.ts";
import { FIRST_RANDOM_SSRC } from "./join-streams.ts";

/** Share of what another flow carried that has to be missing here: else both carried it, as the two sides of an Edge do. */
const MISSING_SHARE = 0.9;
/** Numbers repeat after so many; a longer stream does not tell where in it another's numbers lie. */
const MODULUS = 65_536;
const WINDOW_S = 15;
/** A call moves between a few flows; of a forged one with thousands of one SSRC each would be held against each. */
const MOST_FLOWS = 64;

/** A stream and who sends it to whom. */
interface Sent {
  readonly stream: CallStream;
  readonly flow: CallFlow;
  readonly from: string;
  readonly to: string;
}

/**
 * A call may leave a relay for the direct way, and come back: then the flow to the relay lacks the numbers that went by the
 * other flow meanwhile. Of the call they are not lost. Gives the flows with such losses taken out, the others as they are.
 */
export function withoutMovedAway(media: readonly CallFlow[]): readonly CallFlow[] {
  const bySsrc = new Map<number, Sent[]>();
  for (const flow of media) {
    const [near, far] = [nearOf(flow).address, farOf(flow).address];
    for (const stream of flow.streams) {
      if (stream.ssrc < FIRST_RANDOM_SSRC) continue;
      const [from, to] = stream.way === "out" ? [near, far] : [far, near];
      const known = bySsrc.get(stream.ssrc) ?? [];
      known.push({ stream, flow, from, to });
      bySsrc.set(stream.ssrc, known);
    }
  }
  const mended = new Map<CallStream, CallStream>();
  for (const sent of bySsrc.values()) {
    if (sent.length < 2 || sent.length > MOST_FLOWS) continue;
    for (const one of sent) {
      const away = awayFrom(one, sent);
      if (away > 0) mended.set(one.stream, without(one.stream, away));
    }
  }
  return mended.size === 0 ? media : media.map((flow) => measuredAgain(flow, mended));
}

/** How many numbers of a stream went by other flows while it was silent. */
function awayFrom(one: Sent, others: readonly Sent[]): number {
  let left = one.stream.lost;
  for (const other of others) {
    if (other.flow === one.flow || (other.from !== one.from && other.to !== one.to)) continue;
    if (!liesWithin(other.stream, one.stream) || left < MISSING_SHARE * other.stream.expected) continue;
    left = Math.max(0, left - other.stream.expected);
  }
  return one.stream.lost - left;
}

function liesWithin(inner: CallStream, outer: CallStream): boolean {
  if (inner.startSeconds < outer.startSeconds || inner.endSeconds > outer.endSeconds) return false;
  const from = (inner.firstSequence - outer.firstSequence) & (MODULUS - 1);
  return outer.expected >= MODULUS || (from > 0 && from + inner.expected <= outer.expected);
}

function without(stream: CallStream, away: number): CallStream {
  const [expected, lost] = [stream.expected - away, stream.lost - away];
  const seconds = Math.max(1, stream.endSeconds - stream.startSeconds);
  // When the rest was lost is not known: at worst within one window.
  const due = Math.min(expected, (stream.expected / seconds) * WINDOW_S);
  const most = due > 0 ? Math.min(100, (100 * lost) / due) : 0;
  return {
    ...stream,
    expected,
    lost,
    worstWindowLossPercent: least(stream.worstWindowLossPercent, most),
    burstLossPercent: lost === 0 ? least(stream.burstLossPercent, 0) : stream.burstLossPercent,
  };
}

function least(known: number | undefined, most: number): number | undefined {
  return known === undefined ? undefined : Math.min(known, most);
}

function measuredAgain(flow: CallFlow, mended: ReadonlyMap<CallStream, CallStream>): CallFlow {
  if (!flow.streams.some((stream) => mended.has(stream))) return flow;
  const streams = flow.streams.map((stream) => mended.get(stream) ?? stream);
  const { codec, mos, quality, directions } = qualityOfStreams({ ...flow, streams });
  return {
    ...flow,
    streams,
    quality: {
      ...flow.quality,
      codec: codec ?? flow.quality.codec,
      lossOutPercent: rounded(directions[0].lossPercent, 3),
      lossBackPercent: rounded(directions[1].lossPercent, 3),
      mos: rounded(mos, 2),
      quality,
    },
  };
}

/** Quality of a flow by its streams; of the directions `out` is the first. */
export function qualityOfStreams(flow: CallFlow): Quality {
  const ofServer = nearOf(flow).zone === "on-premises-server" && farOf(flow).zone !== "remote";
  return judgeQuality(
    flow.streams.map((stream) => ({ ...stream, direction: stream.way === "out" ? 0 : 1 })),
    flow.quality.rttMs,
    ofServer ? EDGE_TARGETS : CLIENT_TARGETS,
  );
}
