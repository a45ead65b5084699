import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { makeFolder } from "../files/folder.ts";
import type { Cloud } from "../words.ts";
import { INSTANCES } from "./clouds.ts";
import { EndpointDataError, type EndpointSet } from "./endpoint-set.ts";
import { loadEndpoints } from "./history.ts";
import { replaceFile, storeVersion } from "./user-data.ts";
import { readWebService } from "./web-service.ts";
import { WebClient, type WebLimits } from "./web-client.ts";

/** Where Microsoft serves the lists. */
export const WEB_SERVICE = "https://endpoints.office.com";

/** A list that kept fewer of the known prefixes than this is refused unless forced. */
const LEAST_KEPT = 0.5;

export interface UpdateOptions {
  readonly cloud: Cloud;
  /** Folder of the user's lists (`userDataFolder()`). */
  readonly folder: string;
  /** Base URL of the service; for mirrors and tests. */
  readonly base?: string | undefined;
  /** Takes a list that lost most of its prefixes, and asks for the list even where its version is known. */
  readonly force?: boolean | undefined;
  readonly limits?: Partial<WebLimits> | undefined;
  /** Told what goes on: retries, waiting. */
  readonly notify?: ((text: string) => void) | undefined;
}

export interface UpdateOutcome {
  readonly cloud: Cloud;
  readonly status: "current" | "updated";
  /** Newest known version, now. */
  readonly version: string;
  /** Newest known version before. */
  readonly previous: string;
  readonly prefixesAdded: number;
  readonly prefixesRemoved: number;
  /** Where the list was stored; `undefined` where nothing was. */
  readonly file: string | undefined;
}

const versionAnswer = v.object({
  instance: v.string(),
  latest: v.pipe(v.string(), v.regex(/^20\d{8}$/, "no list version")),
});

/** What is remembered between updates. */
const stateFile = v.object({
  clientRequestId: v.pipe(v.string(), v.uuid()),
  etags: v.optional(v.record(v.string(), v.string()), {}),
});
type State = v.InferOutput<typeof stateFile>;

/**
 * Asks the web service for a newer list of one cloud, checks it and keeps it beside the older ones, whole or not at
 * all. Throws EndpointDataError where the service cannot be reached or answers with what is no usable list; nothing
 * is changed then. The service wants to be asked once an hour at most.
 */
export async function updateEndpoints(options: UpdateOptions): Promise<UpdateOutcome> {
  const { cloud, folder } = options;
  const base = (options.base ?? WEB_SERVICE).replace(/\/+$/, "");
  const history = loadEndpoints(cloud, { userData: folder });
  const known = history.at("latest");
  const current: UpdateOutcome = {
    cloud,
    status: "current",
    version: known.version,
    previous: known.version,
    prefixesAdded: 0,
    prefixesRemoved: 0,
    file: undefined,
  };

  makeFolder(folder);
  const state = readState(folder);
  const client = new WebClient(options.limits ?? {}, options.notify ?? (() => undefined));
  try {
    const query = `ClientRequestId=${state.clientRequestId}&Format=JSON`;
    const instance = INSTANCES[cloud];
    const etag = options.force === true ? undefined : state.etags[cloud];
    const asked = await client.json(`${base}/version/${instance}?${query}`, etag);
    if (asked === "not-modified") return current;
    const answer = v.safeParse(versionAnswer, asked.json);
    if (!answer.success)
      throw new EndpointDataError(`${base}/version/${instance}: ${answer.issues[0].message}`);
    const { latest } = answer.output;
    if (history.versions.includes(latest) && options.force !== true) return remember(latest, current);
    // The newest one delivered may be known by the day of reading only, which is not before its own version.
    if (latest <= known.version && options.force !== true) return remember(latest, current);

    const url = `${base}/endpoints/${instance}?${query}`;
    const got = await client.json(url);
    if (got === "not-modified")
      throw new EndpointDataError(`${url}: answers 304 though nothing was asked for`);
    const sets = readWebService(got.json, url);
    const change = compare(known.sets, sets);
    if (change.kept < change.before * LEAST_KEPT && options.force !== true) {
      throw new EndpointDataError(
        `list ${latest} of ${cloud} has only ${change.kept} of the ${change.before} prefixes of ${known.version}: not taken (--force takes it)`,
      );
    }
    const file = storeVersion(cloud, latest, sets, folder);
    return remember(latest, {
      ...current,
      status: "updated",
      version: latest,
      prefixesAdded: change.after - change.kept,
      prefixesRemoved: change.before - change.kept,
      file,
    });

    function remember(version: string, outcome: UpdateOutcome): UpdateOutcome {
      // Only an answer that led to a list that we have may be answered by 304 the next time.
      if (asked !== "not-modified" && asked.etag !== undefined && version <= outcome.version) {
        state.etags[cloud] = asked.etag;
      }
      replaceFile(join(folder, "state.json"), `${JSON.stringify(state)}\n`);
      return outcome;
    }
  } finally {
    await client.close();
  }
}

function compare(
  known: readonly EndpointSet[],
  fetched: readonly EndpointSet[],
): { readonly before: number; readonly after: number; readonly kept: number } {
  const before = new Set(known.flatMap((set) => set.prefixes));
  const after = new Set(fetched.flatMap((set) => set.prefixes));
  return {
    before: before.size,
    after: after.size,
    kept: [...before].filter((prefix) => after.has(prefix)).length,
  };
}

/** The state of earlier updates; a new one, with the machine's own request id, where there is none that can be read. */
function readState(folder: string): State {
  try {
    return v.parse(stateFile, JSON.parse(readFileSync(join(folder, "state.json"), "utf8")));
  } catch {
    return { clientRequestId: randomUUID(), etags: {} };
  }
}
