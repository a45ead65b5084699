import { extname } from "node:path";
import { expandInputs } from "../capture/inputs.ts";
import { classify } from "../classify/run.ts";
import { isWhole } from "../classify/run-summary.ts";
import { unreadLinksText } from "../classify/unread-links.ts";
import { type AffectedFlow, affectedFlow, type ResultRow } from "../endpoints/affected.ts";
import type { EndpointList } from "../endpoints/endpoint-list.ts";
import type { Cloud } from "../words.ts";
import { say } from "./endpoint-output.ts";
import { EXIT_OK, EXIT_PARTIAL, EXIT_USAGE } from "./exit.ts";
import { Notes } from "./notes.ts";
import { prepareRun } from "./prepare-run.ts";
import { resultRows } from "./result-rows.ts";

const RESULTS = new Set([".csv", ".tsv", ".json", ".ndjson", ".jsonl", ".parquet"]);

export interface AffectedFlows {
  readonly flows: readonly AffectedFlow[];
  /** How many flows were looked at. */
  readonly looked: number;
  /** Exit status: whether a capture was broken, or none could be read. */
  readonly status: number;
  /** The files that were read. */
  readonly read: readonly string[];
}

/** The flows of earlier results, told by their extension, and of captures that two lists judge differently. */
export async function affectedFlows(
  before: EndpointList,
  after: EndpointList,
  files: readonly string[],
  cloud: Cloud,
): Promise<AffectedFlows> {
  const flows: AffectedFlow[] = [];
  let looked = 0;
  const look = (row: ResultRow): void => {
    looked++;
    const affected = affectedFlow(before, after, row);
    if (affected !== undefined) flows.push(affected);
  };
  for (const file of files.filter(isResult)) {
    for await (const row of resultRows(file)) look(row);
  }
  const captures = files.filter((file) => !isResult(file));
  if (captures.length === 0) return { flows, looked, status: EXIT_OK, read: files };
  const { status, read } = await lookAtCaptures(captures, cloud, look);
  return { flows, looked, status, read: [...files, ...read] };
}

function isResult(file: string): boolean {
  return RESULTS.has(extname(file).toLowerCase());
}

async function lookAtCaptures(
  paths: readonly string[],
  cloud: Cloud,
  look: (row: ResultRow) => void,
): Promise<Pick<AffectedFlows, "status" | "read">> {
  const prepared = await prepareRun({ cloud }, new Notes(true, false));
  const expanded = await expandInputs(paths);
  const summary = await classify({
    ...prepared,
    inputs: expanded.inputs,
    onFlow: ({ row }) => look({ ...row }),
  });
  const errors = [...expanded.errors, ...summary.errors];
  const problems = summary.captures.flatMap((capture) => capture.problems);
  for (const each of [...errors, ...problems]) say(each.message);
  for (const { shown, unreadLinks } of summary.captures) {
    const unread = unreadLinksText(shown, unreadLinks);
    if (unread !== undefined) say(unread);
  }
  const read = expanded.inputs.map(({ path }) => path);
  if (summary.captures.length === 0) return { status: EXIT_USAGE, read };
  const broken = !summary.captures.every(isWhole);
  return { status: errors.length > 0 || broken ? EXIT_PARTIAL : EXIT_OK, read };
}
