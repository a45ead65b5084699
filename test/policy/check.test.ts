import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import { policyFromText } from "../../src/policy/load.ts";
import { FLOW_COLUMNS } from "../../src/report/columns.ts";
import { csvWriter } from "../../src/report/csv.ts";
import { parquetWriter } from "../../src/report/parquet.ts";
import { o365flow, o365flowEach, type Run } from "../cli/run.ts";
import { rowWith } from "../results/flow-rows.ts";
import { ROOT } from "../support/shared.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function csvOf(rows: readonly FlowRow[]): string {
  const form = { time: "iso", eol: "lf", bom: false, width: 80, color: false } as const;
  const writer = csvWriter<FlowRow>({ columns: FLOW_COLUMNS, ...form });
  return writer.begin() + writer.rows(rows) + writer.end();
}

let files = 0;
/** The command that checks rows against rules, each given as YAML in flow style. */
function command(rows: readonly FlowRow[], rules: readonly string[], ...args: string[]): string[] {
  const result = file(`flows-${++files}.csv`, csvOf(rows));
  const policy = file(
    `policy-${files}.yaml`,
    `version: 1\nrules:\n${rules.map((rule, i) => `  - { id: rule-${i}, ${rule} }\n`).join("")}`,
  );
  return ["check", result, "--policy", policy, ...args];
}

function check(rows: readonly FlowRow[], rules: readonly string[], ...args: string[]): Run {
  return o365flow(command(rows, rules, ...args));
}

const media = rowWith({ traffic_type: "media", application: "rtp", transport: "udp", server_port: 3479 });
const home = rowWith({ ...media, client_ip: "10.20.30.41" });
const asymmetric = rowWith({
  ...home,
  path_back: "internet",
  path_back_name: "isp-a",
  symmetry: "asymmetric",
  verdict: "asymmetric",
});
const unseen = rowWith({
  ...home,
  path_out: "unknown",
  path_out_name: undefined,
  path_back: "none",
  path_back_name: undefined,
  symmetry: "one-way",
  verdict: "unproven",
});

describe("a rule", () => {
  const byExpressRoute = "require: { path: expressroute }";

  const rules: readonly (readonly [string, FlowRow, string, 0 | 1])[] = [
    ["holds where both directions took the path", home, byExpressRoute, 0],
    ["is violated by one direction", asymmetric, byExpressRoute, 1],
    [
      "of the way out only does not look at the way back",
      asymmetric,
      "require: { path-out: expressroute }",
      0,
    ],
    [
      "may name a direction besides both",
      asymmetric,
      "require: { path: expressroute, path-back: internet }",
      0,
    ],
    ["is not violated by what was not seen", unseen, byExpressRoute, 0],
    ["that demands proof is", unseen, "require: { path: expressroute, proof: true }", 1],
    ["may take unknown and none", unseen, "require: { path: [expressroute, unknown, none], proof: true }", 0],
    ["is violated by a flow that moved", rowWith({ path_out: "mixed" }), byExpressRoute, 1],
    ["of names fits globs", home, "require: { path-names: 'ER-*' }", 0],
    ["of names is violated by another name", asymmetric, "require: { path-names: er-london }", 1],
    ["of symmetry is not violated by one-way", unseen, "require: { symmetry: symmetric }", 0],
    [
      "of symmetry is violated by suspect",
      rowWith({ symmetry: "suspect" }),
      "require: { symmetry: symmetric }",
      1,
    ],
    ["of verdicts is violated by another", asymmetric, "require: { verdicts: [ok, mixed] }", 1],
    ["of verdicts is not violated by unproven", unseen, "require: { verdicts: ok }", 0],
    ["of quality is violated by poor", rowWith({ quality: "poor" }), "require: { quality: good }", 1],
    ["of quality is not violated by what was not measured", home, "require: { quality: good }", 0],
    ["of loss keeps its limit", rowWith({ loss_pct: 1 }), "require: { max-loss-pct: 1 }", 0],
    ["of loss is violated beyond it", rowWith({ loss_pct: 1.001 }), "require: { max-loss-pct: 1 }", 1],
    ["of MOS is violated below it", rowWith({ mos: 3.4 }), "require: { min-mos: 3.5 }", 1],
    ["that only warns fails nothing", asymmetric, `severity: warning, ${byExpressRoute}`, 0],
    ["allows so many violations", asymmetric, `allow: { flows: 1 }, ${byExpressRoute}`, 0],
    ["allows so large a share", asymmetric, `allow: { percent: 99 }, ${byExpressRoute}`, 1],
    ["fails for want of flows", home, `match: { clients: 192.0.2.1 }, min-flows: 1, ${byExpressRoute}`, 1],
    ["without flows fails nothing", asymmetric, `match: { clients: 192.0.2.1 }, ${byExpressRoute}`, 0],
  ];
  const choices: readonly (readonly [string, Partial<FlowRow>])[] = [
    ["clients: 10.20.0.0/16", { client_ip: "10.21.0.1" }],
    ["clients: [192.0.2.0/24, '2001:db8::/32', 10.20.30.41]", { client_ip: "2001:db9::1" }],
    ["servers: 52.112.0.0/14", { server_ip: "13.107.136.9" }],
    ["hosts: '*.microsoft.com'", { host: undefined }],
    ["ports: [80, '440-443']", { server_port: 444 }],
    ["transports: tcp", { transport: "udp" }],
    ["applications: tls", { application: "quic" }],
    ["traffic-types: [media, signaling]", { traffic_type: "data" }],
    ["service-areas: Skype", { service_area: "Exchange" }],
    ["categories: Optimize", { category: undefined }],
    ["eligible: true", { er_eligible: undefined }],
    ["required: true", { required: false }],
    ["expected-paths: expressroute", { expected_path: "internet" }],
    ["client-zones: internal", { client_zone: "remote" }],
    ["server-zones: microsoft", { server_zone: "internet" }],
    ["captures: 'er-*'", { capture: "isp-tap.pcap" }],
    ["from: 2026-03-03", { start: { seconds: 1_772_000_000, nanoseconds: 0, fine: false } }],
    ["to: 2026-03-03T09:00:01Z", { start: undefined }],
  ];
  let ofRules: Run[] = [];
  let ofChoices: Run[] = [];
  beforeAll(() => {
    ofRules = o365flowEach(rules.map(([, row, rule]) => ({ args: command([row], [rule]) })));
    ofChoices = o365flowEach(
      choices.map(([choice, other]) => {
        const both = ["match", "except"].map((key) => `${key}: { ${choice} }, require: { verdicts: mixed }`);
        return { args: command([rowWith({}), rowWith(other)], both, "--json", "-q") };
      }),
    );
  });

  it.each(rules.map(([name, , rule, status], i) => [name, rule, status, i] as const))(
    "%s",
    (_name, rule, status, i) => {
      const run = ofRules[i] ?? expect.fail("it was not run");
      expect(run.status).toBe(status);
      expect(run.stdout.trimEnd().split("\n").length > 1).toBe(
        status === 1 || rule.includes("warning") || rule.includes("flows: 1"),
      );
    },
  );

  it.each(choices.map(([choice], i) => [choice, i] as const))("matches by { %s }", (_choice, i) => {
    const { stdout } = ofChoices[i] ?? expect.fail("it was not run");
    const violations = JSON.parse(stdout) as { rule: string; line: number }[];
    expect(violations.map(({ rule, line }) => [rule, line])).toEqual([
      ["rule-0", 2],
      ["rule-1", 3],
    ]);
  });

  it("knows your side where Microsoft opened the flow", () => {
    const inbound = rowWith({
      ...{ client_ip: "52.101.1.1", client_zone: "microsoft", server_ip: "192.0.2.25" },
      ...{ server_zone: "on-premises-server", verdict: "asymmetric" },
    });
    expect(check([inbound], ["match: { clients: 192.0.2.25 }, require: { verdicts: ok }"]).status).toBe(1);
  });
});

describe("the output", () => {
  const hostile = rowWith({ ...asymmetric, host: `a]]>&"<b>\u001b[31m`, flow_id: "=1+1" });
  const rules = [
    "description: 'media & <Optimize>', match: { traffic-types: media }, require: { path: expressroute }",
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
    expect(stderr).toContain("3 flows, 4 rules: 0 hold, 2 failed, 1 warned, 1 without flows");
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
    expect(xml).toContain("media &amp; &lt;Optimize&gt;");
    expect(xml.match(/<testcase /g)).toHaveLength(4);
    expect(xml.match(/<failure /g)).toHaveLength(2);
    expect(xml).toContain('a]]&gt;&amp;"&lt;b&gt;\ufffd[31m');
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
});

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
      [[some, "-p", join(folder, "none.yaml")], "none.yaml: cannot be read (ENOENT)"],
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
