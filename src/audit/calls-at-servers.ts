import type { CallOutline } from "../callflow/assemble.ts";
import { bearsMedia, type CallFlow } from "../callflow/call-flow.ts";
import { outsideUsersOf } from "../callflow/crowds.ts";
import { endKey, mediaByEnd } from "../callflow/dialog-media.ts";
import { SETUP_US } from "../callflow/flows-by-key.ts";
import { CALL_GAP_US } from "../callflow/join-media.ts";

const SECOND_US = 1_000_000;
/** Flows of servers that make new streams are told apart by those that begin within this time. */
const SERVER_US = 12 * SECOND_US;

/**
 * Some flows are joined where there are no others then, at a Mediation Server or at an address that SIP or a relay names:
 * calls there stay as long as one of them does. `flows` in order of time.
 */
export function addThoseAtServers(
  outlines: readonly CallOutline[],
  flows: readonly CallFlow[],
  going: Set<CallOutline>,
): void {
  const together = [
    ...atServers(outlines),
    ...atNamedPlaces(outlines, flows),
    ...atOutsideAddresses(outlines),
  ];
  for (let before = -1; before !== going.size;) {
    before = going.size;
    for (const calls of together)
      if (calls.some((outline) => going.has(outline))) for (const outline of calls) going.add(outline);
  }
}

/** Legs of Mediation Servers and Cloud Connectors that begin near each other. */
function atServers(outlines: readonly CallOutline[]): CallOutline[][] {
  const legs = outlines
    .flatMap((outline) => outline.group.media.filter(isOfServer).map(({ startUs }) => ({ outline, startUs })))
    .sort((x, y) => x.startUs - y.startUs);
  const together: CallOutline[][] = [];
  for (let from = 0; from < legs.length;) {
    let to = from + 1;
    while (to < legs.length && (legs[to]?.startUs ?? 0) - (legs[to - 1]?.startUs ?? 0) <= SERVER_US) to += 1;
    together.push(legs.slice(from, to).map(({ outline }) => outline));
    from = to;
  }
  return together;
}

function isOfServer(flow: CallFlow): boolean {
  const roles = [flow.client.role, flow.server.role];
  return bearsMedia(flow) && (roles.includes("mediation") || roles.includes("cloud-connector"));
}

/** Media at an address outside without a silence between: how many users that has is told by all of it. */
function atOutsideAddresses(outlines: readonly CallOutline[]): CallOutline[][] {
  const byUser = new Map<string, { readonly outline: CallOutline; readonly flow: CallFlow }[]>();
  for (const outline of outlines)
    for (const flow of outline.group.media)
      for (const user of outsideUsersOf(flow)) {
        const known = byUser.get(user);
        if (known === undefined) byUser.set(user, [{ outline, flow }]);
        else known.push({ outline, flow });
      }
  const together: CallOutline[][] = [];
  for (const legs of byUser.values()) {
    legs.sort((x, y) => x.flow.startUs - y.flow.startUs);
    let calls: CallOutline[] = [];
    let endUs = Number.NEGATIVE_INFINITY;
    for (const { outline, flow } of legs) {
      if (flow.startUs > endUs + CALL_GAP_US) together.push((calls = []));
      calls.push(outline);
      endUs = Math.max(endUs, flow.endUs);
    }
  }
  return together;
}

/** Media at each address that a dialog or a relay names. */
function atNamedPlaces(outlines: readonly CallOutline[], flows: readonly CallFlow[]): CallOutline[][] {
  const together: CallOutline[][] = [];
  if (!flows.some(({ dialogs, reported }) => dialogs.length > 0 || reported.length > 0)) return together;
  const outlineOf = new Map<CallFlow, CallOutline>();
  for (const outline of outlines) for (const flow of outline.group.media) outlineOf.set(flow, outline);
  const byEnd = mediaByEnd(flows);
  const add = (indexes: Iterable<number>): void => {
    const calls = new Set<CallOutline>();
    for (const index of indexes) {
      const flow = flows[index];
      const outline = flow === undefined ? undefined : outlineOf.get(flow);
      if (outline !== undefined) calls.add(outline);
    }
    if (calls.size > 1) together.push([...calls]);
  };
  flows.forEach((flow, index) => {
    for (const item of flow.reported) add([index, ...byEnd.during(endKey(item), flow, SETUP_US)]);
    for (const { media, startSeconds, endSeconds } of flow.dialogs)
      for (const key of new Set(media.flatMap(({ addresses }) => addresses.map(endKey))))
        add(byEnd.ofDialog(key, startSeconds, endSeconds));
  });
  return together;
}
