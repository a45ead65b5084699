import type { Cloud, ServiceArea } from "../words.ts";
import { NO_ITEMS } from "../no-items.ts";
import { CATEGORIES, type EndpointSet } from "./endpoint-set.ts";
import type { NameHit } from "./host-names.ts";
import type { HoldingSet, ListLookup } from "./list-lookup.ts";
import { type EndpointMatch, type EndpointQuery, opinionOf } from "./match.ts";

/** Answers that a list caches, about 2 MB at most; a full cache is emptied. */
const MAX_REMEMBERED_ANSWERS = 8_192;

// Parts of a key below 2^53: leaf and neighbour's leaf, answers by name of both, transport and port.
const MAX_LEAVES = 2 ** 9;
const MAX_NAME_HITS = 2 ** 8;
const PORT_KEYS = 2 ** 18;

const NO_NAME: NameHit = { id: 0, sets: NO_ITEMS };

/** One version of a cloud's endpoint list as a judge of flows (docs/endpoints.md). */
export class EndpointList {
  readonly cloud: Cloud;
  readonly version: string;
  readonly #lookup: ListLookup;
  readonly #nextLookup: () => ListLookup | undefined;
  #next: ListLookup | undefined | null = null;
  readonly #answers: Map<number, EndpointMatch> = new Map();
  readonly #nothing: EndpointMatch;

  /** `next` gives the stored list after this one where the moment judged lies between the two. */
  constructor(cloud: Cloud, lookup: ListLookup, next: () => ListLookup | undefined = () => undefined) {
    this.cloud = cloud;
    this.version = lookup.version;
    this.#lookup = lookup;
    this.#nextLookup = next;
    this.#nothing = Object.freeze(unmatched(lookup.version));
  }

  /** The sets of this version, by ascending id. */
  get sets(): readonly EndpointSet[] {
    return this.#lookup.sets;
  }

  /** Whether any set of this list holds the address (zone `microsoft`). */
  isMicrosoft(w0: number, w1: number, w2: number, w3: number): boolean {
    return this.#lookup.leaf(w0, w1, w2, w3) >= 0;
  }

  /** Areas of the eligible sets that hold the address: their communities mark the routes that it is advertised in. */
  eligibleAreas(w0: number, w1: number, w2: number, w3: number): readonly ServiceArea[] {
    return this.#lookup
      .holding(this.#lookup.leaf(w0, w1, w2, w3))
      .map(({ set }) => this.#lookup.sets[set])
      .filter((set) => set !== undefined)
      .filter(({ expressRoute }) => expressRoute)
      .map(({ serviceArea }) => serviceArea);
  }

  /** What the list says of a flow. Cheap enough for every flow: answers are shared between flows that are alike. */
  match(query: EndpointQuery): EndpointMatch {
    const { words, host } = query;
    const leaf = words === undefined ? -1 : this.#lookup.leaf(words[0], words[1], words[2], words[3]);
    const name = host === undefined ? NO_NAME : this.#lookup.names.match(host);
    const next = this.#next === null ? (this.#next = this.#nextLookup()) : this.#next;
    const nextLeaf =
      words === undefined || next === undefined ? -1 : next.leaf(words[0], words[1], words[2], words[3]);
    const nextName = host === undefined || next === undefined ? NO_NAME : next.names.match(host);
    if (leaf < 0 && name.id === 0 && nextLeaf < 0 && nextName.id === 0) return this.#nothing;

    const cacheable =
      Math.max(leaf, nextLeaf) < MAX_LEAVES - 2 && Math.max(name.id, nextName.id) < MAX_NAME_HITS;
    const key = cacheable ? answerKey(leaf, nextLeaf, name.id, nextName.id, query) : -1;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;

    const addressGiven = words !== undefined;
    const answer = judge(this.#lookup, this.#lookup.holding(leaf), name, addressGiven, query);
    const later = next && judge(next, next.holding(nextLeaf), nextName, addressGiven, query);
    if (later !== undefined && opinionOf(later) !== opinionOf(answer)) {
      answer.conflict = joined(answer.conflict, `list ${later.version} says ${opinionOf(later)}`);
    }
    Object.freeze(answer);
    if (cacheable) {
      if (this.#answers.size >= MAX_REMEMBERED_ANSWERS) this.#answers.clear();
      this.#answers.set(key, answer);
    }
    return answer;
  }
}

type Answer = { -readonly [Key in keyof EndpointMatch]: EndpointMatch[Key] };

function answerKey(
  leaf: number,
  nextLeaf: number,
  name: number,
  nextName: number,
  query: EndpointQuery,
): number {
  const transport = query.transport === "tcp" ? 0 : query.transport === "udp" ? 1 : 2;
  const anyPort = query.port === undefined || query.port < 0;
  const port = anyPort ? 3 * 2 ** 16 : transport * 2 ** 16 + (query.port & 0xffff);
  // An address in no range and no address at all are judged differently.
  const address = query.words === undefined ? 0 : leaf + 2;
  return (
    (((address * MAX_LEAVES + nextLeaf + 1) * MAX_NAME_HITS + name) * MAX_NAME_HITS + nextName) * PORT_KEYS +
    port
  );
}

function judge(
  lookup: ListLookup,
  byAddress: readonly HoldingSet[],
  byName: NameHit,
  addressGiven: boolean,
  query: EndpointQuery,
): Answer {
  const answer = unmatched(lookup.version);
  const choose = (sets: readonly { readonly set: number; readonly rank: number }[]): number | undefined =>
    sets.toSorted(
      (a, b) =>
        Number(lookup.portFits(b.set, query.transport, query.port)) -
          Number(lookup.portFits(a.set, query.transport, query.port)) ||
        b.rank - a.rank ||
        categoryRank(lookup.sets[a.set]) - categoryRank(lookup.sets[b.set]) ||
        Number(holds(byAddress, b.set)) - Number(holds(byAddress, a.set)) ||
        a.set - b.set,
    )[0]?.set;
  const nameChoice = choose(byName.sets.map((each) => ({ set: each.set, rank: each.specificity })));
  const addressChoice = choose(byAddress.map((each) => ({ set: each.set, rank: each.length })));
  const choice = nameChoice ?? addressChoice;
  const chosen = choice === undefined ? undefined : lookup.sets[choice];
  if (choice === undefined || chosen === undefined) return answer;

  const indexes = new Set([...byName.sets, ...byAddress].map((each) => each.set));
  answer.sets = Object.freeze(
    [...indexes].map((index) => lookup.sets[index]?.id ?? -1).toSorted((a, b) => a - b),
  );
  answer.chosen = chosen.id;
  answer.serviceArea = chosen.serviceArea;
  answer.category = chosen.category;
  answer.required = chosen.required;
  answer.erEligible = chosen.expressRoute;
  answer.matchedPrefix = byAddress[0]?.prefix;
  answer.basis = byName.sets.length === 0 ? "ip" : byAddress.length === 0 ? "host" : "ip+host";

  if (nameChoice !== undefined && addressGiven && !holds(byAddress, nameChoice)) {
    const other = addressChoice === undefined ? undefined : lookup.sets[addressChoice];
    answer.erEligible = chosen.expressRoute && other?.expressRoute === true;
    if (other === undefined) {
      if (chosen.expressRoute) {
        answer.conflict = `name in eligible set ${chosen.id}, address in no range of the list: not eligible`;
      }
    } else if (!byName.sets.some((each) => holds(byAddress, each.set))) {
      answer.conflict = `name in set ${chosen.id}, address in set ${other.id}`;
    }
  }
  if (!lookup.portFits(choice, query.transport, query.port)) {
    const port = [query.transport, query.port].filter((part) => part !== undefined).join(" ");
    answer.conflict = joined(answer.conflict, `${port} is no port of set ${chosen.id}`);
  }
  return answer;
}

function unmatched(version: string): Answer {
  return {
    sets: Object.freeze([]),
    chosen: undefined,
    serviceArea: undefined,
    category: undefined,
    required: undefined,
    erEligible: undefined,
    matchedPrefix: undefined,
    basis: undefined,
    conflict: undefined,
    version,
  };
}

function holds(byAddress: readonly HoldingSet[], set: number): boolean {
  return byAddress.some((each) => each.set === set);
}

function categoryRank(set: EndpointSet | undefined): number {
  return set === undefined ? CATEGORIES.length : CATEGORIES.indexOf(set.category);
}

function joined(before: string | undefined, text: string): string {
  return before === undefined ? text : `${before}; ${text}`;
}
