import type { AddressWords } from "../address/address.ts";
import { prefixOf } from "../address/prefix.ts";
import { advertisementsOf, communityOf, serviceCommunities } from "../endpoints/communities.ts";
import type { EndpointMatch } from "../endpoints/match.ts";
import type { Accepted } from "../path/expected.ts";
import type { Site, SitePath } from "../site/site.ts";
import type { Cloud } from "../words.ts";

/**
 * What of a server of Office 365 the communities carry that a site's ExpressRoute paths accept: the area of an eligible set;
 * else its address, since what is advertised with an accepted community takes those routes, the set's own community or
 * another's (addresses for signing in are advertised with Microsoft Entra ID's, too). A route filter is that of a circuit.
 * Undefined where no path declares communities, where one circuit accepts neither and another one declares none, where
 * the cloud's Office 365 has none, or the server is not in the endpoint list.
 */
export function acceptedOf(
  site: Site,
  cloud: Cloud,
  match: EndpointMatch,
  version: 4 | 6,
  words: AddressWords,
): Accepted | undefined {
  if (match.sets.length === 0) return undefined;
  const accepting = site.paths.filter((path) => accepts(path));
  if (accepting.length === 0 || serviceCommunities(cloud).length === 0) return undefined;
  const accepted = new Set(accepting.flatMap((path) => path.communities));
  const carried = carriedBy(accepted, cloud, match, version, words);
  const declared = new Set(accepting.map(({ circuit }) => circuit));
  const isKnown = site.paths.every(({ kind, circuit }) => kind !== "expressroute" || declared.has(circuit));
  return carried !== "none" || isKnown ? carried : undefined;
}

function carriedBy(
  accepted: ReadonlySet<string>,
  cloud: Cloud,
  match: EndpointMatch,
  version: 4 | 6,
  words: AddressWords,
): Accepted {
  if (match.erEligible === true) {
    const own = match.serviceArea === undefined ? undefined : communityOf(cloud, match.serviceArea);
    if (own !== undefined && accepted.has(own)) return "area";
  }
  const whole = prefixOf(version, words, version === 4 ? 32 : 128);
  const isAdvertised = advertisementsOf(cloud, whole).some(({ community }) => accepted.has(community));
  return isAdvertised ? "prefix" : "none";
}

function accepts(path: SitePath): boolean {
  return path.kind === "expressroute" && path.communities.length > 0;
}
