import { expect, it } from "vitest";
import { ruleVerdict } from "../../src/policy/check.ts";
import { policyFromText } from "../../src/policy/load.ts";

// Not every such product of binary fractions is the decimal one: 0.57 * 10_000 is below 5700 / 100 * 100.
it.each([
  [0.57, 10_000, 57],
  [0.29, 10_000, 29],
  [1.1, 1_000, 11],
  [0.07, 100_000, 70],
])(
  "a rule that allows %f percent of %i flows holds with %i violations, and fails with one more",
  (percent, flows, most) => {
    const text = `version: 1\nrules: [{ id: a, require: { path: local }, allow: { percent: ${percent} } }]`;
    const [rule = expect.fail("no rule")] = policyFromText(text, "policy.yaml").rules;
    const outcome = { rule, flows, unproven: 0, examples: [] };
    expect(ruleVerdict({ ...outcome, violations: most })).toBe("passed");
    expect(ruleVerdict({ ...outcome, violations: most + 1 })).toBe("failed");
  },
);
