import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { o365flow, type Run } from "../cli/run.ts";

/** What `audit status --json` says. */
export interface Status {
  captures: number;
  complete: boolean;
  stages: { stage: string; tasks: number | null; done: number }[];
  set_aside: { path: string; reason: string }[];
  worked_on_by: { pid: number } | null;
  missing: string[];
}

export function audit(...args: string[]): Run {
  return o365flow(["audit", ...args]);
}

/** The files of a result, by name. */
export function resultOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => /\.(parquet|csv|ndjson)$/.test(name));
  return Object.fromEntries(
    names.sort().map((name) => [name, readFileSync(join(directory, name), "latin1")]),
  );
}

export function statusOf(directory: string): Status {
  return JSON.parse(audit("status", directory, "--json").stdout) as Status;
}
