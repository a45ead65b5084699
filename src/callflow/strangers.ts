import type { SipDialog } from "../protocols/recognition.ts";
import { type CallEnd, type CallFlow, type CallReport, endsOf, farOf, nearOf } from "./call-flow.ts";
import { areTogether } from "./crowds.ts";
import { endKey, isUsersSocket } from "./dialog-media.ts";
import { FIRST_RANDOM_SSRC, haveOneStream } from "./join-streams.ts";
import { isUser } from "./leg-kind.ts";

/** Of each side of a flow or dialog, the user whose media ends last. */
type Latest = Map<string, { readonly user: string; readonly flow: CallFlow }>;

/**
 * True for a dialog in which one side offers several users for one kind of media, who then have it at once: nobody
 * speaks from two addresses for long, so the offer is no endpoint's own. Anybody can write others' addresses into SIP;
 * their calls stay apart. `found` are indexes of the flows that the dialog seems to set up.
 */
export function offersStrangers(
  dialog: SipDialog,
  found: readonly number[],
  flows: readonly CallFlow[],
): boolean {
  if (found.length < 2) return false;
  const offered = new Map<string, Set<string>>();
  for (const { direction, media, addresses } of dialog.media)
    for (const end of addresses) {
      const key = endKey(end);
      const sides = offered.get(key);
      if (sides === undefined) offered.set(key, new Set([`${direction} ${media}`]));
      else sides.add(`${direction} ${media}`);
    }
  const latest: Latest = new Map();
  for (const index of found.toSorted((x, y) => x - y)) {
    const flow = flows[index];
    if (flow === undefined) continue;
    for (const [end, other] of endsOf(flow)) {
      if (!isUser(end, other)) continue;
      for (const side of offered.get(endKey(end)) ?? [])
        if (isStranger(latest, side, end.address, flow, isAtOnce)) return true;
    }
  }
  return false;
}

/** A place that STUN or TURN of a flow tells, and indexes of the flows with media there. */
export interface Claim {
  readonly item: CallReport;
  readonly found: readonly number[];
}

/**
 * As `offersStrangers`, for what STUN and TURN of one flow tell: mapped and relayed addresses are of the side to which they
 * are told, and peers are one side, too. Anybody can answer with others' addresses, or ask a relay for them. `own` are indexes
 * of flows with media of the flow's users.
 */
export function claimsStrangers(
  flow: CallFlow,
  own: readonly number[],
  claims: readonly Claim[],
  flows: readonly CallFlow[],
): boolean {
  const members: { readonly side: string; readonly user: string; readonly flow: CallFlow }[] = [];
  for (const { item, found } of claims) {
    const side = item.kind === "peer" ? item.kind : item.way;
    for (const index of found) {
      const there = flows[index];
      const user = there === undefined || there === flow ? undefined : userAt(there, item);
      if (there !== undefined && user !== undefined) members.push({ side, user, flow: there });
    }
  }
  if (members.length === 0) return false;
  const [near, far] = [nearOf(flow), farOf(flow)];
  for (const index of own) {
    const there = flows[index];
    if (there === undefined) continue;
    const isOf = ({ address }: CallEnd): boolean =>
      there.client.address === address || there.server.address === address;
    if (isUser(near, far) && isOf(near)) members.push({ side: "back", user: near.address, flow: there });
    if (isUser(far, near) && isOf(far)) members.push({ side: "out", user: far.address, flow: there });
  }
  members.sort((x, y) => x.flow.startUs - y.flow.startUs);
  const latest: Latest = new Map();
  return members.some((member) =>
    isStranger(latest, member.side, member.user, member.flow, areOthersStreams),
  );
}

/** The user whose place this is: at it, or a relay granted it. */
function userAt({ client, server }: CallFlow, place: CallReport): string | undefined {
  const isThere = (end: CallEnd): boolean => end.port === place.port && end.address === place.address;
  if (isThere(client)) return isUsersSocket(client, server) ? client.address : undefined;
  if (isThere(server)) return isUsersSocket(server, client) ? server.address : undefined;
  return isUsersSocket(client, server) ? client.address : undefined;
}

/** Whether another user of this side has media at once; takes this one in. To be called in order of the flows' start. */
function isStranger(
  latest: Latest,
  side: string,
  user: string,
  flow: CallFlow,
  areTwo: (x: CallFlow, y: CallFlow) => boolean,
): boolean {
  const before = latest.get(side);
  if (before !== undefined && before.user !== user && areTwo(before.flow, flow)) return true;
  if (before === undefined || flow.endUs > before.flow.endUs) latest.set(side, { user, flow });
  return false;
}

function isAtOnce(x: CallFlow, y: CallFlow): boolean {
  return x !== y && areTogether(x, y) && !haveOneStream(x, y);
}

/** As `isAtOnce`, where it is seen that no stream is common: a flow behind NAT may be in the captures twice. */
function areOthersStreams(x: CallFlow, y: CallFlow): boolean {
  return hasRandomStream(x) && hasRandomStream(y) && isAtOnce(x, y);
}

function hasRandomStream({ streams }: CallFlow): boolean {
  return streams.some(({ ssrc }) => ssrc >= FIRST_RANDOM_SSRC);
}
