import type { Call, CallLeg } from "../callflow/call.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { clock, ladderOf, type Step, stepText } from "./ladder-steps.ts";
import { wrapText } from "./wrap-text.ts";

/** Before the posts stands the time of day. */
const MARGIN = " ".repeat(14);
/** Room for the name of a post; where there is less, posts have numbers. */
const LEAST_COLUMN = 24;
const MOST_COLUMN = 40;
const LEAST_NUMBERED = 5;

/** A call as a ladder for a terminal: who stands above, each flow as an arrow from its client to its server. */
export function textLadder(call: Call, width: number): string {
  const { participants, steps, leftOut } = ladderOf(call);
  const room = Math.floor((width - MARGIN.length) / Math.max(1, participants.length));
  const isNumbered = room < LEAST_COLUMN;
  const column = isNumbered ? Math.max(LEAST_NUMBERED, room) : Math.min(MOST_COLUMN, room);
  const row = (texts: readonly string[]): string =>
    `${MARGIN}${texts.map((text) => centred(text, column)).join("")}`.trimEnd();
  const posts = row(participants.map(() => "|"));
  const scenarios = call.scenarios.map(({ id }) => id).join(";") || "no documented scenario";
  const lines = [call.id, ...wrapText(`${scenarios}: ${call.verdict}`, width), ""];
  const names = participants.map(({ name }) => terminalSafe(name));
  if (isNumbered) {
    lines.push(...names.flatMap((name, i) => wrapText(`${i + 1} ${name}`, width)), "");
    lines.push(row(names.map((_, i) => `${i + 1}`)));
  } else {
    lines.push(row(names));
  }
  for (const step of steps) lines.push(...stepLines(step, posts, column, width));
  lines.push(posts);
  if (leftOut > 0)
    lines.push(...wrapText(`${leftOut} more flows are left out: calls --legs lists them`, width));
  return `${lines.join("\n")}\n`;
}

/** The arrow, what it is above it, and its verdict behind it; what there is no room for comes below. */
function stepLines({ leg, from, to }: Step, posts: string, column: number, width: number): string[] {
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const span = (right - left) * column - 1;
  const at = MARGIN.length + left * column + Math.floor((column - 1) / 2) + 1;
  const dashes = "-".repeat(Math.max(0, span - 1));
  const time = clock(leg.flow.startUs).padEnd(MARGIN.length);
  const arrow = overlay(time + posts.slice(time.length), at, from < to ? `${dashes}>` : `<${dashes}`);
  const label = terminalSafe(stepText(leg));
  const verdict = terminalSafe(verdictText(leg));
  const isAbove = label.length <= span - 2;
  const isBehind = isAbove && arrow.length + 1 + verdict.length <= width;
  const below = [isAbove ? "" : label, isBehind ? "" : verdict].filter((text) => text !== "").join(", ");
  return [
    isAbove ? overlay(posts, at, centred(label, span)).trimEnd() : posts,
    isBehind ? `${arrow} ${verdict}`.trimEnd() : arrow,
    ...(below === ""
      ? []
      : wrapText(below, Math.max(LEAST_COLUMN, width - MARGIN.length)).map((text) => MARGIN + text)),
  ];
}

function verdictText(leg: CallLeg): string {
  if (leg.part === "checks") return "";
  return leg.verdict === "as-documented" ? "as documented" : `${leg.verdict}: ${leg.how}`;
}

function centred(text: string, width: number): string {
  const cut = text.length > width - 1 ? `${text.slice(0, Math.max(0, width - 2))}\u2026` : text;
  const left = Math.floor((width - cut.length) / 2);
  return " ".repeat(Math.max(0, left)) + cut.padEnd(width - left);
}

function overlay(line: string, at: number, text: string): string {
  return line.slice(0, at) + text + line.slice(at + text.length);
}
