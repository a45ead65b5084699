import { styleText } from "node:util";
import { grouped } from "../count-text.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { type PolicyCheck, type RuleOutcome, flowText, outcomeText, ruleVerdict } from "./check.ts";

/** Violations shown of each rule. */
const MOST_SHOWN = 5;

/** What a check came to, for a terminal: a line a rule, and some violations of those that failed. */
export function checkText(check: PolicyCheck, color: boolean): string {
  const width = Math.max(...check.outcomes.map(({ rule }) => rule.id.length));
  return check.outcomes.map((outcome) => ruleLines(outcome, width, color)).join("");
}

function ruleLines(outcome: RuleOutcome, width: number, color: boolean): string {
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
  const mark = color ? styleText(style, word.padEnd(8), { validateStream: false }) : word.padEnd(8);
  const shown = examples.slice(0, MOST_SHOWN);
  const lines = [`${mark}${rule.id.padEnd(width)}  ${outcomeText(outcome)}`];
  for (const { flow, problems } of shown)
    lines.push(terminalSafe(`        ${flowText(flow)}: ${problems.join("; ")}`));
  if (violations > shown.length) lines.push(`        and ${grouped(violations - shown.length)} more`);
  return `${lines.join("\n")}\n`;
}
