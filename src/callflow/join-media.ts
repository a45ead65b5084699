import { bearsMedia, type CallFlow, type CallStream, isBroadcastStream } from "./call-flow.ts";
import { isUser, legKind } from "./leg-kind.ts";
import { Sets } from "./sets.ts";
import { type Span, UserSpans } from "./user-spans.ts";

const SECOND_US = 1_000_000;
/** Silence after which media of the same user is another call. A re-INVITE or an ICE restart changes ports at once. */
const CALL_GAP_US = 5 * SECOND_US;
/** Segments of a broadcast come by many connections; between two of them may be as long as this. */
const BROADCAST_GAP_US = 60 * SECOND_US;
/** An allocation or a check belongs to media that begins as late as this after it (ringing). */
export const SETUP_US: number = 30 * SECOND_US;
/** Most flows kept for one address and port, and for one SSRC: a hostile capture can repeat one for ever. */
const MAX_PER_KEY = 64;
/** SSRCs below this are a conference server's own, the same in many calls: they join nothing. */
const FIRST_RANDOM_SSRC = 0x10000;
/** Ports that relays share among all their users: an address with one of them names no user. */
const SHARED_PORTS: ReadonlySet<number> = new Set([443, 3478, 3479, 3480, 3481]);

/** Media flows put together, and when each user had media. */
export interface JoinedMedia {
  /** Sets of indexes into the flows; flows that are no media stand alone. */
  readonly sets: Sets;
  readonly spans: UserSpans;
}

/**
 * Finds which flows are one call, among flows in order of time: the same user at the same time, addresses that one
 * flow reports or offers and another uses, both sides of a server of ours by SSRC and sequence, and a Mediation
 * Server's or Cloud Connector's only call at that moment. Cost grows with the flows, whatever they hold.
 */
export function joinMedia(flows: readonly CallFlow[]): JoinedMedia {
  const sets = new Sets(flows.length);
  const spans = new UserSpans();
  flows.forEach((flow, index) => {
    const broadcast = isBroadcastStream(flow);
    if (!broadcast && !bearsMedia(flow)) return;
    for (const user of usersOf(flow)) {
      const known = spans.extend(
        userKey(flow, user),
        index,
        flow.startUs,
        flow.endUs,
        broadcast ? BROADCAST_GAP_US : CALL_GAP_US,
      );
      if (known !== index) sets.unite(known, index);
    }
  });
  joinByAddresses(flows, sets);
  joinByStreams(flows, sets);
  joinThroughServers(flows, sets);
  joinChecks(flows, sets, spans);
  return { sets, spans };
}

/** Addresses at which a flow's single users sit. */
export function usersOf(flow: CallFlow): string[] {
  const users: string[] = [];
  if (isUser(flow.client, flow.server)) users.push(flow.client.address);
  if (isUser(flow.server, flow.client)) users.push(flow.server.address);
  return users;
}

/** Media of another vendor's program on the same computer is another call. */
function userKey(flow: CallFlow, user: string): string {
  if (isBroadcastStream(flow)) return `broadcast ${user}`;
  return legKind(flow) === "inside-outside" && !flow.microsoftIce ? `other ${user}` : user;
}

/** Addresses reported by STUN and TURN, and those that SDP offers. */
function joinByAddresses(flows: readonly CallFlow[], sets: Sets): void {
  const byEnd = new Map<string, number[]>();
  flows.forEach((flow, index) => {
    if (!bearsMedia(flow)) return;
    for (const end of [flow.client, flow.server]) keep(byEnd, `${end.address} ${end.port}`, index);
  });
  if (byEnd.size === 0) return;
  flows.forEach((flow, index) => {
    if (flow.trafficType === "media") {
      for (const item of flow.reported) {
        if (item.kind === "alternate" || item.kind === "other" || SHARED_PORTS.has(item.port)) continue;
        for (const other of byEnd.get(`${item.address} ${item.port}`) ?? []) {
          const known = flows[other];
          if (known !== undefined && overlap(flow, known, SETUP_US)) sets.unite(index, other);
        }
      }
    }
    for (const dialog of flow.dialogs) {
      let first: number | undefined;
      for (const media of dialog.media) {
        for (const offered of media.addresses) {
          for (const other of byEnd.get(`${offered.address} ${offered.port}`) ?? []) {
            const known = flows[other];
            if (known === undefined || !startsDuring(known, dialog.startSeconds, dialog.endSeconds)) continue;
            if (first === undefined) first = other;
            else sets.unite(first, other);
          }
        }
      }
    }
  });
}

/** A dialog's media begins from just before its offer is seen to shortly after its last message. */
export function startsDuring(flow: CallFlow, startSeconds: number, endSeconds: number): boolean {
  return (
    flow.startUs >= (startSeconds - 2) * SECOND_US && flow.startUs <= (endSeconds + 1) * SECOND_US + SETUP_US
  );
}

/** Both sides of a server of ours carry the same SSRC and sequence numbers. */
function joinByStreams(flows: readonly CallFlow[], sets: Sets): void {
  const bySsrc = new Map<number, { index: number; stream: CallStream }[]>();
  flows.forEach((flow, index) => {
    if (flow.client.role === undefined && flow.server.role === undefined) return;
    for (const stream of flow.streams) {
      if (stream.ssrc < FIRST_RANDOM_SSRC) continue;
      const known = bySsrc.get(stream.ssrc) ?? [];
      for (const other of known)
        if (other.index !== index && sameStream(other.stream, stream)) sets.unite(other.index, index);
      if (known.length < MAX_PER_KEY) known.push({ index, stream });
      bySsrc.set(stream.ssrc, known);
    }
  });
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

/**
 * A Mediation Server makes new streams, so that nothing in the packets joins the user's side with the gateway's. The
 * two are one call where there is exactly one of each that begins within five seconds.
 */
function joinThroughServers(flows: readonly CallFlow[], sets: Sets): void {
  for (const role of ["mediation", "cloud-connector"] as const) {
    const towardsUser: number[] = [];
    const towardsGateway: number[] = [];
    flows.forEach((flow, index) => {
      if (!bearsMedia(flow)) return;
      const kind = legKind(flow);
      if (kind === `inside-${role}` || kind === `outside-${role}`) towardsUser.push(index);
      else if (kind === `${role}-gateway`) towardsGateway.push(index);
    });
    for (const index of towardsUser) {
      const partner = onlyNear(flows, index, towardsGateway);
      if (partner !== undefined && onlyNear(flows, partner, towardsUser) === index)
        sets.unite(index, partner);
    }
  }
}

/** The one flow of `others` (in order of time) that begins within five seconds of flow `index`; undefined for several. */
function onlyNear(flows: readonly CallFlow[], index: number, others: readonly number[]): number | undefined {
  const start = flows[index]?.startUs ?? 0;
  let low = 0;
  let high = others.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((flows[others[middle] ?? 0]?.startUs ?? 0) < start - CALL_GAP_US) low = middle + 1;
    else high = middle;
  }
  const [first, second] = [others[low], others[low + 1]];
  const near = (other: number | undefined): boolean =>
    other !== undefined && (flows[other]?.startUs ?? 0) <= start + CALL_GAP_US;
  return near(first) && !near(second) ? first : undefined;
}

/** Checks and allocations that carried no media go with the media of their user that they set up. */
function joinChecks(flows: readonly CallFlow[], sets: Sets, spans: UserSpans): void {
  flows.forEach((flow, index) => {
    if (flow.trafficType !== "media" || bearsMedia(flow)) return;
    for (const user of usersOf(flow)) {
      // Checks go to a peer's every address, also to those that say nothing of whose call it is.
      const span: Span | undefined = [userKey(flow, user), user]
        .map((key) => spans.around(key, flow.startUs, flow.endUs, SETUP_US, CALL_GAP_US))
        .find((item) => item !== undefined);
      if (span !== undefined) sets.unite(span.first, index);
    }
  });
}

function overlap(x: CallFlow, y: CallFlow, slackUs: number): boolean {
  return x.startUs <= y.endUs + slackUs && y.startUs <= x.endUs + slackUs;
}

function keep(map: Map<string, number[]>, key: string, index: number): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [index]);
  else if (known.length < MAX_PER_KEY) known.push(index);
}
