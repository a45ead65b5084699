import { basename } from "node:path";
import type { CaptureError } from "../../src/capture/errors.ts";
import type { JudgedFlow } from "../../src/classify/judged-flow.ts";
import type { FlowRow } from "../../src/classify/row.ts";
import { classify } from "../../src/classify/run.ts";
import type { RunSummary } from "../../src/classify/run-summary.ts";
import { openEndpoints } from "../../src/endpoints/history.ts";
import { loadSite } from "../../src/site/load.ts";
import { type Site, defaultSite } from "../../src/site/site.ts";

export interface Classified {
  readonly rows: FlowRow[];
  readonly flows: JudgedFlow[];
  readonly summary: RunSummary;
}

/** Classifies captures as the command line does, with a site description by path or made. */
export async function classifyFiles(
  paths: readonly string[],
  site: string | Site | undefined,
  missing: readonly CaptureError[] = [],
): Promise<Classified> {
  const flows: JudgedFlow[] = [];
  const rows: FlowRow[] = [];
  const summary = await classify({
    inputs: paths.map((path) => ({ name: basename(path), path, source: path })),
    missing,
    site: typeof site === "string" ? loadSite(site) : (site ?? defaultSite()),
    history: await openEndpoints("worldwide"),
    onFlow: (flow) => {
      rows.push(flow.row);
      flows.push(flow);
    },
  });
  return { rows, flows, summary };
}
