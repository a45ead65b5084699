import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { makeFolder } from "../files/folder.ts";
import type { Cloud } from "../words.ts";
import type { EndpointList } from "./endpoint-list.ts";
import { EndpointDataError, type EndpointSet } from "./endpoint-set.ts";
import { loadEndpoints } from "./history.ts";
import { isListVersion } from "./stored-version.ts";
import { replaceFile, storeVersion } from "./user-data.ts";
import { issueText, readWebService } from "./web-service.ts";
import { WebClient, type WebLimits } from "./web-client.ts";

/** Where Microsoft serves the lists. */
const WEB_SERVICE = "https://endpoints.office.com";

/**
 * Where to ask: the service, or a mirror by its http or https URL, to which `/version/INSTANCE` is added. Throws
 * EndpointDataError for what is no such URL; it is not repeated where it holds a password.
 */
export function webServiceBase(text: string = WEB_SERVICE): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new EndpointDataError(`"${text}" is no URL of a web service: wanted https://HOST/PATH`);
  if (url.username !== "" || url.password !== "")
    throw new EndpointDataError("the web service's URL has a user name or password, which is not supported");
  if (url.search !== "" || url.hash !== "")
    throw new EndpointDataError(`"${text}" has a query or fragment: wanted https://HOST/PATH`);
  return text.replace(/\/+$/, "");
}

/** How the web service calls a cloud (its `instance`). */
const INSTANCES: Readonly<Record<Cloud, string>> = {
  worldwide: "Worldwide",
  usgovdod: "USGovDoD",
  usgovgcchigh: "USGovGCCHigh",
  china: "China",
  germany: "Germany",
};

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
  /** Told what goes on: retries, waiting, words in the list that are not known. */
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
  latest: v.pipe(v.string(), v.check(isListVersion, "no list version")),
});

/** What is remembered between updates. */
const stateFile = v.object({
  clientRequestId: v.pipe(v.string(), v.uuid()),
  etags: v.optional(v.record(v.string(), v.string()), {}),
  /** Which version the answer with that ETag named: its list may have been deleted since. */
  named: v.optional(v.record(v.string(), v.string()), {}),
});
type State = v.InferOutput<typeof stateFile>;

/**
 * Asks the web service for a newer list of one cloud, checks it and keeps it beside the older ones, whole or not at
 * all. Throws EndpointDataError where the service cannot be reached or answers with what is no usable list; nothing
 * is changed then. The service wants to be asked once an hour at most.
 */
export async function updateEndpoints(options: UpdateOptions): Promise<UpdateOutcome> {
  const { cloud, folder } = options;
  const base = webServiceBase(options.base);
  const isForced = options.force === true;
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
    const hasNamed = (state.named[cloud] ?? "9") <= known.version && !isForced;
    const asked = await client.json(
      `${base}/version/${instance}?${query}`,
      hasNamed ? state.etags[cloud] : undefined,
    );
    if (asked === "not-modified") return current;
    const latest = readVersion(asked.json, instance, `${base}/version/${instance}`);
    // The newest one delivered may be known by the day of reading only, which is not before its own version.
    const isKnown = history.versions.includes(latest) || latest <= known.version;
    const outcome =
      isKnown && !isForced
        ? current
        : await takeList(client, `${base}/endpoints/${instance}`, query, latest, known, options);
    // Only an answer that led to a list that we have may be answered by 304 the next time.
    if (asked.etag !== undefined && latest <= outcome.version) {
      state.etags[cloud] = asked.etag;
      state.named[cloud] = latest;
    }
    replaceFile(join(folder, "state.json"), `${JSON.stringify(state)}\n`);
    return outcome;
  } finally {
    await client.close();
  }
}

/** Asks for the list of a version and stores it, if it is no worse than the one that is known. */
async function takeList(
  client: WebClient,
  url: string,
  query: string,
  version: string,
  known: EndpointList,
  options: UpdateOptions,
): Promise<UpdateOutcome> {
  const { cloud, folder } = options;
  const got = await client.json(`${url}?${query}`);
  if (got === "not-modified") throw new EndpointDataError(`${url}: answers 304 though nothing was asked for`);
  const sets = readWebService(got.json, url, options.notify ?? (() => undefined));
  const change = compare(known.sets, sets);
  if (change.kept < change.before * LEAST_KEPT && options.force !== true) {
    throw new EndpointDataError(
      `list ${version} of ${cloud} has only ${change.kept} of the ${change.before} prefixes of ${known.version}: not taken (--force takes it)`,
    );
  }
  return {
    cloud,
    status: "updated",
    version,
    previous: known.version,
    prefixesAdded: change.after - change.kept,
    prefixesRemoved: change.before - change.kept,
    file: storeVersion(cloud, version, sets, folder),
  };
}

/** The newest version that an answer of `/version/INSTANCE` names. */
function readVersion(json: unknown, instance: string, source: string): string {
  const answer = v.safeParse(versionAnswer, json);
  if (!answer.success) throw new EndpointDataError(`${source}: ${issueText(answer.issues[0])}`);
  if (answer.output.instance.toLowerCase() !== instance.toLowerCase())
    throw new EndpointDataError(`${source}: answers for ${answer.output.instance}, not for ${instance}`);
  return answer.output.latest;
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
    return { clientRequestId: randomUUID(), etags: {}, named: {} };
  }
}
