import { audioSpan } from "./audio-span.ts";
import { type CallFlow, nearOf } from "./call-flow.ts";
import { TOGETHER_S } from "./crowds.ts";
import { haveOneStream } from "./join-streams.ts";
import { isUser } from "./leg-kind.ts";

interface Talk {
  readonly flow: CallFlow;
  readonly start: number;
  readonly end: number;
}

/**
 * An inside address that sends audio in two flows of a call at once for as long as nobody does who changes from one to the
 * other: a user with two calls, or a server or source NAT that the site does not declare, behind which are several.
 */
export function addressOfSeveralTalks(media: readonly CallFlow[]): string | undefined {
  const longest = new Map<string, Talk>();
  for (const flow of media) {
    for (const [end, other] of [
      [flow.client, flow.server],
      [flow.server, flow.client],
    ] as const) {
      if (end.zone !== "internal" || !isUser(end, other)) continue;
      const talk = talkOf(flow, nearOf(flow) === end ? "out" : "back");
      if (talk === undefined) continue;
      const before = longest.get(end.address);
      if (before !== undefined && areSeveral(before, talk)) return end.address;
      if (before === undefined || talk.end > before.end) longest.set(end.address, talk);
    }
  }
  return undefined;
}

function talkOf(flow: CallFlow, way: "out" | "back"): Talk | undefined {
  const { start, end } = audioSpan(flow, way);
  return end > start ? { flow, start, end } : undefined;
}

function areSeveral(x: Talk, y: Talk): boolean {
  return Math.min(x.end, y.end) - Math.max(x.start, y.start) >= TOGETHER_S && !haveOneStream(x.flow, y.flow);
}
