import type { AddressWords } from "../address/address.ts";
import { prefixOf } from "../address/prefix.ts";
import { advertisementsOf, communityOf, serviceCommunities } from "../endpoints/communities.ts";
import type { EndpointList } from "../endpoints/endpoint-list.ts";
import type { EndpointMatch } from "../endpoints/match.ts";
import type { Accepted } from "../path/expected.ts";
import type { Site, SitePath } from "../site/site.ts";
import type { ServiceArea } from "../words.ts";

/**
 * What of a server of Office 365 the communities carry that a site's ExpressRoute paths accept: the area of an eligible set;
 * else its address, since what is advertised with an accepted community takes those routes, the set's own community or
 * another's (addresses for signing in are advertised with Microsoft Entra ID's, too). What is advertised is what is stored
 * of it, and the ranges of eligible sets, each with its area's community. A route filter is that of a circuit.
 * Undefined where no path declares communities, where one circuit accepts neither and another one declares none, where
 * the cloud's Office 365 has none, or the server is not in the endpoint list.
 */
export function acceptedOf(
  site: Site,
  list: EndpointList,
  match: EndpointMatch,
  version: 4 | 6,
  words: AddressWords,
): Accepted | undefined {
  if (match.sets.length === 0) return undefined;
  const accepting = site.paths.filter((path) => accepts(path));
  if (accepting.length === 0 || serviceCommunities(list.cloud).length === 0) return undefined;
  const accepted = new Set(accepting.flatMap((path) => path.communities));
  const carried = carriedBy(accepted, list, match, version, words);
  const declared = new Set(accepting.map(({ circuit }) => circuit));
  const isKnown = site.paths.every(({ kind, circuit }) => kind !== "expressroute" || declared.has(circuit));
  // An eligible set may be accepted by a circuit of which nothing is known, though another one carries its prefix only.
  const isSure = carried === (match.erEligible === true ? "area" : "prefix");
  return isSure || isKnown ? carried : undefined;
}

function carriedBy(
  accepted: ReadonlySet<string>,
  list: EndpointList,
  match: EndpointMatch,
  version: 4 | 6,
  words: AddressWords,
): Accepted {
  const isAccepted = (area: ServiceArea): boolean => {
    const community = communityOf(list.cloud, area);
    return community !== undefined && accepted.has(community);
  };
  if (match.erEligible === true && match.serviceArea !== undefined && isAccepted(match.serviceArea))
    return "area";
  const whole = prefixOf(version, words, version === 4 ? 32 : 128);
  const isAdvertised =
    list.eligibleAreas(...words).some(isAccepted) ||
    advertisementsOf(list.cloud, whole).some(({ community }) => accepted.has(community));
  return isAdvertised ? "prefix" : "none";
}

function accepts(path: SitePath): boolean {
  return path.kind === "expressroute" && path.communities.length > 0;
}
