import { parsePrefix } from "../address/prefix.ts";
import { compareText } from "../compare-text.ts";
import { communityOf } from "./communities.ts";
import type { EndpointList } from "./endpoint-list.ts";
import { CATEGORIES, type EndpointSet } from "./endpoint-set.ts";
import type { EndpointHistory } from "./history.ts";
import type { Spell } from "./spells.ts";

/** One set that has to do with what was asked. */
export interface AskedSet extends Pick<
  EndpointSet,
  "serviceArea" | "category" | "required" | "expressRoute" | "tcpPorts" | "udpPorts"
> {
  /** The set's id. */
  readonly set: number;
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

/**
 * The sets of some spells, those of the judging list first. The others are left out where that has some, if not
 * `allVersions` are asked for.
 */
export function askedSets(
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

/** Length of a prefix; of a name, its letters. */
export function bitsOf(text: string): number {
  return parsePrefix(text)?.length ?? text.length;
}
