import { globTest } from "./glob.ts";
import type { SeenLinks, UnmatchedMarker } from "./markers.ts";
import { nearest } from "./nearest.ts";
import type { Site } from "./site.ts";

/** Declared markers that nothing in the captures has, with what was perhaps meant; in the order of the site file. */
export function unmatchedMarkers(site: Site, seen: SeenLinks): readonly UnmatchedMarker[] {
  const files = [...seen.files];
  const interfaces = [...seen.interfaces];
  const vlans = [...seen.vlans].filter((vlan) => vlan !== "");
  const macs = [...seen.macs].filter((mac) => mac !== "");
  const sessions = [...seen.erspanSessions].filter((session) => session >= 0).map(String);
  const found: UnmatchedMarker[] = [];
  const glob = (pathIndex: number, key: string, value: string, names: readonly string[]): void => {
    if (!names.some(globTest(value)))
      found.push({ pathIndex, key, value, suggestion: nearest(value, names) });
  };
  const exact = (pathIndex: number, key: string, value: string, names: readonly string[]): void => {
    if (!names.includes(value)) found.push({ pathIndex, key, value, suggestion: nearest(value, names) });
  };
  const vlan = (pathIndex: number, key: string, value: string): void => {
    if (vlans.includes(value)) return;
    // A tag more or less is the usual mistake: "100" where the frames say "500.100".
    const tags = value.split(".");
    const related = vlans.find((other) => other.split(".").some((tag) => tags.includes(tag)));
    found.push({ pathIndex, key, value, suggestion: related ?? nearest(value, vlans) });
  };
  for (const { index, ...path } of site.paths) {
    for (const value of path.files) glob(index, "files", value, files);
    for (const value of path.interfaces) glob(index, "interfaces", value, interfaces);
    for (const value of path.vlans) vlan(index, "vlans", value);
    for (const value of path.nextHops) exact(index, "next-hops", value, macs);
    for (const value of path.erspanSessions) exact(index, "erspan-sessions", String(value), sessions);
    for (const [place, item] of path.match.entries()) {
      const key = `match[${place}]`;
      if (item.file !== undefined) glob(index, `${key}.file`, item.file, files);
      if (item.interface !== undefined) glob(index, `${key}.interface`, item.interface, interfaces);
      if (item.vlan !== undefined) vlan(index, `${key}.vlan`, item.vlan);
      if (item.nextHop !== undefined) exact(index, `${key}.next-hop`, item.nextHop, macs);
      if (item.erspanSession !== undefined)
        exact(index, `${key}.erspan-session`, String(item.erspanSession), sessions);
    }
  }
  return found;
}
