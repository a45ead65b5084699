import type { Call, CallLeg } from "../callflow/call.ts";
import type { CallFlow } from "../callflow/call-flow.ts";
import { documentedLeg } from "../callflow/documented-leg.ts";
import type { Quality } from "../protocols/stream-quality.ts";
import type { ExpectedPath } from "../words.ts";

/** What a flow's row is told of the call that it belongs to. */
export interface CallMark {
  readonly callId: string;
  /** Ids of the rows of the article that fit, joined by `;`; undefined where none does. */
  readonly scenario: string | undefined;
  /** The call has to do with Office 365, or with a server or partner of the site. */
  readonly concerned: boolean;
  /** Path that a certain scenario documents for this flow. */
  readonly expected: ExpectedPath | undefined;
  /** Where it lacks what went by other flows of the call meanwhile: quality without that loss; `out` is the first direction. */
  readonly quality?: Quality;
}

/** What all rows of a call are told. */
export type ToldCall = Pick<Call, "id" | "scenarios" | "office365">;

/** What a flow's row is told, which has this part in the call. */
export function markOfCall(
  call: ToldCall,
  flow: CallFlow,
  part: CallLeg["part"],
  hasExpressRoute: boolean,
): CallMark {
  const documented = call.office365
    ? documentedLeg(flow, part, call.scenarios, { hasExpressRoute })
    : undefined;
  return {
    callId: call.id,
    scenario: scenarioText(call),
    concerned: call.office365,
    expected: documented?.certain === true ? documented.path : undefined,
  };
}

/** The `scenario` column of a call's flows. */
export function scenarioText(call: Pick<Call, "scenarios">): string | undefined {
  return call.scenarios.length === 0 ? undefined : call.scenarios.map(({ id }) => id).join(";");
}
