import type { PathKind } from "../words.ts";
import type { Findings } from "./document.ts";
import type { PathDraft } from "./path-draft.ts";
import { overlapWarnings } from "./pool-overlaps.ts";
import type { MatchItem } from "./site.ts";

/** Holds the paths of a site against each other: names, markers of two kinds, NAT pools, hops. */
export function checkPaths(paths: readonly PathDraft[], findings: Findings): void {
  checkNames(paths, findings);
  checkItemMarkers(paths, checkMarkers(paths, findings), findings);
  checkItems(paths, findings);
  checkFileGlobs(paths, findings);
  for (const key of ["nat", "hops"] as const)
    for (const warning of overlapWarnings(paths, key)) findings.warnings.push(warning);
  for (const path of paths) {
    const bare = path.markers.length + path.nat.length + path.match.length + path.routes.length === 0;
    if (bare && path.communities.length === 0)
      findings.warnings.push(`${path.place}: path "${path.name}" has no marker: nothing can be seen on it`);
    for (const table of path.routes) {
      for (const warning of table.warnings) findings.warnings.push(warning);
      const byDefault = table.routes.find((route) => route.prefix.length === 0);
      if (path.kind === "expressroute" && byDefault !== undefined)
        findings.warnings.push(
          `${table.fileName}:${byDefault.line}: the default route is left out: Microsoft peering advertises none`,
        );
    }
  }
}

function checkNames(paths: readonly PathDraft[], findings: Findings): void {
  const places = new Map<string, string>();
  for (const path of paths) {
    if (path.name === "") continue; // said already
    // A direction that moved has the names of several paths, joined by it.
    if (path.name.includes(";"))
      findings.warnings.push(
        `${path.place}: the name "${path.name}" has a ;, which joins names in results: a policy's path-names take it for several`,
      );
    const first = places.get(path.name);
    if (first === undefined) places.set(path.name, path.place);
    else findings.errors.add(`${path.place}: the name "${path.name}" is taken by the path at ${first}`);
  }
}

type DeclaredMarkers = Map<string, { readonly path: PathDraft; readonly place: string }>;

/** A marker alone, declared for two kinds of path; answers with the first declaration of each, by `key value`. */
function checkMarkers(paths: readonly PathDraft[], findings: Findings): DeclaredMarkers {
  const declared: DeclaredMarkers = new Map();
  for (const path of paths) {
    for (const { key, value, place } of path.markers) {
      const first = declared.get(`${key} ${value}`);
      if (first === undefined) declared.set(`${key} ${value}`, { path, place });
      else if (first.path.kind !== path.kind)
        findings.errors.add(
          `${place}: ${key} "${value}" is declared for "${path.name}" (${path.kind}) ` +
            `and for "${first.path.name}" (${first.path.kind}) at ${first.place}`,
        );
    }
  }
  return declared;
}

/** A marker of a `match` item that alone is declared for another kind of path. */
function checkItemMarkers(paths: readonly PathDraft[], declared: DeclaredMarkers, findings: Findings): void {
  for (const path of paths) {
    for (const { item, place } of path.match) {
      const markers = markersOf(item);
      for (const [key, value] of markers) {
        const other = declared.get(`${key} ${value}`);
        if (other === undefined || other.path.kind === path.kind) continue;
        // An item of one key is that marker: all its frames would match both.
        if (markers.length === 1)
          findings.errors.add(
            `${place}: ${key} "${value}" is declared for "${path.name}" (${path.kind}) ` +
              `and for "${other.path.name}" (${other.path.kind}) at ${other.place}`,
          );
        else
          findings.warnings.push(
            `${place}: ${key} "${value}" of this item alone already means "${other.path.name}" ` +
              `(${other.path.kind}) at ${other.place}; frames that match both prove nothing`,
          );
      }
    }
  }
}

/** Globs are held against a capture's base name (docs/site.md). */
function checkFileGlobs(paths: readonly PathDraft[], findings: Findings): void {
  for (const { markers, match } of paths) {
    const globs = [
      ...markers.filter(({ key }) => key === "file"),
      ...match.map(({ item, place }) => ({ value: item.file, place })),
    ];
    for (const { value, place } of globs)
      if (value?.includes("/") === true)
        findings.warnings.push(
          `${place}: file "${value}" has a slash and matches nothing: it is held against base names, without folders`,
        );
      else if (value !== undefined && hasBackslash(value))
        findings.warnings.push(
          `${place}: file "${value}" has a backslash: it is held against base names, without folders`,
        );
  }
}

/** A backslash that parts folders: one before a glob's sign takes that as it is, but on Windows no name has a star. */
function hasBackslash(glob: string): boolean {
  return (process.platform === "win32" ? /\\(?![[\]{},])/ : /\\(?![*?[\]{},\\])/).test(glob);
}

function markersOf(item: MatchItem): [string, string][] {
  const found: [string, string | undefined][] = [
    ["file", item.file?.toLowerCase()],
    ["interface", item.interface?.toLowerCase()],
    ["vlan", item.vlan],
    ["next-hop", item.nextHop],
    ["erspan-session", item.erspanSession === undefined ? undefined : String(item.erspanSession)],
  ];
  return found.filter((entry): entry is [string, string] => entry[1] !== undefined);
}

type DeclaredItem = PathDraft["match"][number] & { readonly path: PathDraft; readonly index: number };

/** Two items with the same keys and values, for two kinds, at the same time. */
function checkItems(paths: readonly PathDraft[], findings: Findings): void {
  const alike = new Map<string, DeclaredItem[]>();
  let index = 0;
  for (const path of paths)
    for (const { item, place } of path.match) {
      const markers = JSON.stringify(markersOf(item));
      const before = alike.get(markers);
      const declared = { item, place, path, index: index++ };
      if (before === undefined) alike.set(markers, [declared]);
      else before.push(declared);
    }
  for (const items of alike.values()) {
    if (items.length === 1) continue;
    for (const { earlier, later } of clashesOf(items))
      findings.errors.add(
        `${later.place}: the same match is declared for "${later.path.name}" (${later.path.kind}) ` +
          `and for "${earlier.path.name}" (${earlier.path.kind}) at ${earlier.place}`,
      );
  }
}

/**
 * For each item that begins while one of another kind holds, that one, by their order in the file. Going by beginnings, only
 * the item of each kind that holds longest need be remembered.
 */
function clashesOf(items: readonly DeclaredItem[]): { earlier: DeclaredItem; later: DeclaredItem }[] {
  const from = ({ item }: DeclaredItem): number => item.from ?? -1; // instants count from 0
  const to = ({ item }: DeclaredItem): number => item.to ?? Infinity;
  const longest = new Map<PathKind, DeclaredItem>();
  const clashes: { earlier: DeclaredItem; later: DeclaredItem }[] = [];
  for (const declared of items.toSorted((a, b) => from(a) - from(b))) {
    const { kind } = declared.path;
    const [other] = [...longest.values()]
      .filter((candidate) => candidate.path.kind !== kind && to(candidate) > from(declared))
      .toSorted((a, b) => a.index - b.index);
    if (other !== undefined)
      clashes.push(
        other.index < declared.index
          ? { earlier: other, later: declared }
          : { earlier: declared, later: other },
      );
    const before = longest.get(kind);
    if (before === undefined || to(before) < to(declared)) longest.set(kind, declared);
  }
  return clashes;
}
