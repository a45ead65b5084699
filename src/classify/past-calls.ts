import { firstWhere } from "../first-where.ts";
import type { CallFlow } from "../callflow/call-flow.ts";
import { SIGNALING_US } from "../callflow/group.ts";
import { partiesOf } from "../callflow/join-media.ts";
import { type CallMark, markOfCall, type ToldCall } from "./call-mark.ts";

/** Most calls remembered for signaling that ends after its call's rows were written. */
const MAX_REMEMBERED = 20_000;

/** A call whose rows are written, as far as later signaling of its users is concerned. */
interface PastCall {
  readonly call: ToldCall;
  readonly startUs: number;
  readonly endUs: number;
  /** How many were remembered before it. */
  readonly number: number;
}

/** Calls whose rows are written, by user: signaling may outlive them. */
export class PastCalls {
  /** In the order of their starts: a user that a proxy or a hostile capture makes may have all of them. */
  readonly #calls = new Map<string, PastCall[]>();
  readonly #order: string[] = [];
  #count = 0;

  /** Calls remembered so far, forgotten ones too. */
  get count(): number {
    return this.#count;
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0;
  }

  /** Remembers a call of a user, whose media began and ended at that time; the oldest are forgotten. */
  remember(user: string, call: ToldCall, startUs: number, endUs: number): void {
    const known = this.#calls.get(user);
    const past: PastCall = {
      call: { id: call.id, scenarios: call.scenarios, office365: call.office365 },
      startUs,
      endUs,
      number: this.#count++,
    };
    if (known === undefined) this.#calls.set(user, [past]);
    else
      known.splice(
        firstWhere(known.length, (place) => (known[place]?.startUs ?? 0) > startUs),
        0,
        past,
      );
    this.#order.push(user);
    if (this.#order.length > MAX_REMEMBERED) {
      for (const old of this.#order.splice(0, MAX_REMEMBERED >>> 1)) {
        const list = this.#calls.get(old);
        list?.shift();
        if (list?.length === 0) this.#calls.delete(old);
      }
    }
  }

  /**
   * The call of a signaling flow that outlived it: the first one whose media it came before, or found when its capture began; of
   * the first `count` that were remembered.
   */
  markOf(flow: CallFlow, hasExpressRoute: boolean, count: number = this.#count): CallMark | undefined {
    let first: PastCall | undefined;
    for (const user of partiesOf(flow)) {
      const known = this.#calls.get(user);
      if (known === undefined) continue;
      const place = firstWhere(known.length, (at) => (known[at]?.startUs ?? 0) >= flow.startUs);
      const going = flow.isUnderway ? nextOf(known, place - 1, -1, count) : undefined;
      const past =
        going !== undefined && going.endUs >= flow.startUs ? going : nextOf(known, place, 1, count);
      if (past === undefined || past.startUs > flow.endUs + SIGNALING_US) continue;
      if (first === undefined || past.startUs < first.startUs) first = past;
    }
    if (first === undefined) return undefined;
    return markOfCall(first.call, flow, "signaling", hasExpressRoute);
  }
}

/** The call at a place, or the nearest one that way, which was among the first `count`. */
function nextOf(
  calls: readonly PastCall[],
  place: number,
  step: 1 | -1,
  count: number,
): PastCall | undefined {
  let at = place;
  while ((calls[at]?.number ?? -1) >= count) at += step;
  return calls[at];
}
