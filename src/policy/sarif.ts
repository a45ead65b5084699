import { sep } from "node:path";
import { terminalSafe } from "../files/shown-name.ts";
import {
  type PolicyCheck,
  type RuleOutcome,
  type Violation,
  flowText,
  outcomeText,
  ruleVerdict,
  tooFew,
  withinAllowance,
} from "./check.ts";

/** Where the rows of a result stand. */
export interface SarifResult {
  /** Path as the user gave it. */
  readonly file: string;
  /** True where rows have lines: of a text, not of Parquet. */
  readonly hasLines: boolean;
}

/** What a check came to as SARIF 2.1.0, which code hosts show: a violation is a result at its line. */
export function sarifText(check: PolicyCheck, result: SarifResult, version: string): string {
  const { outcomes, policy } = check;
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "o365flow check",
            semanticVersion: version,
            rules: outcomes.map(({ rule }) => ({
              id: rule.id,
              ...descriptionsOf(rule.description ?? rule.id),
              defaultConfiguration: { level: rule.severity },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        invocations: [{ executionSuccessful: true }],
        results: outcomes.flatMap((outcome, index) => resultsOf(outcome, index, result, policy.file)),
        properties: {
          flows: check.flows,
          rules: Object.fromEntries(
            outcomes.map((outcome) => [
              outcome.rule.id,
              {
                outcome: ruleVerdict(outcome),
                flows: outcome.flows,
                violations: outcome.violations,
                unproven: outcome.unproven,
                resultsLeftOut: outcome.violations - shownOf(outcome).length,
              },
            ]),
          ),
        },
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function resultsOf(outcome: RuleOutcome, index: number, result: SarifResult, policy: string): unknown[] {
  const { rule } = outcome;
  const base = { ruleId: rule.id, ruleIndex: index, level: rule.severity };
  const few = {
    ...base,
    message: { text: `${rule.id}: ${outcomeText(outcome)}` },
    locations: [locationOf(policy, rule.line)],
  };
  const shown = shownOf(outcome).map((violation) => ({
    ...base,
    message: { text: terminalSafe(`${flowText(violation.flow)}: ${violation.problems.join("; ")}`) },
    locations: [flowLocation(violation, result)],
    partialFingerprints: {
      "flow/v1": terminalSafe(`${rule.id}/${violation.flow.flow_id ?? violation.line}`),
    },
  }));
  return tooFew(outcome) ? [few, ...shown] : shown;
}

/** Violations that are results of their own: none of those that the rule allows. */
function shownOf(outcome: RuleOutcome): readonly Violation[] {
  return withinAllowance(outcome) ? [] : outcome.examples;
}

/** A description's first line, and all of it where it has several. */
function descriptionsOf(text: string): Record<string, { text: string }> {
  const lines = text.trim().split(/\r?\n/).map(terminalSafe);
  const whole = lines.length > 1 ? { fullDescription: { text: lines.join("\n") } } : {};
  return { shortDescription: { text: lines[0] ?? "" }, ...whole };
}

function flowLocation({ flow, line }: Violation, { file, hasLines }: SarifResult): unknown {
  return {
    ...locationOf(file, hasLines ? line : undefined),
    logicalLocations: [{ name: terminalSafe(flow.flow_id ?? `row ${line}`), kind: "object" }],
  };
}

function locationOf(file: string, line: number | undefined): Record<string, unknown> {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      ...(line === undefined ? {} : { region: { startLine: line } }),
    },
  };
}

/** A path as a relative reference (RFC 3986): with / between its parts, and what a URI gives a meaning escaped. */
function uriOf(file: string): string {
  const isWindows = sep === "\\";
  const path = isWindows ? file.replaceAll(sep, "/") : file.replace(/^\/+/, "/");
  const uri = encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  // A drive and a share are places of a whole URI (RFC 8089, appendix E).
  if (isWindows && /^[A-Za-z]:\//.test(path)) return `file:///${uri}`;
  if (isWindows && path.startsWith("//")) return `file:${uri}`;
  // What stands before a colon in the first part would be a scheme (section 4.2).
  return /^[^/:]*:/.test(uri) ? `./${uri}` : uri;
}
