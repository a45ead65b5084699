import type { CallOutline } from "../callflow/assemble.ts";
import { bearsMedia, type CallFlow } from "../callflow/call-flow.ts";
import { outsideUsersOf } from "../callflow/crowds.ts";
import { endKey, mediaByEnd } from "../callflow/dialog-media.ts";
import { SETUP_US } from "../callflow/flows-by-key.ts";
import { CALL_GAP_US } from "../callflow/join-media.ts";
import { Sets } from "../callflow/sets.ts";

const SECOND_US = 1_000_000;
/** Flows of servers that make new streams are told apart by those that begin within this time. */
const SERVER_US = 12 * SECOND_US;

/** A flow of media, and the index of its call. */
interface Leg {
  readonly flow: CallFlow;
  readonly call: number;
}

/**
 * Some flows are joined where there are no others then (at a Mediation Server, at an address that SIP or a relay names), or
 * not joined where there are: calls there stay as long as one of them does. `flows` in order of time.
 */
export function addThoseTogether(
  outlines: readonly CallOutline[],
  flows: readonly CallFlow[],
  going: Set<CallOutline>,
): void {
  const legs = outlines
    .flatMap(({ group }, call) => group.media.map((flow): Leg => ({ flow, call })))
    .sort((x, y) => x.flow.startUs - y.flow.startUs);
  const together = new Sets(outlines.length);
  joinAtServers(legs, together);
  joinAtNamedPlaces(legs, flows, together);
  joinAtOutsideAddresses(legs, together);
  const staying = new Set<number>();
  outlines.forEach((outline, call) => {
    if (going.has(outline)) staying.add(together.find(call));
  });
  outlines.forEach((outline, call) => {
    if (staying.has(together.find(call))) going.add(outline);
  });
}

/** Legs of Mediation Servers and Cloud Connectors that begin near each other. */
function joinAtServers(legs: readonly Leg[], together: Sets): void {
  let before: Leg | undefined;
  for (const leg of legs) {
    if (!isOfServer(leg.flow)) continue;
    if (before !== undefined && leg.flow.startUs - before.flow.startUs <= SERVER_US)
      together.unite(before.call, leg.call);
    before = leg;
  }
}

function isOfServer(flow: CallFlow): boolean {
  const roles = [flow.client.role, flow.server.role];
  return bearsMedia(flow) && (roles.includes("mediation") || roles.includes("cloud-connector"));
}

/** Media at each address that a dialog or a relay names. */
function joinAtNamedPlaces(legs: readonly Leg[], flows: readonly CallFlow[], together: Sets): void {
  if (!flows.some(({ dialogs, reported }) => dialogs.length > 0 || reported.length > 0)) return;
  const callOf = new Map(legs.map(({ flow, call }) => [flow, call]));
  const byEnd = mediaByEnd(flows);
  const join = (indexes: Iterable<number>, own?: number): void => {
    let first = own;
    for (const index of indexes) {
      const flow = flows[index];
      const call = flow === undefined ? undefined : callOf.get(flow);
      if (call === undefined) continue;
      if (first === undefined) first = call;
      else together.unite(first, call);
    }
  };
  for (const flow of flows) {
    for (const item of flow.reported) join(byEnd.during(endKey(item), flow, SETUP_US), callOf.get(flow));
    // At all of its addresses: whether it offers one user or several is told by all that go on there.
    for (const dialog of flow.dialogs)
      join(
        dialog.media.flatMap(({ addresses }) =>
          addresses.flatMap((end) => [...byEnd.ofDialog(endKey(end), dialog)]),
        ),
      );
  }
}

/** Media at an address outside without a silence between: how many users that has is told by all of it. */
function joinAtOutsideAddresses(legs: readonly Leg[], together: Sets): void {
  const latest = new Map<string, { readonly call: number; endUs: number }>();
  for (const { flow, call } of legs)
    for (const user of outsideUsersOf(flow)) {
      const known = latest.get(user);
      if (known === undefined || flow.startUs > known.endUs + CALL_GAP_US) {
        latest.set(user, { call, endUs: flow.endUs });
        continue;
      }
      together.unite(known.call, call);
      known.endUs = Math.max(known.endUs, flow.endUs);
    }
}
