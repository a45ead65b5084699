import { type CallEnd, type CallFlow, type CallStream, endsOf, nearOf } from "./call-flow.ts";
import { isUsersSocket } from "./dialog-media.ts";
import { MOST_HOLD_S, SETUP_US } from "./flows-by-key.ts";
import { FIRST_RANDOM_SSRC } from "./join-streams.ts";
import type { Sets } from "./sets.ts";

/** Most flows kept for one SSRC: a hostile capture can repeat one for ever. */
const MOST_PER_SSRC = 16;
/** Most streams of a flow that are looked at. */
const MOST_STREAMS = 16;
/** A stream that goes on after a move does so within this. */
const MOST_SILENCE_S = SETUP_US / 1e6;
/** Between the same two ports, who was on hold goes on with the next number, or nearly. */
const NEXT_NUMBERS = 10;
/** Both networks can be in use for as long. */
const MOST_OVERLAP_S = 5;
/** Numbers that a sender may be ahead of, or behind, what time and rate say. */
const SLACK_NUMBERS = 100;

/** A stream that a user sends, and the index of its flow. */
interface Sent {
  readonly index: number;
  readonly stream: CallStream;
}

/**
 * A user who moves (Wi-Fi to wire, IPv4 to IPv6) gets another address and often another relay, but sends the same stream
 * on. The SSRC is a random number of 32 bits (RFC 3550, section 8), and the sequence goes on where it was. Only what users send
 * counts: servers and carriers send one stream to one user after another. Where both flows have media the other
 * way, a stream of that goes on, too. So it is with who goes on at the same ports after long silence.
 */
export function joinMovedUsers(flows: readonly CallFlow[], sets: Sets): void {
  const bySsrc = new Map<number, Sent[]>();
  flows.forEach((flow, index) => {
    for (const stream of sentByUsers(flow)) {
      const known = bySsrc.get(stream.ssrc);
      if (known === undefined) {
        bySsrc.set(stream.ssrc, [{ index, stream }]);
        continue;
      }
      for (const before of known)
        if (
          before.index !== index &&
          goesOn(before.stream, stream, haveSameEnds(flows[before.index], flow)) &&
          isAnswered(flows, before, { index, stream })
        )
          sets.unite(before.index, index);
      if (known.length === MOST_PER_SSRC) known.shift();
      known.push({ index, stream });
    }
  });
}

/** Streams of a flow that a user sends, or somebody behind source NAT. */
function sentByUsers(flow: CallFlow): CallStream[] {
  if (flow.streams.length === 0) return [];
  const near = nearOf(flow);
  const ways = new Set<CallStream["way"]>();
  for (const [end, other] of endsOf(flow))
    if (isUsersSocket(end, other)) ways.add(end === near ? "out" : "back");
  if (ways.size === 0) return [];
  return flow.streams
    .filter(({ ssrc, way }) => ssrc >= FIRST_RANDOM_SSRC && ways.has(way))
    .slice(0, MOST_STREAMS);
}

/** True for two flows between the same addresses and ports: the first was silent for longer than the idle time-out. */
function haveSameEnds(x: CallFlow | undefined, y: CallFlow): boolean {
  if (x === undefined) return false;
  const same = (one: CallEnd, other: CallEnd): boolean =>
    one.port === other.port && one.address === other.address;
  return (
    (same(x.client, y.client) && same(x.server, y.server)) ||
    (same(x.client, y.server) && same(x.server, y.client))
  );
}

/** True where one stream begins about when the other ends, with the numbers that follow. */
function goesOn(x: CallStream, y: CallStream, haveOneTuple: boolean): boolean {
  const [first, second] = x.startSeconds <= y.startSeconds ? [x, y] : [y, x];
  const silence = second.startSeconds - first.endSeconds;
  const ahead = (((second.firstSequence - first.lastSequence) & 0xffff) ^ 0x8000) - 0x8000;
  if (haveOneTuple && silence > MOST_SILENCE_S && silence <= MOST_HOLD_S)
    return first.expected > SLACK_NUMBERS && ahead > 0 && ahead <= NEXT_NUMBERS;
  if (silence > MOST_SILENCE_S || silence < -MOST_OVERLAP_S) return false;
  const rate = (first.expected - 1) / Math.max(1, first.endSeconds - first.startSeconds);
  // What is sent while nothing comes through has numbers; so has what two networks carry at once.
  const most = Math.ceil(rate * Math.max(0, silence)) + SLACK_NUMBERS;
  const least = -Math.ceil(rate * Math.max(0, -silence)) - SLACK_NUMBERS;
  // Some phones have one SSRC for ever, and begin with the same number: that is no going on.
  if (first.expected <= SLACK_NUMBERS - least) return false;
  return ahead >= least && ahead <= most;
}

/** False where both flows have media the other way, and none of it goes on. */
function isAnswered(flows: readonly CallFlow[], x: Sent, y: Sent): boolean {
  const others = ({ index, stream }: Sent): CallStream[] =>
    flows[index]?.streams.filter(({ way }) => way !== stream.way).slice(0, MOST_STREAMS) ?? [];
  const [xs, ys] = [others(x), others(y)];
  if (xs.length === 0 || ys.length === 0) return true;
  return xs.some((one) => ys.some((other) => one.ssrc === other.ssrc));
}
