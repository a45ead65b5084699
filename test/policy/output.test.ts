import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import { PolicyCheck } from "../../src/policy/check.ts";
import { loadPolicy } from "../../src/policy/load.ts";
import { sarifText } from "../../src/policy/sarif.ts";
import { FLOW_COLUMNS } from "../../src/report/columns.ts";
import { parquetWriter } from "../../src/report/parquet.ts";
import type { ResultFlow } from "../../src/results/flow-result.ts";
import { o365flow } from "../cli/run.ts";
import { rowWith } from "../results/flow-rows.ts";
import { asymmetric, check, file, folder, home } from "./checking.ts";

describe("the output", () => {
  const hostile = rowWith({ ...asymmetric, host: `a]]>&"<b>\u001b[31m`, flow_id: "=1+1" });
  const rules = [
    'description: "media & <Optimize>\\e\\nof London", match: { traffic-types: media }, require: { path: expressroute }',
    "match: { clients: 192.0.2.1 }, require: { path: expressroute }",
    "severity: warning, require: { verdicts: ok }",
    "match: { hosts: nowhere }, min-flows: 2, require: { path: expressroute }",
  ];
  const rows = [home, asymmetric, hostile];

  it("is a row a violation, with its line", () => {
    const { stdout, status, stderr } = check(rows, rules, "--json");
    expect(status).toBe(1);
    const parsed = JSON.parse(stdout) as Record<string, unknown>[];
    expect(parsed.map((row) => [row["rule"], row["line"], row["severity"]])).toEqual([
      ["rule-0", 3, "error"],
      ["rule-2", 3, "warning"],
      ["rule-0", 4, "error"],
      ["rule-2", 4, "warning"],
      ["rule-3", null, "error"],
    ]);
    expect(parsed[0]).toMatchObject({ problem: "back went by internet (isp-a), wanted expressroute" });
    expect(parsed[4]).toMatchObject({ problem: "0 flows, wanted at least 2", flow_id: null });
    expect(stderr).toContain("rule-1: no flow that it is about");
    expect(stderr).toContain("3 flows, 4 rules: 0 held, 2 failed, 1 warned, 1 without flows");
    const schema = JSON.parse(o365flow(["schema", "violations"]).stdout) as { required: string[] };
    expect(Object.keys(parsed[0] ?? {})).toEqual(schema.required);
  });

  it("is a line a rule on a terminal, which nothing of a capture can steer", () => {
    const { stdout } = check(rows, rules, "--format", "table", "-q");
    expect(stdout).toMatch(/^FAILED {2}rule-0 {2}2 of 3 flows violate it$/m);
    expect(stdout).toMatch(/^none {4}rule-1 {2}no flow that it is about$/m);
    expect(stdout).toMatch(/^warning rule-2 {2}2 of 3 flows violate it$/m);
    expect(stdout).not.toContain("\u001b");
  });

  it("is JUnit that an XML parser reads", () => {
    const target = join(folder, "check.xml");
    expect(check(rows, rules, "-o", target, "-q").status).toBe(1);
    const xml = readFileSync(target, "utf8");
    expect(xml).toContain('tests="4" failures="2" errors="0" skipped="1"');
    expect(xml).toContain("media &amp; &lt;Optimize&gt;\\x1b\nof London\n");
    expect(xml.match(/<testcase /g)).toHaveLength(4);
    expect(xml.match(/<failure /g)).toHaveLength(2);
    expect(xml).toContain('a]]&gt;&amp;"&lt;b&gt;\\x1b[31m');
    const python = spawnSync("python3", [
      "-c",
      "import sys, xml.dom.minidom as m; m.parse(sys.argv[1])",
      target,
    ]);
    if (python.error === undefined) expect(python.status).toBe(0);
  });

  it("is SARIF with the line of each violation, and none of the rows of Parquet", () => {
    const target = join(folder, "check.sarif");
    check(rows, rules, "-o", target, "-q");
    interface Sarif {
      version: string;
      runs: { tool: { driver: { rules: { id: string }[] } }; results: SarifResult[] }[];
    }
    interface SarifResult {
      ruleId: string;
      ruleIndex: number;
      level: string;
      locations: {
        physicalLocation: { artifactLocation: { uri: string }; region?: { startLine: number } };
      }[];
    }
    const sarif = JSON.parse(readFileSync(target, "utf8")) as Sarif;
    const [run] = sarif.runs;
    expect(sarif.version).toBe("2.1.0");
    expect(run?.results.map(({ ruleId, level }) => `${ruleId} ${level}`)).toEqual([
      ...["rule-0 error", "rule-0 error", "rule-2 warning", "rule-2 warning", "rule-3 error"],
    ]);
    for (const { ruleId, ruleIndex } of run?.results ?? [])
      expect(run?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(run?.results[0]?.locations[0]?.physicalLocation).toMatchObject({ region: { startLine: 3 } });
    // Too few flows: the rule itself is the place.
    expect(run?.results[4]?.locations[0]?.physicalLocation.artifactLocation.uri).toContain("policy-");

    const writer = parquetWriter<FlowRow>({ columns: FLOW_COLUMNS });
    const parquet = file(
      "rows #1.parquet",
      Buffer.concat([writer.begin(), writer.rows([asymmetric]), writer.end()]),
    );
    const policy = file("one.yaml", "version: 1\nrules: [{ id: one, require: { verdicts: ok } }]\n");
    const { stdout } = o365flow(["check", parquet, "-p", policy, "--format", "sarif", "-q"]);
    const [result] = (JSON.parse(stdout) as Sarif).runs[0]?.results ?? [];
    expect(result?.locations[0]?.physicalLocation.region).toBeUndefined();
    expect(result?.locations[0]?.physicalLocation.artifactLocation.uri).toContain("rows%20%231.parquet");
  });

  it("names a result by a relative reference in SARIF, whose first part with a colon is no scheme", () => {
    const policy = file(
      "reference.yaml",
      "version: 1\nrules: [{ id: one, require: { verdicts: ok }, min-flows: 0 }]\n",
    );
    const uriOf = (name: string): string => {
      const held = new PolicyCheck(loadPolicy(policy));
      held.add(asymmetric as unknown as ResultFlow, 2);
      const log = sarifText(held, { file: name, hasLines: true }, "1.0.0");
      return /"uri": "([^"]*)"/.exec(log)?.[1] ?? "";
    };
    expect(uriOf("javascript:alert(1).csv")).toBe("./javascript:alert(1).csv");
    expect(uriOf("day/09:30.csv")).toBe("day/09:30.csv");
    if (process.platform !== "win32") expect(uriOf("//mnt/x.csv")).toBe("/mnt/x.csv");
    for (const name of ["09:30.csv", "a/b:c.csv"])
      expect(new URL(uriOf(name), "https://example.com/x/").pathname).toBe(`/x/${name}`);
  });

  it("tells in SARIF of too few flows beside their violations, and how many allowed ones are no results", () => {
    const target = join(folder, "few.sarif");
    const few = [
      "match: { traffic-types: media }, min-flows: 5, require: { path: expressroute }",
      "match: { traffic-types: media }, allow: { flows: 2 }, require: { path: expressroute }",
      "match: { traffic-types: media }, min-flows: 5, allow: { flows: 2 }, require: { path: expressroute }",
    ];
    expect(check(rows, few, "-o", target, "-q").status).toBe(1);
    interface Run {
      results: { ruleId: string; message: { text: string } }[];
      properties: { rules: Record<string, { violations: number; resultsLeftOut: number }> };
    }
    const [run] = (JSON.parse(readFileSync(target, "utf8")) as { runs: Run[] }).runs;
    expect(run?.results.map(({ ruleId, message }) => `${ruleId} ${message.text.slice(0, 6)}`)).toEqual([
      ...["rule-0 rule-0", "rule-0 udp 10", "rule-0 udp 10", "rule-2 rule-2"],
    ]);
    expect(Object.values(run?.properties.rules ?? {}).map((rule) => rule.resultsLeftOut)).toEqual([0, 2, 2]);
  });

  it("has a description of several lines whole in SARIF, and its first line as the short one", () => {
    const policy = file(
      "lines.yaml",
      "version: 1\nrules:\n  - id: one\n    description: |\n      First.\n      Second\\e.\n    require: { verdicts: ok }\n",
    );
    const held = new PolicyCheck(loadPolicy(policy));
    const log = JSON.parse(sarifText(held, { file: "x.csv", hasLines: true }, "1.0.0")) as {
      runs: { tool: { driver: { rules: unknown[] } } }[];
    };
    expect(log.runs[0]?.tool.driver.rules[0]).toMatchObject({
      shortDescription: { text: "First." },
      fullDescription: { text: "First.\nSecond\\e." },
    });
  });
});
