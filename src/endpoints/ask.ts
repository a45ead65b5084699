import { formatAddress } from "../address/address.ts";
import { prefixBehindNat64 } from "../address/nat64.ts";
import { type Prefix, parsePrefix, prefixCovers, prefixText } from "../address/prefix.ts";
import type { Cloud } from "../words.ts";
import { whyAddress, whyName } from "./ask-reason.ts";
import { type AskedSet, askedSets, bitsOf } from "./asked-sets.ts";
import { hostOf, prefixIn, urlHost } from "./asked-text.ts";
import { advertisementsOf, hasAdvertisements } from "./communities.ts";
import type { EndpointList } from "./endpoint-list.ts";
import { CATEGORIES } from "./endpoint-set.ts";
import type { EndpointHistory } from "./history.ts";
import { HostNames, normalHost } from "./host-names.ts";
import { spellsOf } from "./spells.ts";

/** Everything the endpoint data says of one address, prefix or name. */
export interface EndpointAnswer {
  readonly asked: string;
  readonly kind: "address" | "prefix" | "name";
  readonly cloud: Cloud;
  readonly version: string;
  readonly listed: boolean;
  /** Set that decides, where no port is known. */
  readonly chosen: number | undefined;
  /** Whether it may go over ExpressRoute; `undefined`: not listed, or only in part. */
  readonly erEligible: boolean | undefined;
  readonly why: string;
  /** `unknown`: no advertisements of its service are stored; `not-seen`: they are, and lack it. */
  readonly advertised: "yes" | "not-seen" | "unknown";
  readonly advertisedAs: readonly string[];
  readonly sets: readonly AskedSet[];
}

/**
 * Answers for one address, prefix, host name or URL; `undefined` for a text that is none of them.
 * `allVersions`: also sets that listed it in other versions only, which else come where the judging list has nothing.
 */
export function askEndpoints(
  history: EndpointHistory,
  when: number | string,
  text: string,
  options: { readonly allVersions?: boolean } = {},
): EndpointAnswer | undefined {
  const list = history.at(when);
  const prefix = prefixIn(text);
  if (prefix === undefined) {
    const name = hostOf(text);
    return name === undefined ? undefined : askName(history, list, text, name, options.allVersions === true);
  }
  const reached = prefixBehindNat64(prefix);
  const answer = askPrefix(history, list, text, reached, options.allVersions === true);
  return reached === prefix ? answer : { ...answer, why: `by NAT64 to ${rangeText(reached)}: ${answer.why}` };
}

/** An address alone without its length. */
function rangeText(prefix: Prefix): string {
  return prefix.length === 32 ? formatAddress(4, ...prefix.words) : prefixText(prefix);
}

function askPrefix(
  history: EndpointHistory,
  list: EndpointList,
  asked: string,
  prefix: Prefix,
  allVersions: boolean,
): EndpointAnswer {
  const related = (text: string): boolean => {
    const listed = parsePrefix(text);
    return listed !== undefined && (prefixCovers(listed, prefix) || prefixCovers(prefix, listed));
  };
  const relation = (text: string): AskedSet["relation"] => {
    const listed = parsePrefix(text);
    return listed !== undefined && prefixCovers(listed, prefix) ? "holds" : "lies-inside";
  };
  const spells = spellsOf(history, (set) => set.prefixes, related);
  const sets = askedSets(history, list, spells, relation, allVersions);
  // As the list would choose without a port; not by its answer for one address, which may lie in longer prefixes.
  const [chosen] = sets
    .filter((each) => each.listed && each.relation === "holds")
    .toSorted(
      (a, b) =>
        bitsOf(b.matched) - bitsOf(a.matched) ||
        CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category) ||
        a.set - b.set,
    );
  const ads = advertisementsOf(list.cloud, prefix);
  const communities = sets.map((each) => each.community).filter((each) => each !== undefined);
  return {
    asked,
    kind: (urlHost(asked) ?? asked).includes("/") ? "prefix" : "address",
    cloud: list.cloud,
    version: list.version,
    listed: chosen !== undefined,
    chosen: chosen?.set,
    erEligible: chosen?.expressRoute,
    why: whyAddress(list, sets, chosen?.set),
    advertised: ads.length > 0 ? "yes" : communities.some(hasAdvertisements) ? "not-seen" : "unknown",
    advertisedAs: ads.map((ad) => `${ad.community} ${ad.prefix} (${ad.asOf ?? "documented"})`),
    sets,
  };
}

function askName(
  history: EndpointHistory,
  list: EndpointList,
  asked: string,
  name: string,
  allVersions: boolean,
): EndpointAnswer {
  // A listed pattern is asked for by itself: any name that it stands for. What is asked with a wildcard also holds others.
  const holds = (pattern: string): boolean => isWithin(name, normalHost(pattern));
  const inside = (pattern: string): boolean => name.includes("*") && isWithin(normalHost(pattern), name);
  const spells = spellsOf(
    history,
    (set) => set.names,
    (pattern) => holds(pattern) || inside(pattern),
  );
  const relation = (pattern: string): AskedSet["relation"] => (holds(pattern) ? "holds" : "lies-inside");
  const sets = askedSets(history, list, spells, relation, allVersions);
  const match = list.match({ host: exampleOf(name) });
  // Where names inside it are told otherwise, there is no one answer.
  const isOne = sets.every(
    (each) => !each.listed || each.relation === "holds" || each.expressRoute === match.erEligible,
  );
  return {
    asked,
    kind: "name",
    cloud: list.cloud,
    version: list.version,
    listed: match.chosen !== undefined,
    chosen: match.chosen,
    erEligible: isOne ? match.erEligible : undefined,
    why: whyName(list, sets, match.chosen, isOne),
    advertised: "unknown",
    advertisedAs: [],
    sets,
  };
}

/** Whether a name, or one that a pattern stands for, is one that another pattern stands for; a pattern is so of itself. */
function isWithin(name: string, pattern: string): boolean {
  return pattern === name || new HostNames([[pattern]]).match(exampleOf(name)).id !== 0;
}

function exampleOf(pattern: string): string {
  return pattern.replaceAll("*", "any");
}
