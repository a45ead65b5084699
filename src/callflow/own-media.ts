import { bearsMedia, type CallFlow, endsOf } from "./call-flow.ts";
import { endKey, isUsersSocket } from "./dialog-media.ts";
import { FlowsByKey, SETUP_US } from "./flows-by-key.ts";
import { usersOf } from "./leg-kind.ts";

/** Flows with media by the addresses at which their single users sit. */
export function mediaByUser(flows: readonly CallFlow[]): FlowsByKey {
  const byUser = new FlowsByKey(flows);
  flows.forEach((flow, index) => {
    if (bearsMedia(flow)) for (const user of usersOf(flow)) byUser.add(user, index);
  });
  return byUser;
}

/** Indexes of flows with media, about that time, of the users of a flow without: at their addresses, or behind NAT at its very ports. */
export function mediaOfOwnUsers(flow: CallFlow, byEnd: FlowsByKey, byUser: FlowsByKey): number[] {
  const found = new Set<number>();
  for (const user of usersOf(flow)) for (const index of byUser.during(user, flow, SETUP_US)) found.add(index);
  for (const [end, other] of endsOf(flow))
    if (isUsersSocket(end, other))
      for (const index of byEnd.during(endKey(end), flow, SETUP_US)) found.add(index);
  return [...found];
}
