import type { AddressWords } from "../address/address.ts";
import { prefixOf } from "../address/prefix.ts";
import { advertisementsOf, communityOf, serviceCommunities } from "../endpoints/communities.ts";
import type { EndpointList } from "../endpoints/endpoint-list.ts";
import type { EndpointMatch } from "../endpoints/match.ts";
import type { Accepted } from "../path/expected.ts";
import type { Site, SitePath } from "../site/site.ts";
import type { ServiceArea } from "../words.ts";

/**
 * How the BGP communities that a site's ExpressRoute paths accept cover a server of Office 365:
 *
 * - `area`: the community of the service area of its set, which is eligible for ExpressRoute, is accepted;
 * - `prefix`: its address is advertised with some accepted community, be it another service's (addresses for signing in
 *   are advertised with Microsoft Entra ID's, too). What is advertised is what is stored of it, and the ranges of eligible
 *   sets, each with its area's community;
 * - `none`: neither.
 *
 * A route filter belongs to a circuit: where some circuit declares no communities, it may accept more than the others do,
 * and the answer is undefined unless they settle it. So it is where no path declares any, where the cloud's Office 365 has
 * none, and for a server that is not in the endpoint list.
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
