import { type CallOutline, completeCall, outlineCalls } from "../callflow/assemble.ts";
import type { Call } from "../callflow/call.ts";
import type { CallFlow } from "../callflow/call-flow.ts";
import { mayBeHeld } from "../callflow/join-held.ts";
import { MOST_HOLD_S } from "../callflow/flows-by-key.ts";
import type { CallSite } from "../callflow/documented-leg.ts";
import { endKey, placesOf } from "../callflow/dialog-media.ts";
import type { SipDialog } from "../protocols/recognition.ts";
import { addThoseTogether } from "./calls-together.ts";

const SECOND_US = 1_000_000;
/** What can join a call later begins within this time of its end: a broadcast's next segment takes longest, a minute. */
const OVER_US = 120 * SECOND_US;
/** So does what was on hold, where there is room for all that may be. */
const HELD_US = (MOST_HOLD_S + 120) * SECOND_US;
/** A dialog's media begins within this time of its end. */
const DIALOG_US = 40 * SECOND_US;

/**
 * Flows taken in at a time; those that go on, or may be on hold, and are kept; those that go on: with more, calls that go on are put
 * together in two parts.
 */
export interface CallWindowSize {
  readonly fresh: number;
  readonly held: number;
  readonly most: number;
}

export const CALL_WINDOW: CallWindowSize = { fresh: 50_000, held: 50_000, most: 400_000 };

/**
 * Puts flows together into calls as `assembleCalls` does, with no more of them in memory than go on at a time and a
 * window beyond. Takes flows in order of their starts; calls come when they are over, so not in the order of theirs.
 */
export function* callsInTurn(
  flows: Iterable<CallFlow>,
  site: CallSite,
  size: CallWindowSize = CALL_WINDOW,
): Generator<Call> {
  const rest = flows[Symbol.iterator]();
  let next = rest.next();
  let open: CallFlow[] = [];
  while (next.done !== true) {
    const window = open;
    for (let fresh = 0; fresh < size.fresh && next.done !== true; fresh++) {
      window.push(next.value);
      next = rest.next();
    }
    const outlines = outlineCalls(window);
    let going = new Set<CallOutline>();
    open = [];
    if (next.done !== true) {
      const { startUs } = next.value;
      going = goingOn(outlines, window, startUs, HELD_US);
      open = kept(window, outlines, going, startUs);
      if (open.length > size.held) {
        going = goingOn(outlines, window, startUs, OVER_US);
        open = kept(window, outlines, going, startUs);
      }
    }
    if (open.length > size.most) {
      going.clear();
      open = [];
    }
    for (const outline of outlines) if (!going.has(outline)) yield completeCall(outline, site);
  }
}

/** Calls that flows which begin at `next` or later can still be part of; `heldUs`: how long media may be on hold. */
function goingOn(
  outlines: readonly CallOutline[],
  flows: readonly CallFlow[],
  next: number,
  heldUs: number,
): Set<CallOutline> {
  const going = new Set<CallOutline>();
  const offered = offeredLater(flows, next);
  for (const outline of outlines) {
    const { media, checks, offers } = outline.group;
    const isOver = (flow: CallFlow): boolean => flow.endUs + OVER_US < next;
    const isHeld = (flow: CallFlow): boolean => flow.endUs + heldUs >= next && mayBeHeld(flow);
    const isOffered = (flow: CallFlow): boolean => placesOf(flow).some((end) => offered.has(endKey(end)));
    const isOnHold = ({ byeSeconds, endSeconds }: SipDialog): boolean =>
      byeSeconds === undefined && endSeconds * SECOND_US + heldUs >= next;
    if (!media.every(isOver) || !checks.every(isOver) || media.some(isHeld)) going.add(outline);
    else if ([...offers].some(isOnHold)) going.add(outline);
    else if (offered.size > 0 && media.some(isOffered)) going.add(outline);
  }
  addThoseTogether(outlines, flows, going);
  return going;
}

/** Addresses and ports that SIP dialogs offer which go on: their media may begin yet. */
function offeredLater(flows: readonly CallFlow[], next: number): Set<string> {
  const offered = new Set<string>();
  for (const { dialogs } of flows)
    for (const { endSeconds, media } of dialogs)
      if (endSeconds * SECOND_US + DIALOG_US >= next)
        for (const { addresses } of media) for (const end of addresses) offered.add(endKey(end));
  return offered;
}

/** Flows that calls which go on, or begin later, can have, in their order. */
function kept(
  flows: readonly CallFlow[],
  outlines: readonly CallOutline[],
  going: ReadonlySet<CallOutline>,
  next: number,
): CallFlow[] {
  const wanted = new Set<CallFlow>();
  const over = new Set<CallFlow>();
  for (const outline of outlines) {
    const { media, checks, signaling } = outline.group;
    const own = going.has(outline) ? wanted : over;
    for (const flow of media) own.add(flow);
    for (const flow of checks) own.add(flow);
    // Signaling is shown with every call that it comes before.
    if (own === wanted) for (const flow of signaling) own.add(flow);
  }
  return flows.filter((flow) => wanted.has(flow) || (!over.has(flow) && flow.endUs + OVER_US >= next));
}
