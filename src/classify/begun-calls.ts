import type { CallOutline } from "../callflow/assemble.ts";
import type { CallLeg } from "../callflow/call.ts";
import type { CallFlow } from "../callflow/call-flow.ts";
import { type CallMark, markOfCall, type ToldCall } from "./call-mark.ts";

interface Part {
  readonly flow: CallFlow;
  readonly part: CallLeg["part"];
}

/** Calls of which rows are written while others wait on: these are told the same. */
export class BegunCalls {
  /** By the `flow_id` of what waits on. */
  readonly #calls = new Map<string, ToldCall>();

  get isEmpty(): boolean {
    return this.#calls.size === 0;
  }

  /**
   * What rows of a call are told: what those were that are written. `ours` are the `flow_id`s of the rows that are about to be,
   * `waiting` those that are over, but not written yet; further parts are still live.
   */
  told(
    outline: CallOutline,
    parts: readonly Part[],
    ours: ReadonlySet<string>,
    waiting: ReadonlySet<string>,
  ): ToldCall {
    const before = parts.map(({ flow }) => this.#calls.get(flow.flowId)).find((known) => known !== undefined);
    const { id, scenarios, office365 } = outline;
    const call = before ?? { id, scenarios, office365 };
    if (!parts.some(({ flow }) => ours.has(flow.flowId))) return call;
    for (const { flow, part } of parts) {
      if (ours.has(flow.flowId)) this.#calls.delete(flow.flowId);
      // Of signaling that is live yet, nobody knows whether an earlier call will be its first.
      else if (part !== "signaling" || waiting.has(flow.flowId)) this.#calls.set(flow.flowId, call);
    }
    return call;
  }

  /** The call of what makes none by itself: SIP, or checks, that end after all media. */
  markOf(flow: CallFlow, hasExpressRoute: boolean): CallMark | undefined {
    const call = this.#calls.get(flow.flowId);
    if (call === undefined) return undefined;
    this.#calls.delete(flow.flowId);
    const part = flow.trafficType === "signaling" ? "signaling" : "media";
    return markOfCall(call, flow, part, hasExpressRoute);
  }
}
