import { prefixOf } from "../address/prefix.ts";
import { advertisementsOf, communityOf, serviceCommunities } from "../endpoints/communities.ts";
import type { EndpointMatch } from "../endpoints/match.ts";
import type { Site, SitePath } from "../site/site.ts";
import type { Cloud } from "../words.ts";

/**
 * Whether the communities that a site's ExpressRoute paths accept carry a server of Office 365. Of an eligible set the
 * area is asked; of any other one the address, since what is advertised with an accepted community takes those routes,
 * the set's own community or another's. A route filter is that of a circuit. Undefined where no path declares communities,
 * where one circuit does not accept it and another one declares none, where the cloud's Office 365 has none, or the server
 * is not in the endpoint list.
 */
export function isAccepted(
  site: Site,
  cloud: Cloud,
  match: EndpointMatch,
  version: 4 | 6,
  words: readonly [number, number, number, number],
): boolean | undefined {
  if (match.sets.length === 0) return undefined;
  const accepting = site.paths.filter((path) => accepts(path));
  if (accepting.length === 0 || serviceCommunities(cloud).length === 0) return undefined;
  const accepted = new Set(accepting.flatMap((path) => path.communities));
  const isCarried = carries(accepted, cloud, match, version, words);
  const declared = new Set(accepting.map(({ circuit }) => circuit));
  const isKnown = site.paths.every(({ kind, circuit }) => kind !== "expressroute" || declared.has(circuit));
  return isCarried || isKnown ? isCarried : undefined;
}

function carries(
  accepted: ReadonlySet<string>,
  cloud: Cloud,
  match: EndpointMatch,
  version: 4 | 6,
  words: readonly [number, number, number, number],
): boolean {
  if (match.erEligible === true) {
    const own = match.serviceArea === undefined ? undefined : communityOf(cloud, match.serviceArea);
    return own !== undefined && accepted.has(own);
  }
  const whole = prefixOf(version, words, version === 4 ? 32 : 128);
  return advertisementsOf(cloud, whole).some(({ community }) => accepted.has(community));
}

function accepts(path: SitePath): boolean {
  return path.kind === "expressroute" && path.communities.length > 0;
}
