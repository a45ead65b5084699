import { domainToASCII } from "node:url";
import { MAPPED_PREFIX } from "../address/address.ts";
import { MAPPED_BITS, type Prefix, parsePrefix, prefixContains, prefixText } from "../address/prefix.ts";
import { counted } from "../count-text.ts";
import type { Category, Cloud, ServiceArea } from "../words.ts";
import { advertisementsOf, communityOf, hasAdvertisements } from "./communities.ts";
import type { EndpointList } from "./endpoint-list.ts";
import { CATEGORIES } from "./endpoint-set.ts";
import type { EndpointHistory } from "./history.ts";
import { HostNames, normalHost } from "./host-names.ts";
import { type Spell, spellsOf } from "./spells.ts";

/** One set that has to do with what was asked. */
export interface AskedSet {
  readonly set: number;
  readonly serviceArea: ServiceArea;
  readonly category: Category;
  readonly required: boolean;
  readonly expressRoute: boolean;
  readonly tcpPorts: string;
  readonly udpPorts: string;
  /** The set's prefix or name that has to do with it. */
  readonly matched: string;
  /** `holds` all that was asked, or `lies-inside` an asked prefix, so that only a part of it is listed. */
  readonly relation: "holds" | "lies-inside";
  /** Whether this is so in the list that judges. */
  readonly listed: boolean;
  /** Stored versions in which it was so, without a break; `undefined` until: still in the newest. */
  readonly since: string;
  readonly sinceOrEarlier: boolean;
  readonly until: string | undefined;
  /** The community that carries the set's service area over ExpressRoute, where the set is eligible. */
  readonly community: string | undefined;
}

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
  return askPrefix(history, list, text, prefix, options.allVersions === true);
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
    return listed !== undefined && (covers(listed, prefix) || covers(prefix, listed));
  };
  const relation = (text: string): AskedSet["relation"] => {
    const listed = parsePrefix(text);
    return listed !== undefined && covers(listed, prefix) ? "holds" : "lies-inside";
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

function askedSets(
  history: EndpointHistory,
  list: EndpointList,
  spells: readonly Spell[],
  relation: (text: string) => AskedSet["relation"],
  allVersions: boolean,
): AskedSet[] {
  const current = new Map(list.sets.map((set) => [set.id, set]));
  const all = spells.map((spell): AskedSet => {
    const listed = spell.first <= list.version && list.version <= spell.last;
    const set = (listed ? current.get(spell.set.id) : undefined) ?? spell.set;
    return {
      set: set.id,
      serviceArea: set.serviceArea,
      category: set.category,
      required: set.required,
      expressRoute: set.expressRoute,
      tcpPorts: set.tcpPorts,
      udpPorts: set.udpPorts,
      matched: spell.text,
      relation: relation(spell.text),
      listed,
      since: spell.first,
      sinceOrEarlier: spell.fromBeginning && history.versions.length > 1,
      until: spell.toNewest ? undefined : spell.last,
      community: set.expressRoute ? communityOf(list.cloud, set.serviceArea) : undefined,
    };
  });
  const listed = all.filter((each) => each.listed);
  const shown = allVersions || listed.length === 0 ? all : listed;
  return shown.toSorted(
    (a, b) =>
      Number(b.listed) - Number(a.listed) ||
      (a.listed ? 0 : compareText(b.until ?? "9", a.until ?? "9")) ||
      CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category) ||
      a.set - b.set ||
      bitsOf(b.matched) - bitsOf(a.matched) ||
      compareText(a.matched, b.matched),
  );
}

function whyAddress(list: EndpointList, sets: readonly AskedSet[], chosen: number | undefined): string {
  const set = sets.find((each) => each.listed && each.set === chosen);
  if (set !== undefined) {
    return set.expressRoute
      ? `set ${set.set} (${set.serviceArea}, ${set.category}) is supported over ExpressRoute: traffic may go there, which does not show that it does`
      : `set ${set.set} (${set.serviceArea}, ${set.category}) is not supported over ExpressRoute`;
  }
  const parts = new Set(sets.filter((each) => each.listed).map((each) => each.matched)).size;
  if (parts > 0) return `only a part is listed: ${parts} ${parts === 1 ? "prefix" : "prefixes"} inside it`;
  return `${notListed(list)}${formerly(sets)}`;
}

function whyName(
  list: EndpointList,
  sets: readonly AskedSet[],
  chosen: number | undefined,
  isOne: boolean,
): string {
  const set = sets.find((each) => each.listed && each.relation === "holds" && each.set === chosen);
  const parts = sets.filter((each) => each.listed && each.relation === "lies-inside");
  const inside = counted(new Set(parts.map((each) => each.matched)).size, "name");
  if (set === undefined)
    return parts.length > 0
      ? `only a part is listed: ${inside} inside it`
      : `${notListed(list)}${formerly(sets)}`;
  if (!isOne)
    return `set ${set.set} (${set.serviceArea}, ${set.category}) has it, but of ${inside} inside it some are told otherwise`;
  return set.expressRoute
    ? `its most specific name is in set ${set.set} (${set.serviceArea}, ${set.category}), supported over ExpressRoute where its address lies in a listed range too`
    : `its most specific name is in set ${set.set} (${set.serviceArea}, ${set.category}), not supported over ExpressRoute`;
}

/** Whether a name, or one that a pattern stands for, is one that another pattern stands for; a pattern is so of itself. */
function isWithin(name: string, pattern: string): boolean {
  return pattern === name || new HostNames([[pattern]]).match(exampleOf(name)).id !== 0;
}

function exampleOf(pattern: string): string {
  return pattern.replaceAll("*", "any");
}

function notListed(list: EndpointList): string {
  return `not listed in ${list.version}; Office 365 also uses addresses and names that no list has, so this does not show that it is something else`;
}

function formerly(sets: readonly AskedSet[]): string {
  const other = sets.find((each) => each.relation === "holds");
  if (other === undefined) return "";
  const until = other.until === undefined ? "on" : `to ${other.until}`;
  return `. Set ${other.set} had it in other versions, from ${other.since} ${until}, as ${other.matched}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** An address or prefix, also the address in a URL; an IPv4-mapped one is the IPv4 that it means. */
function prefixIn(text: string): Prefix | undefined {
  const host = urlHost(text)?.replace(/^\[(.*)\]$/, "$1");
  const prefix = parsePrefix(host ?? text, { hostBits: "clear" });
  if (prefix === undefined || prefix.version === 4) return prefix;
  const { words, length } = prefix;
  const isMapped = words[0] === 0 && words[1] === 0 && words[2] === MAPPED_PREFIX && length >= MAPPED_BITS;
  return isMapped ? { version: 4, words, length: length - MAPPED_BITS } : prefix;
}

/**
 * The host of a URL (RFC 3986, section 3.2.2) or before a port, with the brackets of an IPv6 address; `undefined` for other
 * texts.
 */
function urlHost(text: string): string | undefined {
  const found =
    /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/:?#[\]]+)/i.exec(text) ??
    /^(\[[^\]]*\]|[^/:?#[\]]+):\d{1,5}$/.exec(text);
  return found?.[1];
}

/** A host name in lower case, also from a URL; wildcards are kept, and other letters than ASCII's written as in DNS (RFC 3492). `undefined` for what cannot be one. */
function hostOf(text: string): string | undefined {
  const given = normalHost(urlHost(text) ?? text);
  const host = /^[\x20-\x7e]*$/.test(given) ? given : domainToASCII(given);
  // A last label of digits is a mistyped address, never a name (RFC 3696, section 2).
  const valid = /^(?=.{1,253}$)[a-z0-9*_-]+(?:\.[a-z0-9*_-]+)+$/.test(host) && !/\.\d+$/.test(host);
  return valid ? host : undefined;
}

function covers(outer: Prefix, inner: Prefix): boolean {
  return (
    outer.version === inner.version && outer.length <= inner.length && prefixContains(outer, ...inner.words)
  );
}

function bitsOf(text: string): number {
  return parsePrefix(text)?.length ?? text.length;
}

/** The network that a prefix with host bits was taken for, to be said; `undefined` where there were none. */
export function takenFor(text: string): string | undefined {
  const cleared = parsePrefix(text, { hostBits: "clear" });
  return cleared === undefined || parsePrefix(text) !== undefined ? undefined : prefixText(cleared);
}
