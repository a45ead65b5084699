import { prefixText } from "../address/prefix.ts";
import type { Findings } from "./document.ts";
import { type PathDraft, overlap } from "./path-draft.ts";
import type { MatchItem } from "./site.ts";

/** Holds the paths of a site against each other: names, markers of two kinds, NAT pools. */
export function checkPaths(paths: readonly PathDraft[], findings: Findings): void {
  checkNames(paths, findings);
  checkMarkers(paths, findings);
  checkItems(paths, findings);
  checkPools(paths, findings);
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
    const first = places.get(path.name);
    if (first === undefined) places.set(path.name, path.place);
    else findings.errors.add(`${path.place}: the name "${path.name}" is taken by the path at ${first}`);
  }
}

function checkMarkers(paths: readonly PathDraft[], findings: Findings): void {
  const declared = new Map<string, { readonly path: PathDraft; readonly place: string }>();
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
  for (const path of paths) {
    for (const { item, place } of path.match) {
      for (const [key, value] of markersOf(item)) {
        const other = declared.get(`${key} ${value}`);
        if (other !== undefined && other.path.kind !== path.kind)
          findings.warnings.push(
            `${place}: ${key} "${value}" of this item alone already means "${other.path.name}" ` +
              `(${other.path.kind}) at ${other.place}; frames that match both prove nothing`,
          );
      }
    }
  }
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

/** Two items with the same keys and values, for two kinds, at the same time. */
function checkItems(paths: readonly PathDraft[], findings: Findings): void {
  const items = paths.flatMap((path) => path.match.map((entry) => ({ ...entry, path })));
  const alike = new Map<string, typeof items>();
  for (const entry of items) {
    const { item, place, path } = entry;
    const markers = JSON.stringify(markersOf(item));
    const before = alike.get(markers) ?? [];
    const same = before.find(
      (other) =>
        other.path.kind !== path.kind &&
        (other.item.from ?? -Infinity) < (item.to ?? Infinity) &&
        (item.from ?? -Infinity) < (other.item.to ?? Infinity),
    );
    before.push(entry);
    alike.set(markers, before);
    if (same !== undefined)
      findings.errors.add(
        `${place}: the same match is declared for "${path.name}" (${path.kind}) ` +
          `and for "${same.path.name}" (${same.path.kind}) at ${same.place}`,
      );
  }
}

/**
 * One pool advertised on both sides is a real misconfiguration (it is how case B of asymmetric routing arises), so
 * it is a warning. Links of one circuit share their pool by right.
 */
function checkPools(paths: readonly PathDraft[], findings: Findings): void {
  const pools = paths.flatMap((path) => path.nat.map((pool) => ({ ...pool, path })));
  for (const [index, pool] of pools.entries()) {
    for (const other of pools.slice(0, index)) {
      if (other.path.kind === pool.path.kind && other.path.circuit === pool.path.circuit) continue;
      if (!overlap(pool.prefix, other.prefix)) continue;
      const shared = pool.prefix.length > other.prefix.length ? pool.prefix : other.prefix;
      findings.warnings.push(
        `${pool.place}: NAT pool ${prefixText(pool.prefix)} of "${pool.path.name}" overlaps ` +
          `${prefixText(other.prefix)} of "${other.path.name}" at ${other.place}; ` +
          `${prefixText(shared)} proves nothing`,
      );
    }
  }
}
