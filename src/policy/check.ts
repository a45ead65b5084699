import { counted, grouped } from "../count-text.ts";
import type { ResultFlow } from "../results/flow-result.ts";
import { choiceTest } from "./flow-choice.ts";
import type { Policy, Rule } from "./load.ts";
import { type Finding, requirementTest } from "./requirement.ts";

/** A flow that violates a rule. */
export interface Violation {
  readonly rule: Rule;
  readonly flow: ResultFlow;
  /** Line of the result, from 1; in Parquet the number of the row. */
  readonly line: number;
  readonly problems: readonly string[];
}

/** What a rule came to. */
export interface RuleOutcome {
  readonly rule: Rule;
  /** Flows that the rule is about. */
  flows: number;
  violations: number;
  /** Flows of which something required was not seen, and nothing contradicts it. */
  unproven: number;
  /** The first violations. */
  readonly examples: Violation[];
}

/** `none`: no flow was there that the rule is about. */
export type RuleVerdict = "passed" | "failed" | "none";

/** Most violations of one rule that are kept as examples. */
const MOST_EXAMPLES = 1_000;

interface CompiledRule {
  readonly outcome: RuleOutcome;
  readonly isAbout: (flow: ResultFlow) => boolean;
  readonly hold: (flow: ResultFlow) => Finding;
}

/** Holds flows against a policy, one after the other. */
export class PolicyCheck {
  readonly policy: Policy;
  readonly #rules: readonly CompiledRule[];
  flows = 0;

  constructor(policy: Policy) {
    this.policy = policy;
    this.#rules = policy.rules.map((rule) => {
      const about = choiceTest(rule.match);
      const exceptions = (rule.except ?? []).map(choiceTest);
      return {
        outcome: { rule, flows: 0, violations: 0, unproven: 0, examples: [] },
        isAbout: (flow) => about(flow) && !exceptions.some((test) => test(flow)),
        hold: requirementTest(rule.require),
      };
    });
  }

  /** The rules that a flow violates. */
  add(flow: ResultFlow, line: number): Violation[] {
    this.flows += 1;
    const violations: Violation[] = [];
    for (const { outcome, isAbout, hold } of this.#rules) {
      if (!isAbout(flow)) continue;
      outcome.flows += 1;
      const { problems, open } = hold(flow);
      if (problems.length > 0) {
        const violation = { rule: outcome.rule, flow, line, problems };
        outcome.violations += 1;
        if (outcome.examples.length < MOST_EXAMPLES) outcome.examples.push(violation);
        violations.push(violation);
      } else if (open.length > 0) outcome.unproven += 1;
    }
    return violations;
  }

  get outcomes(): readonly RuleOutcome[] {
    return this.#rules.map(({ outcome }) => outcome);
  }

  /** True when a rule of severity `error` failed. */
  get failed(): boolean {
    return this.outcomes.some(
      (outcome) => outcome.rule.severity === "error" && ruleVerdict(outcome) === "failed",
    );
  }
}

/** Too few flows, or more violations than the rule allows. */
export function ruleVerdict(outcome: RuleOutcome): RuleVerdict {
  if (tooFew(outcome)) return "failed";
  if (outcome.flows === 0) return "none";
  return withinAllowance(outcome) ? "passed" : "failed";
}

/** True where a rule has no more violations than it allows. */
export function withinAllowance({ rule, flows, violations }: RuleOutcome): boolean {
  const { flows: allowed = 0, percent = 0 } = rule.allow ?? {};
  // 0.57 % of 10,000 is 57, but 0.57 * 10_000 is a trifle less.
  const share = percent * flows * (1 + Number.EPSILON * 2);
  return violations <= allowed || violations * 100 <= share;
}

/** True where the rule wants to see more flows than there are. */
export function tooFew({ rule, flows }: RuleOutcome): boolean {
  return flows < (rule["min-flows"] ?? 0);
}

/** What a rule came to, in one line without its name. */
export function outcomeText(outcome: RuleOutcome): string {
  const { rule, flows, violations, unproven } = outcome;
  if (tooFew(outcome)) return `${counted(flows, "flow")}, wanted at least ${grouped(rule["min-flows"] ?? 0)}`;
  if (flows === 0) return "no flow that it is about";
  const allowed = violations > 0 && ruleVerdict(outcome) === "passed" ? " (allowed)" : "";
  const open = unproven === 0 ? "" : `, ${grouped(unproven)} not proven`;
  return `${grouped(violations)} of ${counted(flows, "flow")} violate${violations === 1 ? "s" : ""} it${allowed}${open}`;
}

/** A flow in a few words. */
export function flowText(flow: ResultFlow): string {
  const end = (address: string | undefined, port: number | undefined): string =>
    `${address?.includes(":") === true ? `[${address}]` : (address ?? "?")}:${port ?? "?"}`;
  const server = flow.host === undefined ? "" : ` (${flow.host})`;
  return `${flow.transport ?? ""} ${end(flow.client_ip, flow.client_port)} to ${end(flow.server_ip, flow.server_port)}${server}`.trim();
}
