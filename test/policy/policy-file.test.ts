import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { policyFromText } from "../../src/policy/load.ts";
import { o365flow } from "../cli/run.ts";
import { ROOT } from "../support/shared.ts";
import { asymmetric, csvOf, file, folder, home } from "./checking.ts";

describe("the policy file", () => {
  it("of the documentation is taken, and finds what it should", () => {
    const [, yaml = ""] =
      /```yaml\n(.*?)```/s.exec(readFileSync(join(ROOT, "docs", "policy.md"), "utf8")) ?? [];
    const policy = file("documented.yaml", yaml);
    const result = file("documented.csv", csvOf([home, asymmetric]));
    const run = o365flow(["check", result, "--policy", policy]);
    expect(run.status).toBe(1);
    const rules = run.stdout
      .split("\n")
      .slice(1, -1)
      .map((line) => line.split(",")[1]);
    expect(rules).toEqual(["optimize-media-by-expressroute", "nothing-asymmetric", "edge-by-the-primary"]);
  });

  it("has every fault named with its line, column and key", () => {
    const policy = file(
      "bad.yaml",
      `version: 2
rules:
  - id: a b
    match: { client: [10.0.0.0/8], clients: [10.0.0.1/8], categories: [Optimise], ports: 70000 }
    require: { proof: true }
  - id: x
    require: { path: expresroute, max-loss-pct: "2" }
    allow: { percent: 101 }
  - match: 7
  - id: y
    match: { applications: rpt }
    require: { path: local }
`,
    );
    const { status, stdout, stderr } = o365flow(["check", join(folder, "documented.csv"), "-p", policy]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    for (const [place, message] of [
      ["1:10", "version: found 2, wanted 1"],
      ["3:9", "rules[0].id: wanted a name of letters, digits, ., _ and -"],
      ["4:14", 'rules[0].match.client: is no key here; did you mean "clients"?'],
      ["4:46", 'rules[0].match.clients[0]: "10.0.0.1/8" has bits set behind its length'],
      ["4:72", 'rules[0].match.categories[0]: found "Optimise"; did you mean "Optimize"?'],
      ["4:90", 'rules[0].match.ports[0]: "70000" is no port'],
      ["5:14", "rules[0].require: requires nothing"],
      ["7:22", 'rules[1].require.path[0]: found "expresroute"; did you mean "expressroute"?'],
      ["7:49", 'rules[1].require.max-loss-pct: found "2", wanted a number from 0 to 100'],
      ["8:23", "rules[1].allow.percent: found 101, wanted a number from 0 to 100"],
      ["9:5", "rules[2].id: is missing"],
      ["11:28", 'rules[3].match.applications[0]: found "rpt"; did you mean "rtp"?'],
      ["9:5", "rules[2].match: found no mapping, wanted keys: clients, servers"],
    ] as const)
      expect(stderr).toContain(`${policy}:${place}: ${message}`);
  });

  it.each<[string, string]>([
    ["rules: [", "bad-0.yaml:"],
    ["", "found no mapping, wanted keys: version, name, rules"],
    ["version: 1\nrules: []", "rules: is empty"],
    [
      "version: 1\nrules:\n- &a { id: a, require: { path: local } }\n- *a\n",
      'rules[1].id: "a" is the name of an earlier rule',
    ],
    [
      "version: 1\nrules: [{ id: a, match: { from: 2026-02-01, to: 2026-01-01 }, require: { path: local } }]",
      "match.to: is not after from",
    ],
  ])("%j is refused", (yaml, message) => {
    const policy = file("bad-0.yaml", yaml);
    const run = o365flow(["check", join(folder, "documented.csv"), "-p", policy]);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(message);
  });

  it("and the result must be there and hold what the rules ask for", () => {
    const policy = join(folder, "documented.yaml");
    const some = file("some.csv", "flow_id,verdict\nx,ok\n");
    for (const [args, message] of [
      [[some, "-p", policy], "has no column client_ip"],
      [[some], "required option '-p, --policy <file>' not specified"],
      [[some, "-p", join(folder, "none.yaml")], "none.yaml: does not exist"],
      [[join(folder, "none.csv"), "-p", policy], "none.csv does not exist"],
      [
        [join(folder, "documented.csv"), "-p", policy, "--format", "html"],
        "there is no HTML form of these rows",
      ],
    ] as const) {
      const run = o365flow(["check", ...args]);
      expect(run.status).toBe(2);
      expect(run.stderr).toContain(message);
    }
    // A policy asks for the columns of its own rules only.
    const verdicts = file("verdicts.yaml", "version: 1\nrules: [{ id: v, require: { verdicts: ok } }]\n");
    expect(o365flow(["check", some, "-p", verdicts]).status).toBe(0);
  });

  it("any text is a policy or a PolicyError with a place", () => {
    const seed = readFileSync(join(folder, "documented.yaml"), "utf8");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.string({ maxLength: 6 })), { minLength: 1, maxLength: 4 }),
        (cuts) => {
          let text = seed;
          for (const [at, inserted] of cuts) {
            const place = at % text.length;
            text = text.slice(0, place) + inserted + text.slice(place + inserted.length);
          }
          try {
            expect(policyFromText(text, "p.yaml").rules.length).toBeGreaterThan(0);
          } catch (error) {
            expect((error as Error).name).toBe("PolicyError");
            expect((error as Error).message).toMatch(/^p\.yaml:\d+:\d+: /);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
