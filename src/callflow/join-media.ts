import { firstWhere } from "../first-where.ts";
import { bearsMedia, type CallEnd, type CallFlow, isBroadcastStream } from "./call-flow.ts";
import { flowsOfCrowds, outsideUsersOf } from "./crowds.ts";
import { FlowsByKey, SETUP_US } from "./flows-by-key.ts";
import { joinByAddresses } from "./join-addresses.ts";
import { joinHeld } from "./join-held.ts";
import { joinMovedUsers } from "./join-moves.ts";
import { joinByStreams } from "./join-streams.ts";
import { isCarrier, legKind, usersOf } from "./leg-kind.ts";
import { mediaStartUs } from "./media-times.ts";
import { Sets } from "./sets.ts";
import { type Span, UserSpans } from "./user-spans.ts";

const SECOND_US = 1_000_000;
/** Silence after which media of the same user is another call. A re-INVITE or an ICE restart changes ports at once. */
export const CALL_GAP_US: number = 5 * SECOND_US;
/** Segments of a broadcast come by many connections; between two of them may be as long as this. */
const BROADCAST_GAP_US = 60 * SECOND_US;
/** Most legs of servers looked at together: a hostile capture can repeat one for ever. */
const MAX_PER_KEY = 64;

/** Media flows put together, and when each user had media. */
export interface JoinedMedia {
  /** Sets of indexes into the flows; flows that are no media stand alone. */
  readonly sets: Sets;
  readonly spans: UserSpans;
  /** Flows of addresses outside that many users share. */
  readonly crowded: ReadonlySet<number>;
}

/**
 * Finds which flows are one call, among flows in order of time: the same user at the same time, addresses that one
 * flow reports or offers and another uses, both sides of a server of ours by SSRC and sequence, what a user who
 * moves sends on, media at the same ports after a hold, and a Mediation Server's or Cloud Connector's only call at that moment. Cost grows with the flows, whatever they hold.
 */
export function joinMedia(flows: readonly CallFlow[]): JoinedMedia {
  const sets = new Sets(flows.length);
  const spans = new UserSpans();
  const crowded = flowsOfCrowds(flows, CALL_GAP_US);
  flows.forEach((flow, index) => {
    const broadcast = isBroadcastStream(flow);
    if (!broadcast && !bearsMedia(flow)) return;
    const outside = crowded.has(index) ? outsideUsersOf(flow) : [];
    for (const user of usersOf(flow)) {
      if (outside.includes(user)) continue;
      const known = spans.extend(
        userKey(flow, user),
        index,
        flow.startUs,
        flow.endUs,
        broadcast ? BROADCAST_GAP_US : CALL_GAP_US,
      );
      if (known !== index) sets.unite(known, index);
    }
    for (const carrier of carriersOf(flow))
      spans.extend(carrierKey(carrier), index, flow.startUs, flow.endUs, Number.NEGATIVE_INFINITY);
  });
  joinByAddresses(flows, sets);
  joinControl(flows, sets);
  joinByStreams(flows, sets);
  joinMovedUsers(flows, sets);
  joinHeld(flows, sets);
  joinThroughServers(flows, sets);
  joinChecks(flows, sets, spans);
  return { sets, spans, crowded };
}

/** Addresses whose signaling is of the call of a flow: its users', and a carrier's. */
export function partiesOf(flow: CallFlow): string[] {
  return [...usersOf(flow), ...carriersOf(flow)];
}

function carriersOf({ client, server }: CallFlow): string[] {
  if (isCarrier(client, server)) return [client.address];
  return isCarrier(server, client) ? [server.address] : [];
}

/** Under which a carrier's calls are, each by itself. */
export function carrierKey(carrier: string): string {
  return `carrier ${carrier}`;
}

/** Media of another vendor's program on the same computer is another call. */
function userKey(flow: CallFlow, user: string): string {
  if (isBroadcastStream(flow)) return `broadcast ${user}`;
  return legKind(flow) === "inside-outside" && !flow.microsoftIce ? `other ${user}` : user;
}

/**
 * RTCP on a port of its own goes with the media between the same two addresses at the port before it (RFC 3550, section
 * 11). Where both ends' ports say which, nothing else counts: a gateway's port may have been another call's just before. Else
 * one end's will do: source NAT changes the other's.
 */
function joinControl(flows: readonly CallFlow[], sets: Sets): void {
  const controls = flows.map((flow, index) => ({ flow, index })).filter(({ flow }) => isControl(flow));
  if (controls.length === 0) return;
  const key = (end: CallEnd, port: number, other: CallEnd): string =>
    `${end.address} ${port} ${other.address}`;
  const byPort = new FlowsByKey(flows);
  flows.forEach((flow, index) => {
    if (!bearsMedia(flow) || isControl(flow) || flow.transport !== "udp") return;
    const { client, server } = flow;
    byPort.add(key(client, client.port, server), index);
    byPort.add(key(server, server.port, client), index);
  });
  for (const { flow, index } of controls) {
    const { client, server } = flow;
    const ofServer = [...byPort.during(key(server, server.port - 1, client), flow, CALL_GAP_US)];
    const ofClient = [...byPort.during(key(client, client.port - 1, server), flow, CALL_GAP_US)];
    const ofBoth = ofServer.filter((other) => ofClient.includes(other));
    for (const other of ofBoth.length > 0 ? ofBoth : [...ofServer, ...ofClient]) sets.unite(index, other);
  }
}

/** RTCP alone on its ports. */
function isControl(flow: CallFlow): boolean {
  return flow.application === "rtcp" && flow.streams.length === 0 && flow.transport === "udp";
}

/**
 * A Mediation Server makes new streams, so that nothing in the packets joins the user's side with the gateway's. The
 * two are one call where there is exactly one of each that begins within five seconds.
 */
function joinThroughServers(flows: readonly CallFlow[], sets: Sets): void {
  const pairs: [number, number][] = [];
  for (const role of ["mediation", "cloud-connector"] as const) {
    const towardsUser: number[] = [];
    const towardsGateway: number[] = [];
    flows.forEach((flow, index) => {
      if (!bearsMedia(flow) || isControl(flow)) return;
      const kind = legKind(flow);
      if (kind === `inside-${role}` || kind === `outside-${role}`) towardsUser.push(index);
      else if (kind === `${role}-gateway`) towardsGateway.push(index);
    });
    const addressOf = (index: number): string | undefined =>
      [flows[index]?.client, flows[index]?.server].find((end) => end?.role === role)?.address;
    const only = (index: number, others: readonly number[]): number | undefined => {
      const near = nearIn(flows, index, others);
      // A server can have an address for each side: only where there is one of its own is it told from the others.
      const own = near.filter((other) => addressOf(other) === addressOf(index));
      return onlyOf(own.length > 0 ? own : near, sets);
    };
    for (const index of towardsUser) {
      const partner = only(index, towardsGateway);
      if (partner === undefined) continue;
      const back = only(partner, towardsUser);
      if (back !== undefined && sets.find(back) === sets.find(index)) pairs.push([index, partner]);
    }
  }
  // Only now, since a pair that is one call already would make a third leg the only one of another call.
  for (const [index, partner] of pairs) sets.unite(index, partner);
}

/** Flows of `others` (in order of time) that begin within five seconds of flow `index`, the first ones. */
function nearIn(flows: readonly CallFlow[], index: number, others: readonly number[]): number[] {
  const startOf = (other: number | undefined): number => flows[other ?? 0]?.startUs ?? 0;
  const start = startOf(index);
  const first = firstWhere(others.length, (place) => startOf(others[place]) >= start - CALL_GAP_US);
  return others.slice(first, first + MAX_PER_KEY).filter((other) => startOf(other) <= start + CALL_GAP_US);
}

/** The first of flows that are all of one call; undefined where they are not, or too many to know. */
function onlyOf(near: readonly number[], sets: Sets): number | undefined {
  const [first] = near;
  if (first === undefined || near.length === MAX_PER_KEY) return undefined;
  return near.every((other) => sets.find(other) === sets.find(first)) ? first : undefined;
}

/**
 * Checks and allocations that carried no media go with the media of their user that they set up. Checks between two users
 * say that they try to reach each other, no more: one of them may ring while both are in calls of their own. Those are one
 * call only where both begin together after it (each by a relay, since a firewall stands between).
 */
function joinChecks(flows: readonly CallFlow[], sets: Sets, spans: UserSpans): void {
  flows.forEach((flow, index) => {
    if (flow.trafficType !== "media" || bearsMedia(flow)) return;
    const found = usersOf(flow)
      .map((user) => spanOfCheck(flow, user, spans))
      .filter((span) => span !== undefined);
    const [first, second] = found;
    if (first !== undefined) sets.unite(first.first, index);
    if (first === undefined || second === undefined) return;
    const [one, other] = [startOf(flows[first.first]), startOf(flows[second.first])];
    if (flow.startUs <= Math.min(one, other) && Math.abs(one - other) <= CALL_GAP_US)
      sets.unite(second.first, index);
  });
}

function startOf(flow: CallFlow | undefined): number {
  return flow === undefined ? 0 : mediaStartUs(flow);
}

/** Media that a user's check may set up. Checks go to a peer's every address, also to those that say nothing of whose call it is. */
function spanOfCheck(flow: CallFlow, user: string, spans: UserSpans): Span | undefined {
  return [userKey(flow, user), user]
    .map((key) => spans.around(key, flow.startUs, flow.endUs, SETUP_US, CALL_GAP_US))
    .find((item) => item !== undefined);
}
