import { dirname, resolve } from "node:path";
import type { Prefix } from "../address/prefix.ts";
import { MOST_TABLE_BYTES, MOST_YAML_BYTES, readWholeFile, whyUnread } from "../files/whole-file.ts";
import { parseRouteTable } from "../routes/parse.ts";
import { RouteTableError } from "../routes/route-table.ts";
import { decodeText } from "../files/decode-text.ts";
import { otherContent } from "../files/other-content.ts";
import { CLOUDS } from "../words.ts";
import { ESCAPES } from "../yaml/yaml-fault.ts";
import { type Cursor, Findings, openDocument } from "./document.ts";
import { declaredTwice } from "./declared-twice.ts";
import { checkPaths } from "./path-checks.ts";
import { PathDraft } from "./path-draft.ts";
import { privatePoolWarnings } from "./private-pools.ts";
import { SiteError } from "./site-error.ts";
import {
  type MatchItem,
  type Partner,
  SERVER_ROLES,
  type ServerRole,
  Site,
  defaultInternal,
} from "./site.ts";
import {
  type Read,
  readCommunity,
  readErspanSession,
  readGlob,
  readInstant,
  readMac,
  readSitePrefix,
  readVlan,
} from "./values.ts";

const KINDS = ["expressroute", "internet", "local", "other"] as const;
const HOSTINGS = ["online", "on-premises"] as const;

const SITE_KEYS = [
  "version",
  "name",
  "cloud",
  "expressroute",
  "internal",
  "remote",
  "servers",
  "users",
  "partners",
  "paths",
] as const;

const PATH_KEYS = [
  "name",
  "kind",
  "circuit",
  "files",
  "interfaces",
  "vlans",
  "next-hops",
  "erspan-sessions",
  "nat",
  "hops",
  "communities",
  "routes",
  "complete",
  "match",
] as const;

/** An item of `match` names at least one of these. */
const MATCH_MARKERS = ["file", "interface", "vlan", "next-hop", "erspan-session"] as const;
const MATCH_KEYS = [...MATCH_MARKERS, "from", "to"] as const;

/** Gives the bytes of a file that a site description names, or throws as `readWholeFile` does. */
export type ReadFile = (path: string) => Uint8Array;

/** Reads a route table. */
export function readTableFile(path: string): Uint8Array {
  return readWholeFile(path, MOST_TABLE_BYTES);
}

/** Reads and checks a site description. Throws a `SiteError` with everything that is wrong with it. */
export function loadSite(path: string, readFile: ReadFile = readTableFile): Site {
  let bytes: Uint8Array;
  try {
    bytes = readWholeFile(path, MOST_YAML_BYTES);
  } catch (error) {
    throw new SiteError([`${path}: ${whyUnread(error)}`]);
  }
  const other = otherContent(bytes);
  if (other !== undefined)
    throw new SiteError([`${path}: is ${other}: wanted a site description (YAML or JSON)`]);
  const text = decodeText(bytes);
  if (text === undefined) throw new SiteError([`${path}: is no text in UTF-8 or UTF-16`]);
  return siteFromText(text, path, readFile);
}

/**
 * A site from the text of its file (YAML or JSON). `fileName` stands in messages, and route tables are looked for
 * beside it. Throws a `SiteError` with everything that is wrong.
 */
export function siteFromText(text: string, fileName: string, readFile: ReadFile = readTableFile): Site {
  const findings = new Findings();
  const root = openDocument(text, fileName, findings);
  const site =
    root === undefined
      ? undefined
      : readSite(root, findings, (name) => readFile(resolve(dirname(fileName), name)));
  if (site === undefined || findings.errors.count > 0)
    throw new SiteError(findings.errors.messages(fileName));
  return site;
}

function readSite(root: Cursor, findings: Findings, readFile: ReadFile): Site | undefined {
  const entries = root.entries(SITE_KEYS);
  if (entries === undefined) return undefined;
  const version = entries.get("version");
  if (version === undefined) root.fail("has no version: wanted version: 1");
  else {
    const text = version.text("1");
    if (text !== undefined && text !== "1") version.fail(`found ${text}, wanted 1`);
  }
  const drafts = (entries.get("paths")?.items("paths") ?? []).map((cursor) => readPath(cursor, readFile));
  // A path of unknown kind would contradict every other one.
  checkPaths(
    drafts.filter((draft) => draft.kindKnown),
    findings,
  );
  const internal = entries.get("internal");
  const zones = {
    internal: internal === undefined ? defaultInternal() : prefixes(internal),
    remote: prefixes(entries.get("remote")),
    servers: readServers(entries.get("servers")),
    partners: (entries.get("partners")?.items("partners") ?? []).flatMap(readPartner),
  };
  findings.warnings.push(...privatePoolWarnings(drafts, zones.internal));
  for (const [key, warning] of declaredTwice({
    ...zones,
    internal: internal === undefined ? [] : zones.internal,
  }))
    (entries.get(key) ?? root).warn(warning);
  return new Site({
    ...zones,
    name: entries.get("name")?.text("a name") ?? "",
    cloud: entries.get("cloud")?.word(CLOUDS),
    expressRoute: entries.get("expressroute")?.flag() ?? true,
    usersOnPremises: prefixes(entries.get("users")?.entries(["on-premises"])?.get("on-premises")),
    paths: drafts.map((draft, index) => draft.finish(index)),
    warnings: findings.warnings,
    declared: true,
  });
}

function prefixes(cursor: Cursor | undefined): Prefix[] {
  return (cursor?.items("address prefixes") ?? [])
    .map((item) => item.value("an address prefix", readSitePrefix))
    .filter((prefix) => prefix !== undefined);
}

function readServers(cursor: Cursor | undefined): ReadonlyMap<ServerRole, readonly Prefix[]> {
  const servers = new Map<ServerRole, readonly Prefix[]>();
  for (const [role, value] of cursor?.entries(SERVER_ROLES) ?? []) servers.set(role, prefixes(value));
  return servers;
}

function readPartner(cursor: Cursor): Partner[] {
  const entries = cursor.entries(["name", "hosting", "prefixes"]);
  if (entries === undefined) return [];
  for (const key of ["name", "hosting", "prefixes"] as const)
    if (!entries.has(key)) cursor.fail(`has no ${key}`);
  const name = entries.get("name")?.text("a name");
  const hosting = entries.get("hosting")?.word(HOSTINGS);
  if (name === undefined || hosting === undefined) return [];
  return [{ name, hosting, prefixes: prefixes(entries.get("prefixes")) }];
}

function readPath(cursor: Cursor, readFile: ReadFile): PathDraft {
  const draft = new PathDraft(cursor.keyedPlace);
  const entries = cursor.entries(PATH_KEYS);
  if (entries === undefined) return draft;
  draft.name = entries.get("name")?.text("a name") ?? "";
  if (draft.name === "") cursor.fail("has no name");
  const kind = entries.get("kind");
  if (kind === undefined) cursor.fail(`has no kind: wanted one of ${KINDS.join(", ")}`);
  const known = kind?.word(KINDS);
  draft.kind = known ?? "other";
  draft.kindKnown = known !== undefined;
  draft.circuit = entries.get("circuit")?.text("a name") ?? "";
  draft.complete = entries.get("complete")?.flag() ?? false;

  const each = <T>(
    key: (typeof PATH_KEYS)[number],
    wanted: string,
    read: (text: string) => Read<T>,
    add: (value: T, place: string) => void,
    severalWanted = `${wanted}s`,
  ): void => {
    for (const item of entries.get(key)?.items(severalWanted) ?? []) {
      const value = item.value(`a ${wanted}`, read);
      if (value !== undefined) add(value, item.keyedPlace);
    }
  };
  each("files", "file glob", readGlob, (value, place) => draft.addFile(value, place));
  each("interfaces", "interface glob", readGlob, (value, place) => draft.addInterface(value, place));
  each("vlans", "VLAN", readVlan, (value, place) => draft.addVlan(value, place));
  each("next-hops", "MAC", readMac, (value, place) => draft.addNextHop(value, place));
  each("erspan-sessions", "session number", readErspanSession, (value, place) =>
    draft.addErspanSession(value, place),
  );
  const addPool = (prefix: Prefix, place: string): unknown => draft.nat.push({ prefix, place });
  each("nat", "prefix", readSitePrefix, addPool, "prefixes");
  each("hops", "prefix", readSitePrefix, (value, place) => draft.addHop(value, place), "prefixes");
  const addCommunity = (value: string): unknown => draft.communities.push(value);
  each("communities", "community", readCommunity, addCommunity, "communities");
  for (const item of entries.get("match")?.items("match items") ?? []) {
    const found = readMatch(item);
    if (found !== undefined) draft.match.push({ item: found, place: item.keyedPlace });
  }
  const routes = entries.get("routes");
  for (const item of routes === undefined ? [] : routes.isList ? routes.items("file names") : [routes]) {
    const name = item.text("a file name");
    if (name === "") item.fail(`"" names no file: wanted a route table's`);
    else if (name !== undefined) addRoutes(draft, name, readFile, (problem) => item.fail(problem));
  }
  return draft;
}

function readMatch(cursor: Cursor): MatchItem | undefined {
  const entries = cursor.entries(MATCH_KEYS);
  if (entries === undefined) return undefined;
  const item: MatchItem = {
    file: entries.get("file")?.value("a file glob", readGlob),
    interface: entries.get("interface")?.value("an interface glob", readGlob),
    vlan: entries.get("vlan")?.value("a VLAN", readVlan),
    nextHop: entries.get("next-hop")?.value("a MAC", readMac),
    erspanSession: entries.get("erspan-session")?.value("a session number", readErspanSession),
    from: entries.get("from")?.value("a date", readInstant),
    to: entries.get("to")?.value("a date", readInstant),
  };
  if (!MATCH_MARKERS.some((key) => entries.has(key))) {
    cursor.fail("names no marker: wanted file, interface, vlan, next-hop or erspan-session");
    return undefined;
  }
  if (item.from !== undefined && item.to !== undefined && item.from >= item.to)
    entries.get("to")?.fail("is not after from");
  return item;
}

/** Adds a route table to a path; `report` is told what is wrong with it. */
export function addRoutes(
  draft: PathDraft,
  name: string,
  readFile: ReadFile,
  report: (problem: string) => void,
): void {
  let bytes: Uint8Array;
  try {
    bytes = readFile(name);
  } catch (error) {
    report(`${name} ${whyUnread(error)}${hintAtBackslashes(name)}`);
    return;
  }
  try {
    draft.routes.push(parseRouteTable(bytes, name));
  } catch (error) {
    if (!(error instanceof RouteTableError)) throw error;
    report(error.message);
  }
}

/** Of a path of Windows that is none any more, or that is read elsewhere. */
function hintAtBackslashes(name: string): string {
  if (/[\0-\x1f]/.test(name)) return `; ${ESCAPES}`;
  return name.includes("\\") && process.platform !== "win32"
    ? "; between folders, / works on every system"
    : "";
}
