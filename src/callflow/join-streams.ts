import type { CallFlow, CallStream } from "./call-flow.ts";
import type { Sets } from "./sets.ts";

/** Most flows kept for one SSRC: a hostile capture can repeat one for ever. */
const MOST_PER_SSRC = 64;
/** SSRCs below this are a conference server's own, the same in many calls: one alone joins nothing. */
const FIRST_RANDOM_SSRC = 0x10000;
/** Two of those are one stream where they begin as near to each other as this. */
const BEGIN_SECONDS = 1;
const BEGIN_NUMBERS = 100;
/** Most flows with such an SSRC that are held against a new one, and most streams of each. */
const LATEST = 8;

/** Both sides of a server of ours carry the same SSRC and sequence numbers. */
export function joinByStreams(flows: readonly CallFlow[], sets: Sets): void {
  const bySsrc = new Map<number, { index: number; stream: CallStream }[]>();
  /** Flows with an SSRC that says little, the latest ones. */
  const byServersSsrc = new Map<number, number[]>();
  flows.forEach((flow, index) => {
    if (flow.client.role === undefined && flow.server.role === undefined) return;
    for (const stream of flow.streams) {
      if (stream.ssrc < FIRST_RANDOM_SSRC) continue;
      const known = bySsrc.get(stream.ssrc) ?? [];
      for (const other of known)
        if (other.index !== index && sameStream(other.stream, stream)) sets.unite(other.index, index);
      // The latest ones: a gateway may send the same SSRC in every call.
      if (known.length === MOST_PER_SSRC) known.shift();
      known.push({ index, stream });
      bySsrc.set(stream.ssrc, known);
    }
    for (const { ssrc } of serversStreams(flow)) {
      const known = byServersSsrc.get(ssrc) ?? [];
      for (const other of known) {
        const before = flows[other];
        if (other !== index && before !== undefined && isRelayed(before, flow)) sets.unite(other, index);
      }
      known.push(index);
      if (known.length > LATEST) known.shift();
      byServersSsrc.set(ssrc, known);
    }
  });
}

/** The first streams of a flow with SSRCs as conference servers give them. */
function serversStreams(flow: CallFlow): CallStream[] {
  return flow.streams.filter(({ ssrc }) => ssrc < FIRST_RANDOM_SSRC).slice(0, LATEST);
}

/** True where both directions of one flow begin as those of the other do: what a server sends to all, it does not get from all. */
function isRelayed(x: CallFlow, y: CallFlow): boolean {
  const ways = new Set<string>();
  for (const one of serversStreams(x))
    for (const other of serversStreams(y))
      if (one.ssrc === other.ssrc && beginAlike(one, other)) ways.add(`${one.way} ${other.way}`);
  return (ways.has("out out") && ways.has("back back")) || (ways.has("out back") && ways.has("back out"));
}

function beginAlike(x: CallStream, y: CallStream): boolean {
  const away = (x.firstSequence - y.firstSequence) & 0xffff;
  return (
    Math.abs(x.startSeconds - y.startSeconds) <= BEGIN_SECONDS &&
    Math.min(away, 0x10000 - away) <= BEGIN_NUMBERS
  );
}

function sameStream(x: CallStream, y: CallStream): boolean {
  if (x.startSeconds > y.endSeconds + 1 || y.startSeconds > x.endSeconds + 1) return false;
  const xLength = (x.lastSequence - x.firstSequence) & 0xffff;
  const yLength = (y.lastSequence - y.firstSequence) & 0xffff;
  return (
    ((y.firstSequence - x.firstSequence) & 0xffff) <= xLength ||
    ((x.firstSequence - y.firstSequence) & 0xffff) <= yLength
  );
}
