import type { Call, CallLeg } from "../callflow/call.ts";
import type { CallEnd } from "../callflow/call-flow.ts";
import { placeOf } from "../callflow/leg-kind.ts";
import { compareText } from "../compare-text.ts";
import { timeText } from "./cells.ts";
import { takenPath } from "./call-leg-rows.ts";
import { callInstant } from "./call-times.ts";

/** Most participants and lines of a ladder; a call with more says how many are left out. */
const MAX_PARTICIPANTS = 8;
const MAX_LINES = 200;

export interface Participant {
  readonly key: string;
  readonly name: string;
}

export interface Step {
  readonly leg: CallLeg;
  readonly from: number;
  readonly to: number;
}

export interface Ladder {
  readonly participants: readonly Participant[];
  readonly steps: readonly Step[];
  readonly leftOut: number;
}

/** Participants in the order in which they are met, and the flows between them. */
export function ladderOf(call: Call): Ladder {
  const participants: Participant[] = [];
  const indexOf = (end: CallEnd, other: CallEnd, host: string | undefined): number => {
    const name = participantName(end, other, host);
    const found = participants.findIndex((item) => item.key === end.address);
    if (found >= 0) return found;
    if (participants.length === MAX_PARTICIPANTS) return -1;
    participants.push({ key: end.address, name });
    return participants.length - 1;
  };
  const steps: Step[] = [];
  let leftOut = 0;
  const legs = call.legs.toSorted(
    (x, y) => x.flow.startUs - y.flow.startUs || compareText(x.flow.flowId, y.flow.flowId),
  );
  for (const leg of legs) {
    const { client, server, host } = leg.flow;
    const from = indexOf(client, server, undefined);
    const to = indexOf(server, client, host);
    if (from < 0 || to < 0 || from === to || steps.length === MAX_LINES) leftOut += 1;
    else steps.push({ leg, from, to });
  }
  return { participants, steps, leftOut };
}

function participantName(end: CallEnd, other: CallEnd, host: string | undefined): string {
  const place = placeOf(end, other);
  const what =
    end.role !== undefined
      ? end.role
      : (end.partner?.name ?? (place === "online" ? "Office 365" : place === "inside" ? "user" : place));
  return `${what} ${host === undefined || end.role !== undefined ? end.address : host}`;
}

export function stepText(leg: CallLeg): string {
  const what = leg.part === "media" ? (leg.flow.modality ?? "media") : leg.part;
  return `${what} (${leg.flow.application}) ${takenPath(leg)}`;
}

/** Time of day, UTC, with milliseconds, after a space; as many spaces where a call has no times. */
export function clock(us: number): string {
  const instant = callInstant(us);
  return instant === undefined ? " ".repeat(13) : ` ${timeText(instant, "iso").slice(11, 23)}`;
}
