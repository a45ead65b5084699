import { bearsMedia, type CallFlow } from "./call-flow.ts";
import { areTogether } from "./crowds.ts";
import { areOneCall, endKey, mediaByEnd, mediaOfDialog, serversUser, SHARED_PORTS } from "./dialog-media.ts";
import { type FlowsByKey, SETUP_US } from "./flows-by-key.ts";
import { Grants } from "./grants.ts";
import { haveOneStream } from "./join-streams.ts";
import type { Sets } from "./sets.ts";
import { type Claim, claimsStrangers, offersStrangers } from "./strangers.ts";
import { EarlierDialogs } from "./earlier-dialogs.ts";
import { mediaByUser, mediaOfOwnUsers } from "./own-media.ts";

/** Addresses reported by STUN and TURN, and those that SDP offers. None is read by what another one joined. */
export function joinByAddresses(flows: readonly CallFlow[], sets: Sets): void {
  const byEnd = mediaByEnd(flows);
  if (byEnd.isEmpty) return;
  const grants = new Grants(flows);
  let before = sets.copy();
  let byUser: FlowsByKey | undefined;
  flows.forEach((flow, index) => {
    if (flow.trafficType !== "media" || flow.reported.length === 0) return;
    const claims: Claim[] = [];
    for (const item of flow.reported) {
      if (item.kind === "alternate" || item.kind === "other" || SHARED_PORTS.has(item.port)) continue;
      const found = grants.meant(item, index, [...byEnd.during(endKey(item), flow, SETUP_US)]);
      if (found.some((other) => other !== index)) claims.push({ item, found });
    }
    if (claims.length === 0) return;
    const own = bearsMedia(flow) ? [index] : mediaOfOwnUsers(flow, byEnd, (byUser ??= mediaByUser(flows)));
    if (claimsStrangers(flow, own, claims, flows)) return;
    // Who has no media is in no call that others' could be joined to by what is told here.
    if (own.length === 0 && !areOneTalk(claims, flows, before)) return;
    for (const { item, found } of claims) {
      const doubtful: number[] = [];
      // A server to which two send at once is no user's peer: it is the conference of both.
      let isShared = false;
      for (const other of found) {
        const there = flows[other];
        if (there === undefined || serversUser(there, item) === undefined) sets.unite(index, other);
        else {
          doubtful.push(other);
          isShared ||=
            item.kind === "peer" &&
            other !== index &&
            areTogether(flow, there) &&
            !haveOneStream(flow, there);
        }
      }
      if (!isShared && areOneCall(doubtful, before)) for (const other of doubtful) sets.unite(index, other);
    }
  });
  before = sets.copy();
  const earlier = new EarlierDialogs();
  for (const flow of flows)
    for (const dialog of flow.dialogs) {
      const found = [...mediaOfDialog(dialog, flow, flows, byEnd, before)];
      const [first] = found;
      if (first === undefined || offersStrangers(dialog, found, flows)) continue;
      for (const other of found) sets.unite(first, other);
      const held = earlier.mediaOf(dialog, flow, first);
      if (held !== undefined) sets.unite(held, first);
    }
}

/** True where all media that is told of is one call already, or one stream that is in the captures under several addresses. */
function areOneTalk(claims: readonly Claim[], flows: readonly CallFlow[], before: Sets): boolean {
  const found = claims.flatMap((claim) => claim.found);
  const first = found[0];
  const one = first === undefined ? undefined : flows[first];
  if (first === undefined || one === undefined) return false;
  return found.every((index) => {
    const other = flows[index];
    return other !== undefined && (before.find(index) === before.find(first) || haveOneStream(one, other));
  });
}
