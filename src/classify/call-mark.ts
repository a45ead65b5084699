import type { Call } from "../callflow/call.ts";
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

/** The `scenario` column of a call's flows. */
export function scenarioText(call: Pick<Call, "scenarios">): string | undefined {
  return call.scenarios.length === 0 ? undefined : call.scenarios.map(({ id }) => id).join(";");
}
