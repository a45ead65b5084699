import { parseAddress } from "../address/address.ts";
import { prefixContains } from "../address/prefix.ts";
import { globTest } from "../site/glob.ts";
import { indexName } from "../site/interface-names.ts";
import { type LearnedMarker, tellsApart } from "../site/learn.ts";
import type { Site, SitePath } from "../site/site.ts";
import type { DiagnosisInput } from "./finding.ts";

/** Has markers of links, and not only addresses, which are looked for in flows. */
export function hasLinkMarkers(path: SitePath): boolean {
  const lists = [path.files, path.interfaces, path.vlans, path.nextHops, path.erspanSessions, path.match];
  return lists.some((list) => list.length > 0) || path.bgpLinks.length > 0;
}

/** A marker that the site declares, outside `match`, where it may hold for a time only. */
function isDeclared({ kind, value }: LearnedMarker, { paths }: Site): boolean {
  return paths.some((path) => {
    switch (kind) {
      case "vlan":
        return path.vlans.includes(value);
      case "next-hop":
        return path.nextHops.includes(value);
      case "interface":
        return path.interfaces.some((glob) => globTest(glob)(value));
      case "erspan-session":
        return path.erspanSessions.includes(Number(value));
      case "file":
        return path.files.some((glob) => globTest(glob)(value));
      case "nat": {
        const words = parseAddress(value)?.words;
        return words !== undefined && path.nat.some((pool) => prefixContains(pool, ...words));
      }
    }
  });
}

/**
 * The markers of a kind or of all that would say a path where none is known, were they declared. What several paths pass (a tap
 * inside the network) says none.
 */
export function undecided({ markers, site }: DiagnosisInput): readonly LearnedMarker[] {
  return markers.filter(
    (marker) =>
      marker.unknown > 0 &&
      (marker.uplinks?.size ?? 0) < 2 &&
      tellsApart(marker, markers) &&
      !isDeclared(marker, site),
  );
}

export function markerText({ kind, value }: LearnedMarker): string {
  if (kind === "vlan") return `VLAN ${value}`;
  return kind === "nat" ? `source address ${value}` : `${kind.replace("-", " ")} ${value}`;
}

/**
 * Interface indices that are told in several captures. Each host numbers its own interfaces, and captures do not say
 * whether they are of one host.
 */
export function sharedIndices({ run }: DiagnosisInput): Set<string> {
  const { links } = run;
  const captures = new Map<string, string>();
  const shared = new Set<string>();
  for (let context = 0; context < links.contexts.count; context++) {
    const { file, interfaceIndex } = links.describe(context);
    const name = indexName(interfaceIndex);
    if (name === undefined) continue;
    const known = captures.get(name);
    if (known === undefined) captures.set(name, file);
    else if (known !== file) shared.add(name);
  }
  return shared;
}
