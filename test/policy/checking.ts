import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FlowRow } from "../../src/classify/row.ts";
import { FLOW_COLUMNS } from "../../src/report/columns.ts";
import { csvWriter } from "../../src/report/csv.ts";
import { o365flow, type Run } from "../cli/run.ts";
import { rowWith } from "../results/flow-rows.ts";
import { temporaryFolder } from "../support/temporary.ts";

export const folder: string = temporaryFolder();

export function file(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

export function csvOf(rows: readonly FlowRow[]): string {
  const form = { time: "iso", eol: "lf", bom: false, width: 80, color: false } as const;
  const writer = csvWriter<FlowRow>({ columns: FLOW_COLUMNS, ...form });
  return writer.begin() + writer.rows(rows) + writer.end();
}

let files = 0;

/** The command that checks rows against rules, each given as YAML in flow style. */
export function command(rows: readonly FlowRow[], rules: readonly string[], ...args: string[]): string[] {
  const result = file(`flows-${++files}.csv`, csvOf(rows));
  const policy = file(
    `policy-${files}.yaml`,
    `version: 1\nrules:\n${rules.map((rule, i) => `  - { id: rule-${i}, ${rule} }\n`).join("")}`,
  );
  return ["check", result, "--policy", policy, ...args];
}

export function check(rows: readonly FlowRow[], rules: readonly string[], ...args: string[]): Run {
  return o365flow(command(rows, rules, ...args));
}

const media = rowWith({ traffic_type: "media", application: "rtp", transport: "udp", server_port: 3479 });
export const home: FlowRow = rowWith({ ...media, client_ip: "10.20.30.41" });
export const asymmetric: FlowRow = rowWith({
  ...home,
  path_back: "internet",
  path_back_name: "isp-a",
  symmetry: "asymmetric",
  verdict: "asymmetric",
});
export const unseen: FlowRow = rowWith({
  ...home,
  path_out: "unknown",
  path_out_name: undefined,
  path_back: "none",
  path_back_name: undefined,
  symmetry: "one-way",
  verdict: "unproven",
});
