import type { Call, CallLeg } from "../callflow/call.ts";
import type { CallEnd } from "../callflow/call-flow.ts";
import { placeOf } from "../callflow/leg-kind.ts";
import { timeText } from "./cells.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { takenPath } from "./call-leg-rows.ts";

/** Most participants and lines of a ladder; a call with more says how many are left out. */
const MAX_PARTICIPANTS = 8;
const MAX_LINES = 200;
const LEAST_COLUMN = 24;

interface Participant {
  readonly key: string;
  readonly name: string;
}

interface Step {
  readonly leg: CallLeg;
  readonly from: number;
  readonly to: number;
}

interface Ladder {
  readonly participants: readonly Participant[];
  readonly steps: readonly Step[];
  readonly leftOut: number;
}

function ladderOf(call: Call): Ladder {
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
    (x, y) => x.flow.startUs - y.flow.startUs || (x.flow.flowId < y.flow.flowId ? -1 : 1),
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

function stepText(leg: CallLeg): string {
  const what = leg.part === "media" ? (leg.flow.modality ?? "media") : leg.part;
  return `${what} (${leg.flow.application}) ${takenPath(leg)}`;
}

function verdictText(leg: CallLeg): string {
  if (leg.part === "checks") return "";
  return leg.verdict === "as-documented" ? " as documented" : ` ${leg.verdict}: ${leg.how}`;
}

/** A call as a ladder for a terminal: who stands above, each flow as an arrow from its client to its server. */
export function textLadder(call: Call, width: number): string {
  const { participants, steps, leftOut } = ladderOf(call);
  const column = Math.max(
    LEAST_COLUMN,
    Math.min(40, Math.floor((width - 14) / Math.max(1, participants.length))),
  );
  const margin = " ".repeat(14);
  const lines = [
    `${call.id}  ${call.scenarios.map(({ id }) => id).join(";") || "no documented scenario"}: ${call.verdict}`,
    "",
    `${margin}${participants.map(({ name }) => centred(terminalSafe(name), column)).join("")}`.trimEnd(),
  ];
  const posts = (mark: string): string => participants.map(() => centred(mark, column)).join("");
  for (const { leg, from, to } of steps) {
    const [left, right] = [Math.min(from, to), Math.max(from, to)];
    const span = (right - left) * column - 1;
    const at = left * column + Math.floor((column - 1) / 2) + 1;
    const label = terminalSafe(stepText(leg)).slice(0, Math.max(0, span - 2));
    const dashes = "-".repeat(Math.max(0, span - 1));
    const arrow = from < to ? `${dashes}>` : `<${dashes}`;
    lines.push(`${margin}${overlay(posts("|"), at, centred(label, span))}`.trimEnd());
    lines.push(
      `${clock(leg.flow.startUs)} ${overlay(posts("|"), at, arrow)}`.trimEnd() +
        terminalSafe(verdictText(leg)),
    );
  }
  lines.push(`${margin}${posts("|")}`.trimEnd());
  if (leftOut > 0) lines.push(`${leftOut} more flows are left out: calls --legs lists them`);
  return `${lines.join("\n")}\n`;
}

/** The same as a Mermaid sequence diagram. */
export function mermaidLadder(call: Call): string {
  const { participants, steps, leftOut } = ladderOf(call);
  const lines = ["sequenceDiagram", "  autonumber"];
  participants.forEach(({ name }, i) => lines.push(`  participant p${i} as ${mermaidText(name)}`));
  for (const { leg, from, to } of steps) {
    lines.push(`  p${from}->>p${to}: ${mermaidText(`${clock(leg.flow.startUs)} ${stepText(leg)}`)}`);
    if (leg.verdict !== "as-documented" && leg.part !== "checks")
      lines.push(
        `  Note over p${Math.min(from, to)},p${Math.max(from, to)}: ${mermaidText(`${leg.verdict}: ${leg.how}`)}`,
      );
  }
  if (leftOut > 0 && participants.length > 0)
    lines.push(`  Note over p0: ${leftOut} more flows are left out`);
  return `${lines.join("\n")}\n`;
}

/** Characters that Mermaid reads as its own (; # : quotes, brackets of HTML) become plain ones. */
function mermaidText(text: string): string {
  return terminalSafe(text)
    .replace(/;/g, ",")
    .replace(/["#<>`{}]/g, "");
}

function centred(text: string, width: number): string {
  const cut = text.length > width - 1 ? `${text.slice(0, Math.max(0, width - 2))}\u2026` : text;
  const left = Math.floor((width - cut.length) / 2);
  return " ".repeat(Math.max(0, left)) + cut.padEnd(width - left);
}

function overlay(line: string, at: number, text: string): string {
  return line.slice(0, at) + text + line.slice(at + text.length);
}

/** Time of day, UTC, with milliseconds. */
function clock(us: number): string {
  if (us === 0) return "             ";
  const seconds = Math.floor(us / 1e6);
  const nanoseconds = Math.round(us - seconds * 1e6) * 1000;
  return ` ${timeText({ seconds, nanoseconds, fine: false }, "iso").slice(11, 23)}`;
}
