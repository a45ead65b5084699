import { audioSpan } from "./audio-span.ts";
import { type CallFlow, endsOf, nearOf } from "./call-flow.ts";
import type { SipDialog } from "../protocols/recognition.ts";
import { TOGETHER_S } from "./crowds.ts";
import { endKey } from "./dialog-media.ts";
import { haveOneStream } from "./join-streams.ts";
import { isUser } from "./leg-kind.ts";

/** So many are several though it is for less: who changes from one to the other has two. So are two of other SIP dialogs. */
const MANY = 3;
const MANY_TOGETHER_S = 2;
/** Two in which both sides speak, for longer than two networks of one user are in use at once. */
const BOTH_WAYS_TOGETHER_S = 6;

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Talk extends Span {
  readonly flow: CallFlow;
  /** When audio came back, too. */
  readonly bothWays: Span;
  /** Call-IDs of the dialogs that offer one of its ends. */
  readonly dialogs: ReadonlySet<string>;
}

const NO_DIALOGS: ReadonlySet<string> = new Set();

/**
 * An inside address that sends audio in two flows of a call at once for as long as nobody does who changes from one to the
 * other (which is shorter where audio comes back in both), or in three: a user with two calls, or a server or source NAT that the site does not declare, behind which are several.
 */
export function addressOfSeveralTalks(
  media: readonly CallFlow[],
  offers: ReadonlySet<SipDialog>,
): string | undefined {
  if (media.length < 2) return undefined;
  const dialogs = dialogsByEnd(offers);
  const longest = new Map<string, readonly Talk[]>();
  for (const flow of media) {
    for (const [end, other] of endsOf(flow)) {
      if (end.zone !== "internal" || !isUser(end, other)) continue;
      const talk = talkOf(flow, nearOf(flow) === end ? "out" : "back", dialogs);
      if (talk === undefined) continue;
      const before = longest.get(end.address) ?? [];
      if (areSeveral(before, talk)) return end.address;
      const after = [...before, talk].toSorted((x, y) => y.end - x.end);
      longest.set(end.address, after.slice(0, MANY - 1));
    }
  }
  return undefined;
}

function dialogsByEnd(offers: ReadonlySet<SipDialog>): ReadonlyMap<string, ReadonlySet<string>> {
  const byEnd = new Map<string, Set<string>>();
  for (const { callId, media } of offers)
    for (const { addresses } of media)
      for (const address of addresses) {
        const known = byEnd.get(endKey(address));
        if (known === undefined) byEnd.set(endKey(address), new Set([callId]));
        else known.add(callId);
      }
  return byEnd;
}

function talkOf(
  flow: CallFlow,
  way: "out" | "back",
  byEnd: ReadonlyMap<string, ReadonlySet<string>>,
): Talk | undefined {
  const { start, end } = audioSpan(flow, way);
  const back = audioSpan(flow, way === "out" ? "back" : "out");
  const bothWays = { start: Math.max(start, back.start), end: Math.min(end, back.end) };
  const [client, server] = [flow.client, flow.server].map((item) => byEnd.get(endKey(item)) ?? NO_DIALOGS);
  const dialogs = new Set([...(client ?? NO_DIALOGS), ...(server ?? NO_DIALOGS)]);
  return end > start ? { flow, start, end, bothWays, dialogs } : undefined;
}

/** Whether a talk goes on beside the one before that ends last for long, or beside several of them for less. */
function areSeveral(before: readonly Talk[], talk: Talk): boolean {
  const others = before.filter(({ flow }) => !haveOneStream(flow, talk.flow));
  if (others[0] !== undefined && togetherS([others[0], talk]) >= TOGETHER_S) return true;
  if (others.some(({ bothWays }) => togetherS([bothWays, talk.bothWays]) >= BOTH_WAYS_TOGETHER_S))
    return true;
  if (others.some((other) => areOfOtherDialogs(other, talk) && togetherS([other, talk]) >= MANY_TOGETHER_S))
    return true;
  const [one, two] = others;
  if (others.length < MANY - 1 || one === undefined || two === undefined) return false;
  return togetherS([...others, talk]) >= MANY_TOGETHER_S && !haveOneStream(one.flow, two.flow);
}

function areOfOtherDialogs(x: Talk, y: Talk): boolean {
  if (x.dialogs.size === 0 || y.dialogs.size === 0) return false;
  return ![...x.dialogs].some((callId) => y.dialogs.has(callId));
}

/** For how long all of them went at once. */
function togetherS(talks: readonly Span[]): number {
  return Math.min(...talks.map(({ end }) => end)) - Math.max(...talks.map(({ start }) => start));
}
