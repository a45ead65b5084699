import { terminalSafe } from "../files/shown-name.ts";
import {
  type PolicyCheck,
  type RuleOutcome,
  type Violation,
  flowText,
  outcomeText,
  ruleVerdict,
  tooFew,
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
              shortDescription: { text: terminalSafe(rule.description ?? rule.id) },
              defaultConfiguration: { level: rule.severity },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        invocations: [{ executionSuccessful: true }],
        results: outcomes.flatMap((outcome, index) =>
          ruleVerdict(outcome) === "failed" ? resultsOf(outcome, index, result, policy.file) : [],
        ),
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
                resultsLeftOut: outcome.violations - outcome.examples.length,
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
  if (tooFew(outcome))
    return [
      {
        ...base,
        message: { text: `${rule.id}: ${outcomeText(outcome)}` },
        locations: [locationOf(policy, rule.line)],
      },
    ];
  return outcome.examples.map((violation) => ({
    ...base,
    message: { text: terminalSafe(`${flowText(violation.flow)}: ${violation.problems.join("; ")}`) },
    locations: [flowLocation(violation, result)],
    partialFingerprints: {
      "flow/v1": terminalSafe(`${rule.id}/${violation.flow.flow_id ?? violation.line}`),
    },
  }));
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
  const uri = encodeURI(file.replaceAll("\\", "/")).replace(/[?#]/g, encodeURIComponent);
  // What stands before a colon in the first part would be a scheme (section 4.2).
  return /^[^/:]*:/.test(uri) ? `./${uri}` : uri;
}
