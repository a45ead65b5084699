import { counted } from "../count-text.ts";
import type { AskedSet } from "./asked-sets.ts";
import type { EndpointList } from "./endpoint-list.ts";

/** Why an address or prefix is eligible or not: `chosen` is the set that decides. */
export function whyAddress(
  list: EndpointList,
  sets: readonly AskedSet[],
  chosen: number | undefined,
): string {
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

/** The same of a name; `isOne`: false where names inside it are told otherwise. */
export function whyName(
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

function notListed(list: EndpointList): string {
  return `not listed in ${list.version}; Office 365 also uses addresses and names that no list has, so this does not show that it is something else`;
}

function formerly(sets: readonly AskedSet[]): string {
  const other = sets.find((each) => each.relation === "holds");
  if (other === undefined) return "";
  const until = other.until === undefined ? "on" : `to ${other.until}`;
  return `. Set ${other.set} had it in other versions, from ${other.since} ${until}, as ${other.matched}`;
}
