import { audioSpan } from "./audio-span.ts";
import { type CallFlow, nearOf } from "./call-flow.ts";
import { TOGETHER_S } from "./crowds.ts";
import { haveOneStream } from "./join-streams.ts";
import { isUser } from "./leg-kind.ts";

/** So many are several though it is for less: who changes from one to the other has two. */
const MANY = 3;
const MANY_TOGETHER_S = 2;

interface Talk {
  readonly flow: CallFlow;
  readonly start: number;
  readonly end: number;
}

/**
 * An inside address that sends audio in two flows of a call at once for as long as nobody does who changes from one to the
 * other, or in three: a user with two calls, or a server or source NAT that the site does not declare, behind which are several.
 */
export function addressOfSeveralTalks(media: readonly CallFlow[]): string | undefined {
  const longest = new Map<string, readonly Talk[]>();
  for (const flow of media) {
    for (const [end, other] of [
      [flow.client, flow.server],
      [flow.server, flow.client],
    ] as const) {
      if (end.zone !== "internal" || !isUser(end, other)) continue;
      const talk = talkOf(flow, nearOf(flow) === end ? "out" : "back");
      if (talk === undefined) continue;
      const before = longest.get(end.address) ?? [];
      if (areSeveral(before, talk)) return end.address;
      const after = [...before, talk].toSorted((x, y) => y.end - x.end);
      longest.set(end.address, after.slice(0, MANY - 1));
    }
  }
  return undefined;
}

function talkOf(flow: CallFlow, way: "out" | "back"): Talk | undefined {
  const { start, end } = audioSpan(flow, way);
  return end > start ? { flow, start, end } : undefined;
}

/** Whether a talk goes on beside the one before that ends last for long, or beside several of them for less. */
function areSeveral(before: readonly Talk[], talk: Talk): boolean {
  const others = before.filter(({ flow }) => !haveOneStream(flow, talk.flow));
  if (others[0] !== undefined && togetherS([others[0], talk]) >= TOGETHER_S) return true;
  const [one, two] = others;
  if (others.length < MANY - 1 || one === undefined || two === undefined) return false;
  return togetherS([...others, talk]) >= MANY_TOGETHER_S && !haveOneStream(one.flow, two.flow);
}

/** For how long all of them went at once. */
function togetherS(talks: readonly Talk[]): number {
  return Math.min(...talks.map(({ end }) => end)) - Math.max(...talks.map(({ start }) => start));
}
