import type { StreamReport } from "../protocols/recognition.ts";
import type { Markers } from "../site/markers.ts";
import { NO_PATH, defaultSite } from "../site/site.ts";
import { JoinedLegs, type LegGroup } from "./leg-group.ts";
import type { Leg } from "./leg.ts";

/** Most legs joined under one identity: a hostile capture can repeat one for ever. */
const MAX_LEGS = 8;

/** What the word before the colon of an identity is called in `join_basis`. */
const BASIS: Readonly<Record<string, string>> = {
  tls: "client-hello-random",
  dtls: "client-hello-random",
  stun: "stun-transaction",
  quic: "quic-connection-id",
};

/**
 * Joins legs of one flow between which source NAT changed our side's address and port: by what NAT leaves alone
 * (ClientHello random, STUN transaction, QUIC connection id, RTP SSRC with sequence; `lookups` are pairs that DNS shows),
 * with the same far end, never on ports and times alone (CONTRACT, section 3). A server of ours that repeats a stream is
 * a relay, not a NAT: its legs stay apart.
 */
export function joinLegs(
  unsorted: readonly Leg[],
  markers: Markers,
  lookups: readonly (readonly [Leg, Leg])[],
): LegGroup[] {
  // Where more fits than one flow can have, the first come first: by their times, never by the order of the table.
  const legs = unsorted.toSorted(compareLegs);
  const groups = new Map<Leg, { legs: Leg[]; basis: Set<string> }>();
  const byIdentity = new Map<string, Leg>();
  const byStream = new Map<string, Leg[]>();
  const unite = (x: Leg, y: Leg, basis: string, what: "media" | "session"): void => {
    const a = groups.get(x);
    const b = groups.get(y);
    if (a === undefined || b === undefined || a === b || a.legs.length + b.legs.length > MAX_LEGS) {
      if (a === b) a?.basis.add(basis);
      return;
    }
    if (!a.legs.every((one) => b.legs.every((other) => canBeOne(one, other, what, markers)))) return;
    a.legs.push(...b.legs);
    for (const word of b.basis) a.basis.add(word);
    a.basis.add(basis);
    for (const leg of b.legs) groups.set(leg, a);
  };
  for (const leg of legs) {
    groups.set(leg, { legs: [leg], basis: new Set() });
    for (const identity of leg.recognition.identities ?? []) {
      const key = `${identity} ${leg.far.text} ${leg.far.port}`;
      const known = byIdentity.get(key);
      if (known === undefined) {
        byIdentity.set(key, leg);
        continue;
      }
      const word = identity.slice(0, identity.indexOf(":"));
      unite(known, leg, BASIS[word] ?? "identity", word === "stun" || word === "dtls" ? "media" : "session");
    }
    for (const stream of leg.recognition.streams ?? []) {
      const key = `${stream.ssrc} ${stream.payloadType} ${leg.far.text} ${leg.far.port}`;
      const known = byStream.get(key) ?? [];
      for (const other of known) if (sameStream(other, leg, stream)) unite(other, leg, "rtp-ssrc", "media");
      if (known.length < MAX_LEGS) byStream.set(key, [...known, leg]);
    }
  }
  for (const [one, other] of lookups) unite(one, other, "dns-id", "session");
  return [...new Set(groups.values())].map(({ legs: joined, basis }) => {
    const sorted = joined.toSorted(
      (x, y) => outsideRank(x, markers) - outsideRank(y, markers) || compareLegs(x, y),
    );
    const [first, ...rest] = sorted;
    if (first === undefined) throw new RangeError("a group has at least one leg");
    return new JoinedLegs([first, ...rest], joined.length > 1 ? [...basis].toSorted().join(";") : undefined);
  });
}

/** By start, then our end: the same wherever the legs were followed. */
function compareLegs(x: Leg, y: Leg): number {
  return (
    x.start.seconds - y.start.seconds ||
    x.start.nanoseconds - y.start.nanoseconds ||
    (x.near.text < y.near.text ? -1 : x.near.text > y.near.text ? 1 : 0) ||
    x.near.port - y.near.port
  );
}

/** Same transport and far end, another address or port of ours, at the same time, and no relay of ours between them. */
function canBeOne(x: Leg, y: Leg, what: "media" | "session", markers: Markers): boolean {
  if (x.protocol !== y.protocol || x.far.text !== y.far.text || x.far.port !== y.far.port) return false;
  if (isRelayed(x, y, what, markers)) return false;
  if (x.near.text === y.near.text && x.near.port === y.near.port) return false;
  return x.start.seconds <= y.end.seconds + 1 && y.start.seconds <= x.end.seconds + 1;
}

/** True where a declared server stands between the legs: it is the outer end of what a client inside sent it. */
function isRelayed(x: Leg, y: Leg, what: "media" | "session", markers: Markers): boolean {
  const servers = [x, y].filter((leg) => leg.near.zone === "on-premises-server");
  if (servers.length === 0) return false;
  const [inner, outer] = outsideRank(x, markers) < outsideRank(y, markers) ? [x, y] : [y, x];
  if (servers.length === 2) return what === "media" || outer.near.site.role === "proxy";
  // A server's own traffic behind source NAT, as anybody's.
  return servers[0] !== inner || outsideRank(inner, markers) === outsideRank(outer, markers);
}

function sameStream(x: Leg, y: Leg, stream: StreamReport): boolean {
  return (x.recognition.streams ?? []).some(
    (other) =>
      other.ssrc === stream.ssrc &&
      (x.out === other.direction) === (y.out === stream.direction) &&
      other.startSeconds <= stream.endSeconds + 1 &&
      stream.startSeconds <= other.endSeconds + 1 &&
      within(other.firstSequence, stream.firstSequence, stream.lastSequence, other.lastSequence),
  );
}

/** True when the ranges of 16-bit sequence numbers overlap. */
function within(from: number, otherFrom: number, otherTo: number, to: number): boolean {
  const length = (to - from) & 0xffff;
  const otherLength = (otherTo - otherFrom) & 0xffff;
  return ((otherFrom - from) & 0xffff) <= length || ((from - otherFrom) & 0xffff) <= otherLength;
}

/** 0 for inside addresses, 1 for a declared NAT pool's, 2 for others. */
export function outsideRank({ near }: Leg, markers: Markers): number {
  if (markers.natPathOf(...near.words) !== NO_PATH) return 1;
  if (near.zone === "on-premises-server") return PRIVATE.zoneOf(...near.words).zone === "internal" ? 0 : 2;
  return near.zone === "internal" ? 0 : 2;
}

/** Servers are declared by their inside address, their public one, or both. */
const PRIVATE = defaultSite();
