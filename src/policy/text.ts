import { styleText } from "node:util";
import { grouped } from "../count-text.ts";
import { proseLines } from "../report/prose.ts";
import { type PolicyCheck, type RuleOutcome, flowText, outcomeText, ruleVerdict } from "./check.ts";

/** Violations shown of each rule. */
const MOST_SHOWN = 5;
/** Columns of the word before a rule's name. */
const MARK_WIDTH = 8;

/** What a check came to, for a terminal: a line a rule, and some violations of those that failed. */
export function checkText(check: PolicyCheck, color: boolean, width: number): string {
  const idWidth = Math.max(...check.outcomes.map(({ rule }) => rule.id.length));
  return check.outcomes.map((outcome) => ruleLines(outcome, idWidth, color, width)).join("");
}

function ruleLines(outcome: RuleOutcome, idWidth: number, color: boolean, width: number): string {
  const { rule, examples, violations } = outcome;
  const [word, style] = ((): [string, "red" | "yellow" | "green" | "dim"] => {
    switch (ruleVerdict(outcome)) {
      case "passed":
        return ["ok", "green"];
      case "none":
        return ["none", "dim"];
      case "failed":
        return rule.severity === "error" ? ["FAILED", "red"] : ["warning", "yellow"];
    }
  })();
  const mark = word.padEnd(MARK_WIDTH);
  const paint = (text: string): string => (color ? styleText(style, text, { validateStream: false }) : text);
  const shown = examples.slice(0, MOST_SHOWN);
  const [first = "", ...more] = proseLines(
    `${mark}${rule.id.padEnd(idWidth)}  ${outcomeText(outcome)}`,
    width,
    0,
    MARK_WIDTH + idWidth + 2,
  );
  const lines = [paint(first.slice(0, MARK_WIDTH)) + first.slice(MARK_WIDTH), ...more];
  for (const { flow, problems } of shown)
    lines.push(...proseLines(`${flowText(flow)}: ${problems.join("; ")}`, width, MARK_WIDTH, MARK_WIDTH + 2));
  if (violations > shown.length) lines.push(`        and ${grouped(violations - shown.length)} more`);
  return `${lines.join("\n")}\n`;
}
