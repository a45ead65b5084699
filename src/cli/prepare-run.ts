import type { ClassifyOptions } from "../classify/classify-options.ts";
import { openEndpoints } from "../endpoints/history.ts";
import { DEFAULT_TIMEOUTS } from "../flows/end-rule.ts";
import { MOST_TABLE_BYTES, readWholeFile } from "../files/whole-file.ts";
import type { ReadFile } from "../site/load.ts";
import { defaultSite, type Site } from "../site/site.ts";
import { type Cloud, CLOUDS } from "../words.ts";
import { UsageError } from "./exit.ts";
import type { RawInputOptions } from "./input-options.ts";
import { choice } from "./report-options.ts";

/** What a run needs besides its captures: site, endpoint lists, bounds. */
export type PreparedRun = Pick<
  ClassifyOptions,
  "site" | "history" | "asOf" | "timeouts" | "convergeSeconds" | "maxFlows"
> & {
  /** Files that were read for it, and the list of captures: no output may take their place. */
  readonly told: readonly string[];
};

/** Reads the site description and the endpoint lists, and checks the options. Throws for what a user has to mend. */
export async function prepareRun(
  raw: RawInputOptions,
  notes: { note(text: string): void },
): Promise<PreparedRun> {
  const tables: string[] = [];
  const site = await siteOf(raw, (path) => {
    tables.push(path);
    return readWholeFile(path, MOST_TABLE_BYTES);
  });
  for (const warning of site.warnings) notes.note(warning);
  const cloud: Cloud =
    raw.cloud === undefined ? (site.cloud ?? "worldwide") : choice("--cloud", raw.cloud, CLOUDS);
  const history = await openEndpoints(cloud, { file: raw.endpoints });
  const asOf = raw.asOf === undefined || raw.asOf === "capture" ? undefined : raw.asOf;
  if (asOf !== undefined) {
    try {
      history.at(asOf);
    } catch (error) {
      if (error instanceof RangeError)
        throw new UsageError(`--as-of ${asOf}: ${error.message}, nor "capture"`);
      throw error;
    }
  }
  whole("--jobs", raw.jobs);
  return {
    site,
    history,
    asOf,
    timeouts: {
      ...DEFAULT_TIMEOUTS,
      active: positive("--active-timeout", raw.activeTimeout) ?? DEFAULT_TIMEOUTS.active,
    },
    convergeSeconds: positive("--converge", raw.converge),
    maxFlows: whole("--max-flows", raw.maxFlows),
    told: [raw.site, raw.filesFrom, ...tables, ...history.files].filter((path) => path !== undefined),
  };
}

async function siteOf(raw: RawInputOptions, readTable: ReadFile): Promise<Site> {
  const markers = {
    expressroute: raw.expressroute ?? [],
    internet: raw.internet ?? [],
    internal: raw.internal ?? [],
    remote: raw.remote ?? [],
  };
  const given = Object.values(markers).some((list) => list.length > 0);
  if (raw.site === undefined && !given) return defaultSite();
  const { loadSite } = await import("../site/load.ts");
  const site = raw.site === undefined ? defaultSite() : loadSite(raw.site, readTable);
  if (!given) return site;
  const { siteWithMarkers } = await import("../site/options.ts");
  return siteWithMarkers(site, markers, readTable);
}

function positive(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new UsageError(`${option} ${text}: wanted a number above 0`);
  return value;
}

function whole(option: string, text: string | undefined): number | undefined {
  const value = positive(option, text);
  if (value !== undefined && !Number.isInteger(value))
    throw new UsageError(`${option} ${text}: wanted a whole number above 0`);
  return value;
}
