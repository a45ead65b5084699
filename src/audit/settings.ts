import type { ClassifyOptions } from "../classify/classify-options.ts";
import { packData } from "../endpoints/data-build.ts";
import type { DataFile } from "../endpoints/data-file.ts";
import { EndpointHistory } from "../endpoints/history.ts";
import { type StoredVersion, versionsOf } from "../endpoints/stored-version.ts";
import { DEFAULT_TIMEOUTS } from "../flows/end-rule.ts";
import { RouteTable } from "../routes/route-table.ts";
import { describe, Site, type SiteDescription, type SitePath } from "../site/site.ts";
import { contentId } from "./content-id.ts";
import { demandJson, writeJson } from "./stage-files.ts";
import type { AuditFile } from "./tasks.ts";

/** What a run needs besides its captures. */
export type AuditSettings = Pick<
  ClassifyOptions,
  "site" | "history" | "asOf" | "timeouts" | "convergeSeconds" | "maxFlows"
>;

/** The same as plain data, so that every worker on every machine judges alike, whatever its own files say. */
interface StoredSettings {
  readonly form: 1;
  readonly site: Omit<SiteDescription, "servers" | "paths"> & {
    readonly servers: readonly (readonly [
      string,
      SiteDescription["servers"] extends ReadonlyMap<string, infer V> ? V : never,
    ])[];
    readonly paths: readonly (Omit<SitePath, "routes"> & { readonly routes: readonly StoredTable[] })[];
  };
  readonly endpoints: DataFile;
  readonly origins: readonly StoredVersion["origin"][];
  readonly asOf: number | string | undefined;
  readonly timeouts: { readonly tcp: number; readonly udp: number; readonly active: number | null };
  readonly convergeSeconds: number | undefined;
  readonly maxFlows: number | undefined;
}

type StoredTable = Pick<
  RouteTable,
  "fileName" | "format" | "routes" | "unreadable" | "unreadableCount" | "completeness" | "unread"
>;

/** Writes the settings of an audit into its folder, under a name that tells their content; answers with that. */
export async function writeSettings(directory: string, settings: AuditSettings): Promise<AuditFile> {
  const stored = store(settings);
  const file = `settings-${contentId(JSON.stringify(stored))}.json`;
  await writeJson(directory, file, stored);
  return file;
}

const remembered = new Map<string, AuditSettings>();

/** Reads them back; the last ones read are kept, since every task asks. */
export async function readSettings(directory: string, file: AuditFile): Promise<AuditSettings> {
  const key = `${directory}\0${file}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const settings = restore(await demandJson<StoredSettings>(directory, file));
  remembered.clear();
  remembered.set(key, settings);
  return settings;
}

function store({ site, history, asOf, timeouts, convergeSeconds, maxFlows }: AuditSettings): StoredSettings {
  const { active, ...idle } = timeouts ?? DEFAULT_TIMEOUTS;
  const description = describe(site);
  return {
    form: 1,
    site: {
      ...description,
      servers: [...description.servers],
      paths: description.paths.map((path) => ({
        ...path,
        routes: path.routes.map(
          ({ fileName, format, routes, unreadable, unreadableCount, completeness, unread }): StoredTable => ({
            fileName,
            format,
            routes,
            unreadable,
            unreadableCount,
            completeness,
            unread,
          }),
        ),
      })),
    },
    endpoints: packData(
      history.cloud,
      history.stored.map((each) => ({ version: each.version, reading: each.reading, sets: each.sets() })),
    ),
    origins: history.stored.map((each) => each.origin),
    asOf,
    timeouts: { ...idle, active: active === Number.POSITIVE_INFINITY ? null : active },
    convergeSeconds,
    maxFlows,
  };
}

function restore(stored: StoredSettings): AuditSettings {
  const { site, endpoints, origins, timeouts } = stored;
  return {
    site: new Site({
      ...site,
      cloud: site.cloud,
      servers: new Map(site.servers) as SiteDescription["servers"],
      paths: site.paths.map((path) => ({
        ...path,
        routes: path.routes.map(
          (table) =>
            new RouteTable(
              table.fileName,
              table.format,
              table.routes,
              table.unreadable,
              table.unreadableCount,
              table.completeness,
              "",
              table.unread,
            ),
        ),
      })),
    }),
    history: new EndpointHistory(
      endpoints.cloud,
      versionsOf(endpoints, "shipped").map((each, i) => ({ ...each, origin: origins[i] ?? "shipped" })),
    ),
    asOf: stored.asOf,
    timeouts: { ...timeouts, active: timeouts.active ?? Number.POSITIVE_INFINITY },
    convergeSeconds: stored.convergeSeconds,
    maxFlows: stored.maxFlows,
  };
}
