import type { LearnedMarker } from "../site/learn.ts";
import type { SitePath } from "../site/site.ts";

/** Has markers of links, and not only addresses, which are looked for in flows. */
export function hasLinkMarkers(path: SitePath): boolean {
  const lists = [path.files, path.interfaces, path.vlans, path.nextHops, path.erspanSessions, path.match];
  return lists.some((list) => list.length > 0) || path.bgpLinks.length > 0;
}

/** A marker tells something where another of its kind carries traffic, too. */
export function tellsApart(marker: LearnedMarker, seen: readonly LearnedMarker[]): boolean {
  return seen.some((other) => other.kind === marker.kind && other.value !== marker.value);
}

export function markerText({ kind, value }: LearnedMarker): string {
  return kind === "vlan" ? `VLAN ${value}` : `${kind.replace("-", " ")} ${value}`;
}
