import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { FlowRow } from "../../src/classify/row.ts";
import { changeOf, type Trend } from "../../src/compare/change.ts";
import { Comparison } from "../../src/compare/comparison.ts";
import { Sample } from "../../src/compare/sample.ts";
import { type Column, FLOW_COLUMNS } from "../../src/report/columns.ts";
import { csvWriter } from "../../src/report/csv.ts";
import { type Run, o365flow } from "../cli/run.ts";
import { rowWith } from "../results/flow-rows.ts";
import { ROOT } from "../support/shared.ts";

const folder = mkdtempSync(join(tmpdir(), "o365flow-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function resultOf(rows: readonly FlowRow[], columns: readonly Column<FlowRow>[] = FLOW_COLUMNS): string {
  const form = { time: "iso", eol: "lf", bom: false, width: 80, color: false } as const;
  const writer = csvWriter<FlowRow>({ columns, ...form });
  const path = join(folder, `result-${++files}.csv`);
  writeFileSync(path, writer.begin() + writer.rows(rows) + writer.end());
  return path;
}

function compare(before: readonly FlowRow[], after: readonly FlowRow[], ...args: string[]): Run {
  return o365flow(["compare", resultOf(before), resultOf(after), ...args]);
}

function changesOf(
  before: readonly FlowRow[],
  after: readonly FlowRow[],
  ...args: string[]
): Record<string, unknown>[] {
  const run = compare(before, after, "--json", "-q", ...args);
  expect(run).toMatchObject({ status: 0, stderr: "" });
  return JSON.parse(run.stdout) as Record<string, unknown>[];
}

const before = rowWith({ client_port: 50_001 });
/** The same kind of flow a day later: other port, other front end, the way back on the Internet. */
const after = rowWith({
  ...{ client_port: 61_234, server_ip: "52.113.194.132", flow_id: "later" },
  ...{ path_back: "internet", path_back_name: "isp-a", symmetry: "asymmetric", verdict: "asymmetric" },
});

describe("o365flow compare", () => {
  it.each(["path_out_name", "host", "application", "verdict", "service_area"])(
    "makes no change of a column that only one result has: %s",
    (left) => {
      const whole = resultOf([before]);
      const less = resultOf(
        [before],
        FLOW_COLUMNS.filter(({ name }) => name !== left),
      );
      for (const results of [
        [whole, less],
        [less, whole],
      ]) {
        const run = o365flow([
          "compare",
          ...results,
          "--all",
          "--json",
          "--fail-on",
          "link,path,appeared,gone",
        ]);
        expect(run.status).toBe(0);
        expect((JSON.parse(run.stdout) as { change: unknown }[]).map(({ change }) => change)).toEqual([
          ...[null, null, null, null],
        ]);
        expect(run.stderr).toContain(`only one of the two results has ${left}: nothing of it is compared`);
      }
    },
  );

  it("finds the flow again under a new port and front end, and says what became of it at every level", () => {
    const rows = changesOf([before], [after]);
    expect(rows.map((row) => row["level"])).toEqual(["all", "service", "subnet", "flow"]);
    for (const row of rows)
      expect(row).toMatchObject({
        change: "symmetry;path",
        trend: "worse",
        text: "asymmetric 0 % -> 100 %; back expressroute -> internet",
        flows_before: 1,
        flows_after: 1,
        path_back_before: "expressroute (er-london)",
        path_back_after: "internet (isp-a)",
      });
    expect(rows[1]).toMatchObject({ service: "Skype Optimize signaling", client: null });
    expect(rows[2]).toMatchObject({ client: "10.20.30.0/24", service: null });
    expect(rows[3]).toMatchObject({
      ...{ client: "10.20.30.41", server: "teams.microsoft.com", server_port: 443, example_after: "later" },
    });
    const schema = JSON.parse(o365flow(["schema", "changes"]).stdout) as { required: string[] };
    expect(Object.keys(rows[0] ?? {})).toEqual(schema.required);
  });

  it("is better the other way round", () => {
    expect(changesOf([after], [before]).map((row) => row["trend"])).toEqual(Array(4).fill("better"));
  });

  it("takes what was not seen for no change", () => {
    const unseen = rowWith({
      path_out: "unknown",
      path_back: "none",
      symmetry: "one-way",
      verdict: "unproven",
    });
    const run = compare([unseen], [before]);
    expect(run.stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(run.stderr).toContain("groups of flows: 0 changed (0 worse), 1 the same");
    expect(run.stderr).toContain("1 without a path seen in both");
  });

  it("tells a move between links of one kind from a change of path", () => {
    const other = rowWith({ path_out_name: "er-london-2", path_back_name: "er-london-2" });
    const [row] = changesOf([before], [other]);
    expect(row).toMatchObject({ change: "link", trend: "neutral" });
    expect(row?.["text"]).toContain("out expressroute (er-london) -> expressroute (er-london-2)");
  });

  it("sees quality change where the path stays", () => {
    const media = { traffic_type: "media", application: "rtp" } as const;
    const good = rowWith({ ...media, loss_pct: 0.1, jitter_ms: 4, rtt_ms: 20, quality: "good" });
    const poor = rowWith({ ...media, loss_pct: 2.35, jitter_ms: 5, rtt_ms: 75, quality: "poor" });
    const [row] = changesOf([good, good, good], [poor, poor, good]);
    expect(row).toMatchObject({
      change: "quality",
      trend: "worse",
      loss_pct_after: 2.35,
      poor_pct_after: 66.667,
    });
    expect(row?.["text"]).toBe("poor 0 -> 66.67 %; loss 0.1 -> 2.35 %; round trip 20 -> 75 ms");
  });

  it("calls a share another from the threshold on, and asymmetry where there was none always", () => {
    const many = Array.from({ length: 400 }, () => before);
    const one = rowWith({ path_out: "internet", path_back: "internet", verdict: "internet-instead" });
    expect(changesOf(many, [...many.slice(3), one, one, one])).toEqual([]);
    expect(changesOf(many, [...many.slice(3), one, one, one], "--threshold", "0.5")).toHaveLength(4);
    const [row] = changesOf(many, [...many.slice(1), after]);
    expect(row).toMatchObject({ change: "symmetry", trend: "worse", text: "asymmetric 0 % -> 0.3 %" });
  });

  it("calls no suspect flow asymmetric", () => {
    const suspect = rowWith({ symmetry: "suspect", verdict: "return-missing" });
    const symmetric = rowWith({ symmetry: "symmetric" });
    const texts = changesOf([symmetric], [suspect]).map((row) => String(row["text"]));
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(text).toMatch(/^suspect 0 % -> 100 %/);
    const [both] = changesOf([suspect, symmetric], [after, after]);
    expect(both?.["text"]).toMatch(/^asymmetric or suspect 50 % -> 100 %/);
  });

  it("keeps apart what differs by host, application or service port, and takes chosen ports for one", () => {
    const others = [
      rowWith({ host: "outlook.office365.com" }),
      rowWith({ application: "quic" }),
      rowWith({ server_port: 8443 }),
      rowWith({ client_ip: "10.20.30.42" }),
    ];
    const gone = changesOf([before], others, "--all", "--only", "flow,gone,appeared");
    expect(gone.map((row) => row["change"]).sort()).toEqual([
      "appeared",
      "appeared",
      "appeared",
      "appeared",
      "gone",
    ]);
    const peer = (port: number): FlowRow =>
      rowWith({ host: undefined, matched_prefix: undefined, server_port: port });
    expect(changesOf([peer(50_010)], [peer(50_020)], "--only", "appeared,gone")).toEqual([]);
  });

  it("--by subnet takes the hosts of a subnet for one", () => {
    const neighbour = rowWith({ ...after, client_ip: "10.20.30.99" });
    expect(changesOf([before], [neighbour], "--only", "flow")).toEqual([]);
    const [row] = changesOf([before], [neighbour], "--only", "flow", "--by", "subnet");
    expect(row).toMatchObject({ client: "10.20.30.0/24", change: "symmetry;path" });
  });

  it("knows prefixes where servers have no name", () => {
    const [x, y] = ["52.112.0.10", "52.113.200.7"].map((server_ip, i) =>
      rowWith({ ...(i === 0 ? before : after), host: undefined, server_ip }),
    );
    const rows = changesOf([x as FlowRow], [y as FlowRow], "--only", "flow");
    expect(rows).toMatchObject([{ server: "52.112.0.0/14", trend: "worse" }]);
  });

  it.each<[string, 0 | 1]>([
    ["path", 1],
    ["symmetry,quality", 1],
    ["worse", 1],
    ["better", 0],
    ["link,quality,gone,appeared", 0],
  ])("--fail-on %s ends with status %i", (words, status) => {
    expect(compare([before], [after], "--fail-on", words).status).toBe(status);
  });

  it("a gate sees what is not shown", () => {
    expect(compare([before], [after, rowWith({ host: "new.example" })], "--fail-on", "appeared").status).toBe(
      1,
    );
    expect(compare([before], [before], "--fail-on", "path,worse,neutral,gone").status).toBe(0);
  });

  it("is a table on a terminal, the worst first, which nothing of a capture can steer", () => {
    const hostile = { host: "\u001b[2Jx" };
    const run = compare([{ ...before, ...hostile }], [{ ...after, ...hostile }], "--format", "table", "-q");
    const lines = run.stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^what +trend +yours/);
    expect(lines[4]).toMatch(/^flow +worse +10\.20\.30\.41 .*asymmetric 0 % -> 100 %/);
    expect(run.stdout).not.toContain("\u001b");
  });

  it("reads what classify wrote of captures", () => {
    const fixture = join(ROOT, "fixtures", "edge-two-interfaces");
    const classify = ["classify", join(fixture, "edge.pcapng"), "--site", join(fixture, "site.yaml"), "-q"];
    const [x, y] = [join(folder, "x.parquet"), join(folder, "y.ndjson")];
    o365flow([...classify, "-o", x]);
    o365flow([...classify, "-o", y]);
    const run = o365flow(["compare", x, y, "--fail-on", "path,link,symmetry,quality,appeared,gone"]);
    expect(run.status).toBe(0);
    expect(run.stderr).toContain("groups of flows: 0 changed (0 worse), 7 the same, 0 appeared, 0 gone");
  });

  it("refuses wrong usage with status 2", () => {
    const result = resultOf([before]);
    for (const [args, message] of [
      [[result, join(folder, "none.csv")], "none.csv does not exist"],
      [["-", "-"], "only one of the two results can come from standard input"],
      [[result, result, "--by", "vlan"], "--by vlan: wanted one of host, subnet"],
      [[result, result, "--threshold", "0"], "--threshold 0: wanted percentage points"],
      [[result, result, "--fail-on", "sideways"], "--fail-on sideways: wanted words out of path"],
      [[result, result, "-o", result], "is one of the inputs"],
    ] as const) {
      const run = o365flow(["compare", ...args]);
      expect(run.status).toBe(2);
      expect(run.stderr).toContain(message);
    }
  });
});

const anyFlow: fc.Arbitrary<FlowRow> = fc
  .record({
    client_ip: fc.constantFrom("10.0.0.1", "10.0.0.2", "2001:db8::1"),
    host: fc.constantFrom("a.example", "b.example", undefined),
    path_out: fc.constantFrom("expressroute" as const, "internet" as const, "unknown" as const),
    path_back: fc.constantFrom("expressroute" as const, "internet" as const, "none" as const),
    symmetry: fc.constantFrom("symmetric" as const, "asymmetric" as const, "unknown" as const),
    verdict: fc.constantFrom("ok" as const, "asymmetric" as const, "unproven" as const),
    loss_pct: fc.constantFrom(undefined, 0, 0.2, 3),
  })
  .map(rowWith);
const flows = fc.array(anyFlow, { maxLength: 30 });

function compared(x: readonly FlowRow[], y: readonly FlowRow[]): Comparison {
  const comparison = new Comparison("host");
  for (const flow of x) comparison.add("before", flow);
  for (const flow of y) comparison.add("after", flow);
  return comparison;
}

describe("any two results", () => {
  it("a result compared with itself in another order has no change", () => {
    fc.assert(
      fc.property(flows, (rows) => {
        for (const group of compared(rows, [...rows].reverse()).groups)
          expect(changeOf(group, 1)).toMatchObject({ kinds: [], trend: "neutral" });
      }),
    );
  });

  it("swapped, the same groups change, and better is worse", () => {
    const turned: Readonly<Record<Trend, Trend>> = {
      ...{ worse: "better", better: "worse", both: "both", neutral: "neutral" },
    };
    fc.assert(
      fc.property(flows, flows, (x, y) => {
        const trends = (comparison: Comparison): Map<string, Trend> =>
          new Map(comparison.groups.map((group) => [JSON.stringify(group.key), changeOf(group, 1).trend]));
        const forth = trends(compared(x, y));
        const back = trends(compared(y, x));
        expect(back.size).toBe(forth.size);
        for (const [key, trend] of forth) expect(back.get(key)).toBe(turned[trend]);
      }),
    );
  });

  it("every flow is counted once at every level", () => {
    fc.assert(
      fc.property(flows, flows, (x, y) => {
        for (const level of ["all", "service", "subnet", "flow"]) {
          const groups = compared(x, y).groups.filter(({ key }) => key.level === level);
          expect(groups.reduce((sum, group) => sum + group.before.flows, 0)).toBe(x.length);
          expect(groups.reduce((sum, group) => sum + group.after.flows, 0)).toBe(y.length);
        }
      }),
    );
  });

  it("a median of many values is near the middle one", () => {
    const sample = new Sample();
    for (let i = 0; i < 100_000; i++) sample.add((i * 7919) % 100_003);
    expect(Math.abs((sample.median() ?? 0) - 50_000)).toBeLessThan(5_000);
    expect(new Sample().median()).toBeUndefined();
  });
});
