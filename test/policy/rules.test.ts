import { beforeAll, describe, expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import { o365flowEach, type Run } from "../cli/run.ts";
import { rowWith } from "../results/flow-rows.ts";
import { asymmetric, check, command, home, unseen } from "./checking.ts";

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

  it.each([
    ["Microsoft", "52.101.1.1", "microsoft"],
    ["a user outside", "198.51.100.7", "internet"],
    ["a partner", "198.51.100.70", "partner"],
  ] as const)("knows your side where %s opened the flow", (_who, client_ip, client_zone) => {
    const inbound = rowWith({
      ...{ client_ip, client_zone, server_ip: "192.0.2.25" },
      ...{ server_zone: "on-premises-server", verdict: "asymmetric" },
    });
    expect(check([inbound], ["match: { clients: 192.0.2.25 }, require: { verdicts: ok }"]).status).toBe(1);
  });
});
