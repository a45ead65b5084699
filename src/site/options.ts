import type { Prefix } from "../address/prefix.ts";
import type { PathKind } from "../words.ts";
import { Findings } from "./document.ts";
import { type ReadFile, addRoutes, readTableFile } from "./load.ts";
import { nearest } from "./nearest.ts";
import { checkPaths } from "./path-checks.ts";
import { privatePoolWarnings } from "./private-pools.ts";
import { PathDraft, draftOf } from "./path-draft.ts";
import { SiteError } from "./site-error.ts";
import { Site, describe } from "./site.ts";
import { type Read, readErspanSession, readGlob, readMac, readSitePrefix, readVlan } from "./values.ts";

/** Markers given on the command line: `--expressroute vlan=100`, `--internal 10.0.0.0/8`. */
export interface MarkerOptions {
  readonly expressroute?: readonly string[] | undefined;
  readonly internet?: readonly string[] | undefined;
  readonly internal?: readonly string[] | undefined;
  readonly remote?: readonly string[] | undefined;
}

const OPTION_KEYS = [
  "file",
  "interface",
  "vlan",
  "next-hop",
  "erspan-session",
  "nat",
  "hop",
  "routes",
] as const;

/**
 * A site with the command line's markers added: one more path for all of `--expressroute`, one for all of
 * `--internet`, and more internal and remote prefixes. Route tables are looked for from the working directory.
 * Throws a `SiteError` that names each faulty option; without options the site comes back as it is.
 */
export function siteWithMarkers(
  site: Site,
  options: MarkerOptions,
  readFile: ReadFile = readTableFile,
): Site {
  const findings = new Findings();
  const added = (["expressroute", "internet"] as const).flatMap((kind) => {
    const texts = options[kind] ?? [];
    return texts.length === 0 ? [] : [readOptions(kind, texts, findings, readFile)];
  });
  const internal = readPrefixes("--internal", options.internal ?? [], findings);
  const remote = readPrefixes("--remote", options.remote ?? [], findings);
  if (added.length + internal.length + remote.length === 0 && findings.errors.count === 0) return site;

  const declared = site.paths.map((path) => draftOf(path, `path "${path.name}" of the site description`));
  const names = new Set(declared.map((path) => path.name));
  for (const path of added) if (names.has(path.name)) path.name = path.place;
  const before = new Findings();
  checkPaths(declared, before);
  const known = new Set(before.warnings);
  checkPaths([...declared, ...added], findings);
  findings.warnings.push(...privatePoolWarnings(added, [...site.internal, ...internal]));
  if (findings.errors.count > 0) throw new SiteError(findings.errors.messages("command line"));
  return new Site({
    ...describe(site),
    internal: [...site.internal, ...internal],
    remote: [...site.remote, ...remote],
    paths: [...site.paths, ...added.map((path, index) => path.finish(site.paths.length + index))],
    warnings: [...site.warnings, ...findings.warnings.filter((warning) => !known.has(warning))],
    declared: true,
  });
}

function readOptions(
  kind: Extract<PathKind, "expressroute" | "internet">,
  texts: readonly string[],
  findings: Findings,
  readFile: ReadFile,
): PathDraft {
  const draft = new PathDraft(`--${kind}`);
  draft.name = kind;
  draft.kind = kind;
  for (const text of texts) readOption(draft, `--${kind} ${text}`, text, findings, readFile);
  return draft;
}

function readOption(
  draft: PathDraft,
  place: string,
  text: string,
  findings: Findings,
  readFile: ReadFile,
): void {
  const fail = (problem: string): void => {
    findings.errors.add(`${place}: ${problem}`);
  };
  const equals = text.indexOf("=");
  const given = equals < 0 ? text : text.slice(0, equals);
  const key = OPTION_KEYS.find((candidate) => candidate === given);
  if (key === undefined || equals < 0) {
    const meant = nearest(given, OPTION_KEYS);
    if (equals < 0) fail(`wanted KEY=VALUE such as vlan=100; the keys are ${OPTION_KEYS.join(", ")}`);
    else if (meant !== undefined) fail(`"${given}" is no key; did you mean "${meant}"?`);
    else fail(`"${given}" is no key; the keys are ${OPTION_KEYS.join(", ")}`);
    return;
  }
  const value = text.slice(equals + 1);
  const take = <T>(read: (text: string) => Read<T>, add: (value: T, place: string) => void): void => {
    const result = read(value);
    if ("value" in result) add(result.value, place);
    else fail(result.problem);
  };
  if (key === "file") take(readGlob, (glob) => draft.addFile(glob, place));
  else if (key === "interface") take(readGlob, (glob) => draft.addInterface(glob, place));
  else if (key === "vlan") take(readVlan, (vlan) => draft.addVlan(vlan, place));
  else if (key === "next-hop") take(readMac, (mac) => draft.addNextHop(mac, place));
  else if (key === "erspan-session")
    take(readErspanSession, (session) => draft.addErspanSession(session, place));
  else if (key === "nat") take(readSitePrefix, (prefix) => draft.nat.push({ prefix, place }));
  else if (key === "hop") take(readSitePrefix, (prefix) => draft.addHop(prefix, place));
  else addRoutes(draft, value, readFile, fail);
}

function readPrefixes(option: string, texts: readonly string[], findings: Findings): Prefix[] {
  return texts.flatMap((text) => {
    const result = readSitePrefix(text);
    if ("value" in result) return [result.value];
    findings.errors.add(`${option} ${text}: ${result.problem}`);
    return [];
  });
}
