import { prefixOf } from "../address/prefix.ts";
import { advertisementsOf, communityOf, serviceCommunities } from "../endpoints/communities.ts";
import type { Site, SitePath } from "../site/site.ts";
import type { Cloud, ServiceArea } from "../words.ts";

/**
 * What the communities that a site's ExpressRoute paths accept say of an address: its set's area is accepted, a stored
 * prefix of an accepted community holds it, or neither. Undefined where no path declares communities, or the cloud's
 * Office 365 has none.
 */
export function acceptedCommunity(
  site: Site,
  cloud: Cloud,
  area: ServiceArea | undefined,
  version: 4 | 6,
  words: readonly [number, number, number, number],
): "area" | "prefix" | "none" | undefined {
  if (!site.paths.some((path) => accepts(path)) || serviceCommunities(cloud).length === 0) return undefined;
  const accepted = new Set(site.paths.filter((path) => accepts(path)).flatMap((path) => path.communities));
  const own = area === undefined ? undefined : communityOf(cloud, area);
  if (own !== undefined && accepted.has(own)) return "area";
  const whole = prefixOf(version, words, version === 4 ? 32 : 128);
  const advertised = advertisementsOf(cloud, whole).some(({ community }) => accepted.has(community));
  return advertised ? "prefix" : "none";
}

function accepts(path: SitePath): boolean {
  return path.kind === "expressroute" && path.communities.length > 0;
}
