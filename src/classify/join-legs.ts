import { endText } from "../address/address.ts";
import { compareText } from "../compare-text.ts";
import { compareMoments } from "../path/moment.ts";
import type { Markers } from "../site/markers.ts";
import { commonIdentity, LATER_QUIC } from "../protocols/identity-key.ts";
import { JoinedLegs, type LegGroup } from "./leg-group.ts";
import type { Leg } from "./leg.ts";
import { areOfTwoUsers, isOutside, mayBeOfOne, mayBeOne, outsideRank } from "./nat-legs.ts";
import { streamPairs } from "./stream-pairs.ts";

/** Most legs joined under one identity: a hostile capture can repeat one for ever. */
const MAX_LEGS = 8;

const QUIC_BASIS = "quic-connection-id";

/** What the word before the colon of an identity is called in `join_basis`. */
const BASIS: Readonly<Record<string, string>> = {
  tls: "client-hello-random",
  "tls-server": "server-hello-random",
  dtls: "client-hello-random",
  stun: "stun-transaction",
  quic: QUIC_BASIS,
};

/**
 * Joins legs of one flow between which source NAT changed our side's address and port: by what NAT leaves alone
 * (ClientHello random, STUN transaction, QUIC connection id, RTP SSRC with sequence; `lookups` are pairs that DNS shows),
 * with the same far end, never on ports and times alone. A server of ours that repeats a stream is
 * a relay, not a NAT: its legs stay apart. So does a leg outside whose address and port source NAT gave to several users in turn.
 */
export function joinLegs(
  unsorted: readonly Leg[],
  markers: Markers,
  lookups: readonly (readonly [Leg, Leg])[],
): LegGroup[] {
  // Where more fits than one flow can have, the first come first: by their times, never by the order of the table.
  const legs = unsorted.toSorted(compareLegs);
  const joins = new LegJoins(markers);
  for (const leg of legs) joins.add(leg);
  for (const [one, other] of streamPairs(legs, markers)) joins.unite(one, other, "rtp-ssrc", "media");
  for (const [one, other] of lookups) joins.unite(one, other, "dns-id", "session");
  return joins.groups();
}

/** Legs of one flow, as far as they are joined, and by what. */
interface Joined {
  legs: Leg[];
  readonly basis: Set<string>;
}

/** Legs put together one by one. */
class LegJoins {
  readonly #markers: Markers;
  readonly #groups = new Map<Leg, Joined>();
  readonly #byIdentity = new Map<string, Leg>();
  /** Legs outside that several users had in turn. */
  readonly #shared = new Set<Leg>();
  /** Of legs inside: the shared one outside that is theirs for a time. */
  readonly #outsideOf = new Map<Leg, Leg>();

  constructor(markers: Markers) {
    this.#markers = markers;
  }

  /** Takes in a leg, and joins it to those before it that have one of its identities. */
  add(leg: Leg): void {
    const groups = this.#groups;
    groups.set(leg, { legs: [leg], basis: new Set() });
    for (const identity of leg.recognition.identities ?? []) {
      const isLater = identity.startsWith(LATER_QUIC);
      const key = `${commonIdentity(identity)} ${leg.far.reachedText} ${leg.far.port}`;
      const known = this.#byIdentity.get(key);
      if (known === undefined) {
        if (!isLater) this.#byIdentity.set(key, leg);
        continue;
      }
      if (isLater) {
        // The first leg that knows the id may be one outside that is over by now.
        for (const one of groups.get(known)?.legs.slice() ?? []) this.unite(one, leg, QUIC_BASIS, "session");
        continue;
      }
      const word = identity.slice(0, identity.indexOf(":"));
      // Says nothing new of legs that the client's random joined.
      if (word === "tls-server" && groups.get(known) === groups.get(leg)) continue;
      const what = word === "stun" || word === "dtls" ? "media" : "session";
      this.unite(known, leg, BASIS[word] ?? "identity", what);
    }
  }

  /** Joins the groups of two legs, unless they cannot be one flow, or are of two users. */
  unite(x: Leg, y: Leg, basis: string, what: "media" | "session"): void {
    const markers = this.#markers;
    const [a, b] = [this.#groups.get(x), this.#groups.get(y)];
    if (a === undefined || b === undefined || a === b || a.legs.length + b.legs.length > MAX_LEGS) {
      if (a === b) a?.basis.add(basis);
      return;
    }
    if (!mayBeOne(x, y, what, markers)) return;
    if (!a.legs.every((one) => b.legs.every((other) => mayBeOfOne(one, other, what, markers)))) return;
    if (a.legs.some((one) => b.legs.some((other) => areOfTwoUsers(one, other, markers)))) {
      this.#noteShared(x, y);
      this.#noteShared(y, x);
      return;
    }
    a.legs.push(...b.legs);
    for (const word of b.basis) a.basis.add(word);
    a.basis.add(basis);
    for (const leg of b.legs) this.#groups.set(leg, a);
  }

  #noteShared(leg: Leg, inner: Leg): void {
    if (!isOutside(leg, this.#markers)) return;
    this.#shared.add(leg);
    this.#outsideOf.set(inner, leg);
  }

  /** What was joined; a leg that several users had in turn is a group of its own. */
  groups(): LegGroup[] {
    const groups = this.#groups;
    for (const leg of this.#shared) {
      const group = groups.get(leg);
      if (group !== undefined) group.legs = group.legs.filter((other) => other !== leg);
      for (const inner of group?.legs ?? []) this.#outsideOf.set(inner, leg);
      groups.set(leg, { legs: [leg], basis: new Set() });
    }
    return [...new Set(groups.values())].map((joined) => this.#groupOf(joined));
  }

  /** Its legs, those inside first. */
  #groupOf({ legs, basis }: Joined): LegGroup {
    const [first, ...rest] = legs.toSorted(
      (x, y) => outsideRank(x, this.#markers) - outsideRank(y, this.#markers) || compareLegs(x, y),
    );
    if (first === undefined) throw new RangeError("a group has at least one leg");
    return new JoinedLegs(
      [first, ...rest],
      legs.length > 1 ? [...basis].toSorted().join(";") : undefined,
      usersInTurn(this.#shared.has(first), this.#outsideOf.get(first)),
    );
  }
}

function usersInTurn(isShared: boolean, outside: Leg | undefined): string | undefined {
  if (isShared) return "source NAT gave this address and port to several users in turn, whose rows are apart";
  if (outside === undefined) return undefined;
  const { text, port } = outside.near;
  return `source NAT gave ${endText(text, port)} to several users in turn: what was captured outside is a row of its own`;
}

/** By start, then our end: the same wherever the legs were followed. */
function compareLegs(x: Leg, y: Leg): number {
  return (
    compareMoments(x.start, y.start) || compareText(x.near.text, y.near.text) || x.near.port - y.near.port
  );
}
