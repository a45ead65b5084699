import { audioSpan } from "./audio-span.ts";
import { bearsMedia, type CallFlow, endsOf, nearOf } from "./call-flow.ts";
import { isUser } from "./leg-kind.ts";

/** Who speaks in two flows at once for as long as this (Microsoft's window of quality) is two, be one of them on hold. */
export const TOGETHER_S = 15;

/** A stretch of an address's media without a silence, with the sound that was sent longest of all in it. */
interface Stretch {
  endUs: number;
  readonly flows: number[];
  talkStart: number;
  talkEnd: number;
  isCrowd: boolean;
}

/**
 * Flows of addresses outside behind which several users must be, since as many spoke at once: source NAT that no pool is
 * declared for. `flows` in order of time; the answer holds indexes into them.
 */
export function flowsOfCrowds(flows: readonly CallFlow[], gapUs: number): ReadonlySet<number> {
  const latest = new Map<string, Stretch>();
  const crowded = new Set<number>();
  flows.forEach((flow, index) => {
    if (!bearsMedia(flow)) return;
    for (const user of outsideUsersOf(flow)) {
      let stretch = latest.get(user);
      if (stretch === undefined || flow.startUs > stretch.endUs + gapUs) {
        stretch = { endUs: flow.endUs, flows: [], talkStart: 0, talkEnd: 0, isCrowd: false };
        latest.set(user, stretch);
      }
      stretch.endUs = Math.max(stretch.endUs, flow.endUs);
      stretch.flows.push(index);
      takeTalk(stretch, flow, user);
      if (!stretch.isCrowd) continue;
      for (const one of stretch.flows) crowded.add(one);
      stretch.flows.length = 0;
    }
  });
  return crowded;
}

/** Users of a flow at addresses outside of which the site says nothing. */
export function outsideUsersOf(flow: CallFlow): string[] {
  return endsOf(flow)
    .filter(([end, other]) => end.zone === "internet" && isUser(end, other))
    .map(([end]) => end.address);
}

/** True for flows whose media goes at once for so long that they are not one user's who changed from one to the other. */
export function areTogether(x: CallFlow, y: CallFlow): boolean {
  const [xs, ys] = [talkOf(x), talkOf(y)];
  return Math.min(xs.end, ys.end) - Math.max(xs.start, ys.start) >= TOGETHER_S;
}

/** When a flow had media, in seconds: it can be held ready long before and after. */
function talkOf({ streams, startUs, endUs }: CallFlow): { readonly start: number; readonly end: number } {
  if (streams.length === 0) return { start: startUs / 1e6, end: endUs / 1e6 };
  return {
    start: streams.reduce((first, { startSeconds }) => Math.min(first, startSeconds), Infinity),
    end: streams.reduce((last, { endSeconds }) => Math.max(last, endSeconds), 0),
  };
}

function takeTalk(stretch: Stretch, flow: CallFlow, user: string): void {
  const isNear = nearOf(flow).address === user;
  // Where nothing that the user sends was captured, what comes for it has to do.
  const isSent = isNear ? flow.packetsOut > 0 : flow.packetsBack > 0;
  const way = isNear === isSent ? "out" : "back";
  const { start, end } = audioSpan(flow, way);
  if (Math.min(end, stretch.talkEnd) - Math.max(start, stretch.talkStart) >= TOGETHER_S)
    stretch.isCrowd = true;
  if (end > stretch.talkEnd) {
    stretch.talkStart = start;
    stretch.talkEnd = end;
  }
}
