import type { CallFlow, CallStream } from "./call-flow.ts";
import type { Sets } from "./sets.ts";

/** Most flows kept for one SSRC: a hostile capture can repeat one for ever. */
const MOST_PER_SSRC = 64;
/** SSRCs below this are a conference server's own, the same in many calls: one alone joins nothing. */
export const FIRST_RANDOM_SSRC = 0x10000;
/** Two of those are one stream where they begin as near to each other as this. */
const BEGIN_SECONDS = 1;
const BEGIN_NUMBERS = 100;
/** Numbers that a relayed stream may be ahead of what its rate says. */
const NEAR_NUMBERS = 5;
/** Most flows with such an SSRC that are held against a new one, and most streams of each. */
const LATEST = 8;

/** A stream, and the index of its flow. */
interface Held {
  readonly index: number;
  readonly stream: CallStream;
}

/**
 * Both sides of a server of ours carry the same SSRC and sequence numbers. So do the two flows of users who talk by relays
 * of Office 365, one of whom may stand behind an Edge of ours.
 */
export function joinByStreams(flows: readonly CallFlow[], sets: Sets): void {
  const bySsrc = new Map<number, Held[]>();
  /** The same of users and servers of ours at Office 365. */
  const byRelayedSsrc = new Map<number, Held[]>();
  /** Flows with an SSRC that says little, the latest ones. */
  const byServersSsrc = new Map<number, number[]>();
  flows.forEach((flow, index) => {
    const isServers = flow.client.role !== undefined || flow.server.role !== undefined;
    if (!isServers && !flow.office365) return;
    for (const stream of flow.streams) {
      if (stream.ssrc < FIRST_RANDOM_SSRC) continue;
      const held = { index, stream };
      if (isServers)
        for (const other of sameIn(bySsrc, held))
          if (othersFit(flows, other, held)) sets.unite(other.index, index);
      if (flow.office365)
        for (const other of sameIn(byRelayedSsrc, held))
          if (isOtherEnd(flows, other, held)) sets.unite(other.index, index);
    }
    if (!isServers) return;
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

/** What other flows carry of the same stream; `held` is kept with it. */
function sameIn(kept: Map<number, Held[]>, held: Held): Held[] {
  const { index, stream } = held;
  const known = kept.get(stream.ssrc) ?? [];
  const same = known.filter((other) => other.index !== index && sameStream(other.stream, stream));
  // The latest ones: a gateway may send the same SSRC in every call.
  if (known.length === MOST_PER_SSRC) known.shift();
  known.push(held);
  kept.set(stream.ssrc, known);
  return same;
}

/** True where flows carry the same SSRC, one that no server gives to all: a relay's two sides. */
export function haveOneStream(x: CallFlow, y: CallFlow): boolean {
  const known = new Set(x.streams.map(({ ssrc }) => ssrc).filter((ssrc) => ssrc >= FIRST_RANDOM_SSRC));
  return y.streams.some(({ ssrc }) => known.has(ssrc));
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
  return (
    Math.abs(x.startSeconds - y.startSeconds) <= BEGIN_SECONDS &&
    apart(x.firstSequence, y.firstSequence) <= BEGIN_NUMBERS
  );
}

/** True for numbers that are the same at the same time: a gateway may begin at zero with the same SSRC in every call. */
function sameStream(x: CallStream, y: CallStream): boolean {
  if (x.startSeconds > y.endSeconds + 1 || y.startSeconds > x.endSeconds + 1) return false;
  const [first, second] = x.startSeconds <= y.startSeconds ? [x, y] : [y, x];
  const rate = (first.expected - 1) / Math.max(1e-3, first.endSeconds - first.startSeconds);
  const due = first.firstSequence + rate * (second.startSeconds - first.startSeconds);
  if (apart(due, second.firstSequence) <= NEAR_NUMBERS + rate * BEGIN_SECONDS) return true;
  // Silence is no packets: numbers do not grow with time then.
  return (
    Math.abs(x.endSeconds - y.endSeconds) <= BEGIN_SECONDS &&
    apart(x.lastSequence, y.lastSequence) <= BEGIN_NUMBERS
  );
}

/** How far two numbers of 16 bits are from each other, either way. */
function apart(x: number, y: number): number {
  const away = Math.round(x - y) & 0xffff;
  return Math.min(away, 0x10000 - away);
}

/** False where both flows have streams the other way and none is common: a server of ours repeats both ways. */
function othersFit(flows: readonly CallFlow[], x: Held, y: Held): boolean {
  const of = ({ index, stream }: Held): CallStream[] =>
    flows[index]?.streams.filter(({ way }) => way !== stream.way) ?? [];
  const [xs, ys] = [of(x), of(y)];
  if (xs.length === 0 || ys.length === 0) return true;
  const known = new Set(xs.map(({ ssrc }) => ssrc));
  return ys.some(({ ssrc }) => known.has(ssrc));
}

/**
 * True where each of two users hears what the other says, and both hear nothing else alike: a conference that passes on what
 * it gets sends both of them what a third one says.
 */
function isOtherEnd(flows: readonly CallFlow[], x: Held, y: Held): boolean {
  if (x.stream.way === y.stream.way) return false;
  const ofX = new Map(
    flows[x.index]?.streams.map((stream) => [`${stream.way} ${String(stream.ssrc)}`, stream]),
  );
  const isThere = (way: CallStream["way"], stream: CallStream): boolean => {
    const there = ofX.get(`${way} ${String(stream.ssrc)}`);
    return there !== undefined && stream.ssrc >= FIRST_RANDOM_SSRC && sameStream(there, stream);
  };
  const ofY = flows[y.index]?.streams ?? [];
  return (
    ofY.some((stream) => stream.way === "out" && isThere("back", stream)) &&
    ofY.some((stream) => stream.way === "back" && isThere("out", stream)) &&
    !ofY.some((stream) => isThere(stream.way, stream))
  );
}
