import { endText } from "../address/address.ts";
import type { CallRelay } from "./call.ts";
import { type CallEnd, type CallFlow, endsOf } from "./call-flow.ts";
import type { CallGroup } from "./group.ts";
import { legKind, placeOf } from "./leg-kind.ts";

/** Most relays and addresses listed of one call. */
const MAX_LISTED = 64;

/** Servers at which media of the call was relayed or ended, with the relayed addresses that they granted. */
export function relaysOf(group: CallGroup): CallRelay[] {
  const relays = new Map<string, { end: CallEnd; whose: string; relayed: Set<string> }>();
  for (const flow of [...group.media, ...group.checks]) {
    if (legKind(flow) === "broadcast-stream") continue;
    for (const [end, other] of endsOf(flow)) {
      const whose = whoseServer(end, other);
      if (whose === undefined) continue;
      const key = `${end.address} ${end.port}`;
      const relay = relays.get(key) ?? { end, whose, relayed: new Set<string>() };
      if (relays.size < MAX_LISTED) relays.set(key, relay);
      if (end === flow.server) addReported(relay.relayed, flow, "relayed");
    }
  }
  return [...relays.values()].map(({ end, whose, relayed }) => ({
    address: end.address,
    port: end.port,
    whose,
    relayed: [...relayed].toSorted(),
  }));
}

/** Under which addresses the users were seen from outside: what STUN reported, and the source NAT that was seen. */
export function reflexiveOf(group: CallGroup): string[] {
  const found = new Set<string>();
  for (const flow of [...group.media, ...group.checks]) {
    if (flow.nat !== undefined && found.size < MAX_LISTED)
      found.add(endText(flow.nat.address, flow.nat.port));
    if (flow.client.role === undefined) addReported(found, flow, "mapped");
  }
  return [...found].toSorted();
}

/** Reflexive and relayed addresses of one flow, for finding its leg in Microsoft's call records. */
export function reportedOf(flow: CallFlow, kind: "mapped" | "relayed"): string[] {
  const found = new Set<string>();
  addReported(found, flow, kind);
  return [...found].toSorted();
}

function addReported(found: Set<string>, flow: CallFlow, kind: "mapped" | "relayed"): void {
  for (const item of flow.reported) {
    if (item.kind !== kind || found.size >= MAX_LISTED) continue;
    // An end that sees the other one's own address: nothing stands between.
    if (kind === "mapped" && (item.address === flow.client.address || item.address === flow.server.address))
      continue;
    found.add(endText(item.address, item.port));
  }
}

function whoseServer(end: CallEnd, other: CallEnd): string | undefined {
  if (end.role !== undefined) return `own ${end.role}`;
  if (end.partner !== undefined) return end.partner.name;
  return placeOf(end, other) === "online" ? "Office 365" : undefined;
}
