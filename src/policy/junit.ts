import { grouped } from "../count-text.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { type PolicyCheck, type RuleOutcome, flowText, outcomeText, ruleVerdict } from "./check.ts";

/** Violations named in the text of a failure. */
const MOST_NAMED = 20;

/** What a check came to as JUnit XML, which CI servers show: a rule is a test case. */
export function junitText(check: PolicyCheck, result: string): string {
  const { outcomes, policy } = check;
  const failed = (outcome: RuleOutcome): boolean =>
    outcome.rule.severity === "error" && ruleVerdict(outcome) === "failed";
  const failures = outcomes.filter(failed).length;
  const skipped = outcomes.filter((outcome) => ruleVerdict(outcome) === "none").length;
  const name = policy.name === "" ? policy.file : policy.name;
  const counts = `tests="${outcomes.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
  const cases = outcomes.map((outcome) => {
    const { rule } = outcome;
    const head = `    <testcase classname=${quoted(name)} name=${quoted(rule.id)} file=${quoted(policy.file)} line="${rule.line}" time="0"`;
    const verdict = ruleVerdict(outcome);
    if (verdict === "none")
      return `${head}>\n      <skipped message=${quoted(outcomeText(outcome))}/>\n    </testcase>\n`;
    const text = detailText(outcome);
    if (failed(outcome))
      return `${head}>\n      <failure type="violation" message=${quoted(outcomeText(outcome))}>${escaped(text)}</failure>\n    </testcase>\n`;
    return `${head}>\n      <system-out>${escaped(verdict === "failed" ? `warning: ${text}` : text)}</system-out>\n    </testcase>\n`;
  });
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="o365flow check" ${counts}>\n` +
    `  <testsuite name=${quoted(name)} ${counts} time="0">\n` +
    `    <properties>\n      <property name="result" value=${quoted(result)}/>\n      <property name="flows" value="${check.flows}"/>\n    </properties>\n` +
    `${cases.join("")}  </testsuite>\n</testsuites>\n`
  );
}

function detailText(outcome: RuleOutcome): string {
  const { rule, examples, violations } = outcome;
  const lines = examples
    .slice(0, MOST_NAMED)
    .map(({ flow, line, problems }) => `line ${line}: ${safe(flowText(flow))}: ${safe(problems.join("; "))}`);
  const more = violations - lines.length;
  if (more > 0) lines.push(`and ${grouped(more)} more`);
  const description = rule.description?.trim().split(/\r?\n/).map(safe) ?? [];
  return [...description, outcomeText(outcome), ...lines].join("\n");
}

/** Characters that XML 1.0 does not allow are, but for two, those that no terminal should see. */
function safe(text: string): string {
  return terminalSafe(text).replace(/[\ufffe\uffff]/g, "\ufffd");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function quoted(text: string): string {
  return `"${escaped(safe(text)).replaceAll('"', "&quot;")}"`;
}
