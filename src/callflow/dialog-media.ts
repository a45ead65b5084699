import type { SipDialog } from "../protocols/recognition.ts";
import { bearsMedia, type CallEnd, type CallFlow } from "./call-flow.ts";
import { FlowsByKey } from "./flows-by-key.ts";
import { isUser } from "./leg-kind.ts";
import type { Sets } from "./sets.ts";

/** Ports that relays share among all their users: an address with one of them names no user. */
export const SHARED_PORTS: ReadonlySet<number> = new Set([443, 3478, 3479, 3480, 3481]);

type Place = Pick<CallEnd, "address" | "port">;

/** Flows with media by the addresses at which it arrives. */
export function mediaByEnd(flows: readonly CallFlow[]): FlowsByKey {
  const byEnd = new FlowsByKey(flows);
  flows.forEach((flow, index) => {
    if (!bearsMedia(flow)) return;
    for (const end of placesOf(flow)) byEnd.add(endKey(end), index);
  });
  return byEnd;
}

/** Addresses at which media of a flow arrives: its ends', and those that a relay granted for it alone. */
export function placesOf(flow: CallFlow): Place[] {
  const granted = flow.reported.filter(({ kind, port }) => kind === "relayed" && !SHARED_PORTS.has(port));
  return [flow.client, flow.server, ...granted];
}

/** True for an end that belongs to one user alone, be it the public one behind source NAT. */
export function isUsersSocket(end: CallEnd, other: CallEnd): boolean {
  return end.translated || isUser(end, other);
}

export function endKey({ address, port }: Place): string {
  return `${address} ${port}`;
}

/**
 * Flows of the media that a dialog of `sip` sets up. Many users' media may be at one address of a server: there only the
 * flow counts whose other end the dialog names, too, or that is the only call there.
 */
export function* mediaOfDialog(
  dialog: SipDialog,
  sip: CallFlow,
  flows: readonly CallFlow[],
  byEnd: FlowsByKey,
  sets: Sets,
): Generator<number> {
  const places = new Map<string, Place>();
  const hosts = new Set([sip.client.address, sip.server.address]);
  for (const { addresses } of dialog.media)
    for (const place of addresses) {
      places.set(endKey(place), place);
      hosts.add(place.address);
    }
  for (const [key, place] of places) {
    const doubtful: number[] = [];
    const near: number[] = [];
    let isFound = false;
    for (const index of byEnd.ofDialog(key, dialog)) {
      const flow = flows[index];
      const other = flow && serversUser(flow, place);
      if (other === undefined || isNamed(flow, other, places, hosts)) {
        isFound = true;
        yield index;
      } else (hosts.has(other.address) ? near : doubtful).push(index);
    }
    // The server's port is another call's before or after this one.
    if (isFound) continue;
    const left = near.length > 0 || SHARED_PORTS.has(place.port) ? near : doubtful;
    if (areOneCall(left, sets)) yield* left;
  }
}

/** False where several calls meet. */
export function areOneCall(indexes: readonly number[], sets: Sets): boolean {
  const [first] = indexes;
  return first === undefined || indexes.every((index) => sets.find(index) === sets.find(first));
}

/** The end at a server, where the place is the server's; undefined where it is a user's, or was granted for one. */
export function serversUser({ client, server }: CallFlow, { address, port }: Place): CallEnd | undefined {
  if (client.port === port && client.address === address)
    return isUsersSocket(client, server) ? undefined : server;
  if (server.port === port && server.address === address)
    return isUsersSocket(server, client) ? undefined : client;
  return undefined;
}

/** True where the dialog names an end of a flow, or the address under which that was seen behind source NAT. */
function isNamed(
  flow: CallFlow | undefined,
  end: CallEnd,
  places: ReadonlyMap<string, Place>,
  hosts: ReadonlySet<string>,
): boolean {
  if (hosts.has(end.address) && places.has(endKey(end))) return true;
  if (flow === undefined || (flow.nat === undefined && flow.reported.length === 0)) return false;
  const has = (place: Place): boolean => places.has(endKey(place));
  if (flow.nat !== undefined && has(flow.nat)) return true;
  return flow.reported.some((item) => (item.kind === "mapped" || item.kind === "relayed") && has(item));
}
