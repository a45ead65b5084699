import { type CallFlow, type CallStream, farOf, nearOf } from "./call-flow.ts";
import { endKey } from "./dialog-media.ts";
import { MOST_HOLD_S } from "./flows-by-key.ts";
import { FIRST_RANDOM_SSRC } from "./join-streams.ts";
import type { Sets } from "./sets.ts";

/** Most streams of a flow that are looked at. */
const MOST_STREAMS = 16;
/** Who was on hold goes on with the next number, or nearly. */
const NEXT_NUMBERS = 10;
/** A stream has to have so many numbers: some begin each call alike. */
const LEAST_NUMBERS = 100;

/**
 * Media between two servers, or a server and a carrier, that goes on at the same ports after long silence: a call on hold. Those
 * have the same ports, or send one stream on, in call after call, so both directions have to go on, each with its own next numbers.
 */
export function joinHeld(flows: readonly CallFlow[], sets: Sets): void {
  const latest = new Map<string, number>();
  flows.forEach((flow, index) => {
    if (flow.streams.length < 2) return;
    const ends = [endKey(flow.client), endKey(flow.server)].toSorted().join(" ");
    const before = latest.get(ends);
    const held = before === undefined ? undefined : flows[before];
    if (before !== undefined && held !== undefined && bothGoOn(held, flow)) sets.unite(before, index);
    latest.set(ends, index);
  });
}

/** True for media that may be on hold when it ends, and whose stream would tell that it goes on. */
export function mayBeHeld({ streams }: CallFlow): boolean {
  return streams.some(({ ssrc, expected }) => ssrc >= FIRST_RANDOM_SSRC && expected > LEAST_NUMBERS);
}

function bothGoOn(x: CallFlow, y: CallFlow): boolean {
  return [endKey(nearOf(x)), endKey(farOf(x))].every((sender) => {
    const [before, after] = [sentFrom(x, sender), sentFrom(y, sender)];
    return before.some((one) => after.some((other) => goesOn(one, other)));
  });
}

function sentFrom(flow: CallFlow, sender: string): CallStream[] {
  const way = endKey(nearOf(flow)) === sender ? "out" : "back";
  return flow.streams
    .filter((stream) => stream.way === way && stream.ssrc >= FIRST_RANDOM_SSRC)
    .slice(0, MOST_STREAMS);
}

/** True where a stream goes on with the next number, or nearly, after silence that a hold may last. */
function goesOn(first: CallStream, second: CallStream): boolean {
  if (first.ssrc !== second.ssrc || first.expected <= LEAST_NUMBERS) return false;
  const silence = second.startSeconds - first.endSeconds;
  const ahead = (second.firstSequence - first.lastSequence) & 0xffff;
  return silence >= 0 && silence <= MOST_HOLD_S && ahead > 0 && ahead <= NEXT_NUMBERS;
}
