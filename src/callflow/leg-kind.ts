import type { ServerRole } from "../site/site.ts";
import { type CallEnd, type CallFlow, isBroadcastStream } from "./call-flow.ts";

/**
 * Where an end of a call's flow stands: a user inside or outside the network, a partner (`partner-online` when its
 * users are homed Online, so that the address is a user's), a server of ours, or Office 365. `unplaced` is a client at
 * a public address that the site says nothing of: a user outside, or our own network behind NAT.
 */
export type Place = "inside" | "outside" | "unplaced" | "partner" | "partner-online" | ServerRole | "online";

/** Places in the order in which a leg's kind names its two ends. */
const PLACES: readonly Place[] = [
  "inside",
  "outside",
  "unplaced",
  "partner",
  "partner-online",
  "edge",
  "front-end",
  "mediation",
  "cloud-connector",
  "gateway",
  "proxy",
  "online",
];

/** Two places joined by a dash, "inside-online", or the one-way stream of a broadcast. */
export type LegKind = `${Place}-${Place}` | "broadcast-stream";

/** Between which places a flow runs. */
export function legKind(flow: CallFlow): LegKind {
  if (isBroadcastStream(flow)) return "broadcast-stream";
  const [x, y] = [placeOf(flow.client, flow.server), placeOf(flow.server, flow.client)];
  return PLACES.indexOf(x) <= PLACES.indexOf(y) ? `${x}-${y}` : `${y}-${x}`;
}

/** Nobody declared where its client is. */
export function isUnplaced(kind: LegKind): boolean {
  return kind.startsWith("unplaced-");
}

/** Every kind that there can be, for checking data against. */
export function isLegKind(text: string): boolean {
  return (
    text === "broadcast-stream" || PLACES.some((x, i) => PLACES.slice(i).some((y) => text === `${x}-${y}`))
  );
}

export function placeOf(end: CallEnd, other: CallEnd): Place {
  switch (end.zone) {
    case "internal":
      return "inside";
    case "remote":
      return "outside";
    case "microsoft":
      return "online";
    case "on-premises-server":
      return end.role ?? "front-end";
    case "partner":
      return end.partner?.hosting === "online" ? "partner-online" : "partner";
    case "internet":
      return other.zone === "microsoft" ? "unplaced" : "outside";
  }
}

/** True where a single user sits at an address, so that what it does at one time is one call. */
export function isUser(end: CallEnd, other: CallEnd): boolean {
  if (end.translated || isCarrier(end, other)) return false;
  const place = placeOf(end, other);
  if (place === "inside") return true;
  // The far end of a direct flow may be anything; what comes to a server of ours from outside is a user.
  const toServer = other.role !== undefined || other.zone === "microsoft";
  return (place === "outside" && (end.zone === "remote" || toServer)) || place === "unplaced";
}

/** Addresses at which a flow's single users sit. */
export function usersOf(flow: CallFlow): string[] {
  const users: string[] = [];
  if (isUser(flow.client, flow.server)) users.push(flow.client.address);
  // A stream comes from nobody: a proxy of ours fetches it from a server outside.
  if (!isBroadcastStream(flow) && isUser(flow.server, flow.client)) users.push(flow.server.address);
  return users;
}

/** True for the outside end of a telephone trunk: a carrier has the media of all its calls at one address. */
export function isCarrier(end: CallEnd, other: CallEnd): boolean {
  return end.zone === "internet" && (other.role === "gateway" || other.role === "mediation");
}
