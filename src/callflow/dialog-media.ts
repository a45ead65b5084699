import type { SipDialog } from "../protocols/recognition.ts";
import { bearsMedia, type CallEnd, type CallFlow } from "./call-flow.ts";
import { FlowsByKey } from "./flows-by-key.ts";
import { isUser } from "./leg-kind.ts";
import type { Sets } from "./sets.ts";

/** Ports that relays share among all their users: an address with one of them names no user. */
export const SHARED_PORTS: ReadonlySet<number> = new Set([443, 3478, 3479, 3480, 3481]);

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
export function placesOf(flow: CallFlow): Pick<CallEnd, "address" | "port">[] {
  const granted = flow.reported.filter(({ kind, port }) => kind === "relayed" && !SHARED_PORTS.has(port));
  return [flow.client, flow.server, ...granted];
}

/** True for an end that belongs to one user alone, be it the public one behind source NAT. */
export function isUsersSocket(end: CallEnd, other: CallEnd): boolean {
  return end.translated || isUser(end, other);
}

export function endKey({ address, port }: Pick<CallEnd, "address" | "port">): string {
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
  const offered = dialog.media.flatMap(({ addresses }) => addresses);
  const ends = new Set(offered.map(endKey));
  const hosts = new Set(offered.map(({ address }) => address));
  hosts.add(sip.client.address).add(sip.server.address);
  for (const key of ends) {
    const doubtful: number[] = [];
    for (const index of byEnd.ofDialog(key, dialog.startSeconds, dialog.endSeconds)) {
      const other = serversUser(flows[index], key);
      if (other === undefined || isNamed(flows[index], other, ends)) yield index;
      else doubtful.push(index);
    }
    const near = doubtful.filter((index) => {
      const other = serversUser(flows[index], key);
      return other !== undefined && hosts.has(other.address);
    });
    const isShared = SHARED_PORTS.has(Number(key.slice(key.lastIndexOf(" ") + 1)));
    const left = near.length > 0 || isShared ? near : doubtful;
    if (areOneCall(left, sets)) yield* left;
  }
}

/** False where several calls meet. */
export function areOneCall(indexes: readonly number[], sets: Sets): boolean {
  const [first] = indexes;
  return first === undefined || indexes.every((index) => sets.find(index) === sets.find(first));
}

/** The end at a server, where the key is the server's; undefined where it is a user's, or was granted for one. */
export function serversUser(flow: CallFlow | undefined, key: string): CallEnd | undefined {
  if (flow === undefined) return undefined;
  const { client, server } = flow;
  if (endKey(client) === key) return isUsersSocket(client, server) ? undefined : server;
  if (endKey(server) === key) return isUsersSocket(server, client) ? undefined : client;
  return undefined;
}

/** True where the dialog names an end of a flow, or the address under which that was seen behind source NAT. */
function isNamed(flow: CallFlow | undefined, end: CallEnd, ends: ReadonlySet<string>): boolean {
  if (ends.has(endKey(end))) return true;
  if (flow?.nat !== undefined && ends.has(endKey(flow.nat))) return true;
  return (
    flow?.reported.some(
      (item) => (item.kind === "mapped" || item.kind === "relayed") && ends.has(endKey(item)),
    ) === true
  );
}
