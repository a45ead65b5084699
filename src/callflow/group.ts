import { compareText } from "../compare-text.ts";
import { NO_ITEMS } from "../no-items.ts";
import type { SipDialog } from "../protocols/recognition.ts";
import { type CallFlow, makesCall } from "./call-flow.ts";
import { mediaByEnd, mediaOfDialog } from "./dialog-media.ts";
import { carrierKey, type JoinedMedia, joinMedia, partiesOf } from "./join-media.ts";
import type { Sets } from "./sets.ts";
import { offersStrangers } from "./strangers.ts";

/** Flows of one call, each list in order of time. */
export interface CallGroup {
  /** Not empty. */
  readonly media: CallFlow[];
  readonly checks: CallFlow[];
  readonly signaling: CallFlow[];
  /** Dialogs of readable SIP that set its media up. */
  readonly offers: ReadonlySet<SipDialog>;
  /** Its user shares an address outside with others: signaling from there may be anybody's. */
  isOfCrowd: boolean;
}

/** Signaling of the same client as long as this before its media belongs to the call (docs/calls.md). */
export const SIGNALING_US = 30_000_000;
/** The same in whole seconds, and one more: the clocks of two captures may differ by it. */
export const SIGNALING_SECONDS: number = SIGNALING_US / 1e6 + 1;
/** Calls that a signaling flow is shown with, as many as come to this for each flow there is. */
const CALLS_PER_FLOW = 64;
const NO_OFFERS: ReadonlySet<SipDialog> = new Set();

/**
 * Groups flows into calls. `flows` in any order; calls come in order of their first media flow. Signaling goes to
 * every call whose media it comes before; what belongs to no call is left out.
 */
export function groupCalls(unsorted: readonly CallFlow[]): CallGroup[] {
  const flows = unsorted.toSorted(compareFlows);
  const joined = joinMedia(flows);
  const { owners: dialogs, bySet } = offersOf(flows, joined.sets);
  const groups = mediaGroups(flows, joined, bySet);
  // One connection may last for all calls of a week; a hostile capture has as many connections as calls.
  const signaling = flows.reduce((count, flow) => count + (isSignaling(flow) ? 1 : 0), 0);
  const mostCalls = Math.floor((CALLS_PER_FLOW * flows.length) / Math.max(1, signaling));
  flows.forEach((flow, index) => {
    if (makesCall(flow)) return;
    if (flow.trafficType === "media") groups.get(joined.sets.find(index))?.checks.push(flow);
    else if (isSignaling(flow))
      for (const owner of ownersOf(flow, dialogs.get(index) ?? NO_ITEMS, joined, mostCalls))
        groups.get(owner)?.signaling.push(flow);
  });
  return [...groups.values()];
}

/** Groups of media alone, by their sets. */
function mediaGroups(
  flows: readonly CallFlow[],
  { sets, crowded }: JoinedMedia,
  offers: Offers["bySet"],
): Map<number, CallGroup> {
  const groups = new Map<number, CallGroup>();
  flows.forEach((flow, index) => {
    if (!makesCall(flow)) return;
    const set = sets.find(index);
    const group = groups.get(set);
    if (group === undefined)
      groups.set(set, {
        media: [flow],
        checks: [],
        signaling: [],
        offers: offers.get(set) ?? NO_OFFERS,
        isOfCrowd: crowded.has(index),
      });
    else {
      group.media.push(flow);
      if (crowded.has(index)) group.isOfCrowd = true;
    }
  });
  return groups;
}

/** The sets of media that a signaling flow belongs to: those of its dialogs, and of its users' calls that it comes before. */
function ownersOf(
  flow: CallFlow,
  ofDialogs: readonly number[],
  { sets, spans }: JoinedMedia,
  mostCalls: number,
): Set<number> {
  const { startUs, endUs, isUnderway } = flow;
  const kind = flow.hostRole === "broadcast-portal" ? "broadcast" : "other";
  const owners = new Set<number>(ofDialogs);
  for (const party of partiesOf(flow)) {
    const ofUser = [party, `${kind} ${party}`];
    // A connection from before the capture was there before a call that goes on when its first packet comes, too.
    for (const key of isUnderway ? ofUser : []) {
      const going = spans.around(key, startUs, startUs, 0, 0);
      if (going !== undefined) owners.add(sets.find(going.first));
    }
    for (const key of [...ofUser, carrierKey(party)]) {
      const begun = spans.beginning(key, startUs, endUs + SIGNALING_US, mostCalls);
      for (const span of begun) owners.add(sets.find(span.first));
    }
  }
  return owners;
}

function isSignaling(flow: CallFlow): boolean {
  return flow.trafficType === "signaling" || flow.hostRole === "broadcast-portal";
}

/** Media that readable SIP sets up. */
interface Offers {
  /** Its sets, by the index of the flow with the SIP. */
  readonly owners: ReadonlyMap<number, readonly number[]>;
  /** The dialogs of each set. */
  readonly bySet: ReadonlyMap<number, ReadonlySet<SipDialog>>;
}

function offersOf(flows: readonly CallFlow[], sets: Sets): Offers {
  const owners = new Map<number, readonly number[]>();
  const bySet = new Map<number, Set<SipDialog>>();
  if (!flows.some((flow) => flow.dialogs.length > 0)) return { owners, bySet };
  const byEnd = mediaByEnd(flows);
  flows.forEach((flow, index) => {
    const found = new Set<number>();
    for (const dialog of flow.dialogs) {
      const media = [...mediaOfDialog(dialog, flow, flows, byEnd, sets)];
      if (offersStrangers(dialog, media, flows)) continue;
      for (const other of media) {
        const set = sets.find(other);
        found.add(set);
        const known = bySet.get(set);
        if (known === undefined) bySet.set(set, new Set([dialog]));
        else known.add(dialog);
      }
    }
    if (found.size > 0) owners.set(index, [...found]);
  });
  return { owners, bySet };
}

export function compareFlows(x: CallFlow, y: CallFlow): number {
  return x.startUs - y.startUs || x.endUs - y.endUs || compareText(x.flowId, y.flowId);
}
