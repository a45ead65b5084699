import { globTest } from "./glob.ts";
import type { SeenLinks, UnmatchedMarker } from "./markers.ts";
import { nearest } from "./nearest.ts";
import type { Site } from "./site.ts";

interface SeenNames {
  readonly files: readonly string[];
  readonly interfaces: readonly string[];
  readonly vlans: readonly string[];
  readonly macs: readonly string[];
  readonly sessions: readonly string[];
}

/**
 * Declared markers that nothing in the captures has, with what was perhaps meant (nothing that a path declares already); in the
 * order of the site file.
 */
export function unmatchedMarkers(site: Site, links: SeenLinks): readonly UnmatchedMarker[] {
  const seen: SeenNames = {
    files: [...links.files],
    interfaces: [...links.interfaces],
    vlans: [...links.vlans].filter((vlan) => vlan !== ""),
    macs: [...links.macs].filter((mac) => mac !== ""),
    sessions: [...links.erspanSessions].filter((session) => session >= 0).map(String),
  };
  const free = undeclared(site, seen);
  const found: UnmatchedMarker[] = [];
  const glob = (pathIndex: number, key: string, value: string, kind: "files" | "interfaces"): void => {
    if (seen[kind].some(globTest(value))) return;
    const packed = kind === "files" ? compressedGlob(value, free.files) : undefined;
    found.push({ pathIndex, key, value, suggestion: packed ?? nearest(value, free[kind]) });
  };
  const exact = (pathIndex: number, key: string, value: string, kind: "macs" | "sessions"): void => {
    if (!seen[kind].includes(value))
      found.push({ pathIndex, key, value, suggestion: nearest(value, free[kind]) });
  };
  const vlan = (pathIndex: number, key: string, value: string): void => {
    if (seen.vlans.includes(value)) return;
    // A tag more or less is the usual mistake: "100" where the frames say "500.100".
    const tags = value.split(".");
    const related = free.vlans.find((other) => other.split(".").some((tag) => tags.includes(tag)));
    found.push({ pathIndex, key, value, suggestion: related ?? nearest(value, free.vlans) });
  };
  for (const { index, ...path } of site.paths) {
    for (const value of path.files) glob(index, "files", value, "files");
    for (const value of path.interfaces) glob(index, "interfaces", value, "interfaces");
    for (const value of path.vlans) vlan(index, "vlans", value);
    for (const value of path.nextHops) exact(index, "next-hops", value, "macs");
    for (const value of path.erspanSessions) exact(index, "erspan-sessions", String(value), "sessions");
    for (const [place, item] of path.match.entries()) {
      const key = `match[${place}]`;
      if (item.file !== undefined) glob(index, `${key}.file`, item.file, "files");
      if (item.interface !== undefined) glob(index, `${key}.interface`, item.interface, "interfaces");
      if (item.vlan !== undefined) vlan(index, `${key}.vlan`, item.vlan);
      if (item.nextHop !== undefined) exact(index, `${key}.next-hop`, item.nextHop, "macs");
      if (item.erspanSession !== undefined)
        exact(index, `${key}.erspan-session`, String(item.erspanSession), "sessions");
    }
  }
  return found;
}

/** The glob with the ending of a capture that it would fit, had nobody compressed it. */
function compressedGlob(glob: string, names: readonly string[]): string | undefined {
  const fits = globTest(glob);
  for (const name of names) {
    const ending = COMPRESSED.exec(name)?.[0] ?? "";
    if (ending !== "" && fits(name.slice(0, -ending.length))) return `${glob}${ending}`;
  }
  return undefined;
}

const COMPRESSED = /\.(?:gz|zst|lz4|xz|bz2)$/i;

/** What no path declares of the names that the captures have, alone or in an item of `match`. */
function undeclared({ paths }: Site, seen: SeenNames): SeenNames {
  const items = paths.flatMap(({ match }) => match);
  const without = (names: readonly string[], declared: readonly (string | undefined)[]): string[] => {
    const known = new Set(declared);
    return names.filter((name) => !known.has(name));
  };
  const beyond = (names: readonly string[], globs: readonly (string | undefined)[]): string[] => {
    const tests = globs.filter((glob) => glob !== undefined).map(globTest);
    return names.filter((name) => !tests.some((test) => test(name)));
  };
  return {
    files: beyond(seen.files, [...paths.flatMap(({ files }) => files), ...items.map(({ file }) => file)]),
    interfaces: beyond(seen.interfaces, [
      ...paths.flatMap(({ interfaces }) => interfaces),
      ...items.map((item) => item.interface),
    ]),
    vlans: without(seen.vlans, [...paths.flatMap(({ vlans }) => vlans), ...items.map(({ vlan }) => vlan)]),
    macs: without(seen.macs, [
      ...paths.flatMap(({ nextHops }) => nextHops),
      ...items.map(({ nextHop }) => nextHop),
    ]),
    sessions: without(
      seen.sessions,
      [
        ...paths.flatMap(({ erspanSessions }) => erspanSessions),
        ...items.map(({ erspanSession }) => erspanSession),
      ].map(String),
    ),
  };
}
